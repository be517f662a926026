import { createConnection, type Connection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadMysqlDump } from '../../../rehearsal/database/load-mysql-dump.ts';
import { freshMysqlDatabase, hasMysql } from '../../fresh-mysql-database.ts';
import type { FreshDatabase } from '../../fresh-database.ts';

// As mysqldump 8.4 writes it, with --triggers --routines --events and by default.
const dump = `-- MySQL dump 10.13  Distrib 8.4.3, for Linux (x86_64)
--
-- Host: db    Database: shop
-- ------------------------------------------------------
-- Server version	8.4.3

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!50503 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
SET @MYSQLDUMP_TEMP_LOG_BIN = @@SESSION.SQL_LOG_BIN;
SET @@SESSION.SQL_LOG_BIN= 0;

--
-- GTID state at the beginning of the backup
--

SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-77';

--
-- Table structure for table \`orders\`
--

DROP TABLE IF EXISTS \`orders\`;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE \`orders\` (
  \`id\` int NOT NULL AUTO_INCREMENT,
  \`user_id\` int DEFAULT NULL,
  \`paid_at\` datetime NOT NULL DEFAULT '0000-00-00 00:00:00' COMMENT 'never; or when',
  PRIMARY KEY (\`id\`),
  KEY \`of_user\` (\`user_id\`),
  CONSTRAINT \`of_user\` FOREIGN KEY (\`user_id\`) REFERENCES \`users\` (\`id\`) ON DELETE SET NULL
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

LOCK TABLES \`orders\` WRITE;
/*!40000 ALTER TABLE \`orders\` DISABLE KEYS */;
INSERT INTO \`orders\` VALUES (0,1,'0000-00-00 00:00:00'),(2,NULL,'2024-01-02 03:04:05');
/*!40000 ALTER TABLE \`orders\` ENABLE KEYS */;
UNLOCK TABLES;
/*!50003 SET sql_mode              = 'STRICT_TRANS_TABLES' */ ;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=\`app\`@\`10.0.0.%\`*/ /*!50003 TRIGGER \`paid\` BEFORE INSERT ON \`orders\` FOR EACH ROW BEGIN
  -- DEFINER = \`nobody\`@\`here\`; stays
  SET NEW.user_id = COALESCE(NEW.user_id, 1);
END */;;
DELIMITER ;
CREATE TABLE \`users\` (\`id\` int NOT NULL, \`name\` varchar(9) DEFAULT 'it''s; \\'s', PRIMARY KEY (\`id\`));
INSERT INTO \`users\` VALUES (1,'a;b');
/*!50106 SET @save_time_zone= @@TIME_ZONE */ ;
DELIMITER ;;
/*!50106 CREATE*/ /*!50117 DEFINER=\`app\`@\`%\`*/ /*!50106 EVENT \`sweep\` ON SCHEDULE EVERY 1 DAY STARTS '2024-01-01 00:00:00' ON COMPLETION NOT PRESERVE ENABLE DO DELETE FROM orders WHERE id < 0 */ ;;
DELIMITER ;
DELIMITER ;;
CREATE DEFINER=\`app\`@\`%\` FUNCTION \`twice\`(n INT) RETURNS int
    DETERMINISTIC
RETURN 2 * n ;;
DELIMITER ;
/*!50001 DROP VIEW IF EXISTS \`paying\`*/;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=\`app\`@\`%\` SQL SECURITY DEFINER */
/*!50001 VIEW \`paying\` AS select twice(\`orders\`.\`id\`) AS \`n\` from \`orders\` */;
CREATE DEFINER = app@localhost VIEW \`plain\` AS SELECT id FROM orders;
SET @@SESSION.SQL_LOG_BIN = @MYSQLDUMP_TEMP_LOG_BIN;
/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
-- Dump completed on 2024-01-02  3:04:05
`;

describe.skipIf(!hasMysql())('a dump of mysqldump', () => {
  let fresh: FreshDatabase;
  let sql: Connection;
  let notices: readonly string[];
  beforeAll(async () => {
    fresh = await freshMysqlDatabase();
    notices = await loadMysqlDump(fresh.url, dump, 'shop.sql');
    sql = await createConnection({ uri: fresh.url, rowsAsArray: true, dateStrings: true });
  });
  afterAll(async () => {
    await sql.end();
    await fresh.drop();
  });

  const rows = async (text: string): Promise<unknown> => (await sql.query(text))[0];

  test('is loaded whole, zero dates, delimiters, versioned comments and all', async () => {
    expect(await rows('SELECT id, user_id, paid_at FROM orders ORDER BY id')).toEqual([
      [0, 1, '0000-00-00 00:00:00'],
      [2, null, '2024-01-02 03:04:05'],
    ]);
    expect(notices).toEqual(['shop.sql:16: GTID_PURGED skipped: this server replicates from nobody']);
  });

  test('of one database under another name goes into the one at hand, and one of several goes where it says', async () => {
    const table = (name: string) => `CREATE TABLE ${name} (id INT PRIMARY KEY);`;
    const at = await loadMysqlDump(
      fresh.url,
      `--\n-- Current Database: \`shop_prod\`\n--\n\nCREATE DATABASE /*!32312 IF NOT EXISTS*/ \`shop_prod\` /*!40100 DEFAULT CHARACTER SET utf8mb4 */;\n\nUSE \`shop_prod\`;\n${table('here')}`,
    );
    expect(at).toEqual([
      'dump.sql:1: CREATE DATABASE skipped: the dump goes into the database at hand',
      'dump.sql:7: USE skipped: the dump goes into the database at hand',
    ]);
    expect(await rows('SELECT COUNT(*) FROM here')).toEqual([[0]]);
    const [one, two] = ['one', 'two'].map((name) => `${new URL(fresh.url).pathname.slice(1)}_${name}`);
    const several = [one, two].map((name) => `CREATE DATABASE ${name}; USE ${name}; ${table('there')}`);
    expect(await loadMysqlDump(fresh.url, several.join('\n'))).toEqual([]);
    expect(await rows(`SELECT COUNT(*) FROM ${one}.there JOIN ${two}.there USING (id)`)).toEqual([[0]]);
    await sql.query(`DROP DATABASE ${one}`);
    await sql.query(`DROP DATABASE ${two}`);
  });

  test('whose definers are nobody here is written and read like any other', async () => {
    await sql.query("INSERT INTO orders (paid_at) VALUES ('2024-05-06')");
    expect(await rows('SELECT user_id FROM orders WHERE id = 3')).toEqual([[1]]);
    expect(await rows('SELECT SUM(n) FROM paying')).toEqual([['10']]);
    expect(await rows('SELECT COUNT(*) FROM plain')).toEqual([[3]]);
    expect(String(await rows('SHOW CREATE TRIGGER paid'))).toContain('DEFINER = `nobody`@`here`; stays');
  });
});
