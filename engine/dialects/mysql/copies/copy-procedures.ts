import type { TableName } from '../../../spec/table-name.ts';
import { lockWaitTimeout } from '../errors.ts';
import { procedure } from '../procedure.ts';
import { ledgerText, longText, quotedName } from '../procedure-parts.ts';
import { literal } from '../quote.ts';
import { lastWritten } from '../ledger-walks.ts';
import { markerComment, sides } from './marker.ts';
import { findOldReaders } from './old-readers.ts';

const name = 'VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin';
const ofMigration = `of_migration ${ledgerText}`;

const counterOf = (table: string): string =>
  `(SELECT t.auto_increment FROM information_schema.tables AS t WHERE t.table_schema = in_schema AND t.table_name = ${table})`;

/**
 * Sets the counter of one table to another one's, as far as that has come. A number that is drawn and taken back while it is set
 * has moved the first one alone: then it is set again.
 */
const counterProcedure = procedure(
  'carry_counter',
  [`in_schema ${name}`, `from_table ${name}`, `to_table ${name}`],
  `BEGIN
  DECLARE usual BIGINT DEFAULT @@SESSION.information_schema_stats_expiry;
  DECLARE is_level BOOLEAN DEFAULT FALSE;
  DECLARE counted BIGINT UNSIGNED;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
    SET SESSION information_schema_stats_expiry = usual;
    RESIGNAL;
  END;
  -- What is kept of it may be a day old.
  SET SESSION information_schema_stats_expiry = 0;
  WHILE NOT is_level DO
    SET counted = ${counterOf('from_table')};
    IF COALESCE(${counterOf('to_table')}, 1) < COALESCE(counted, 0) THEN
      SET @underpin_counter = CONCAT('ALTER TABLE ', ${quotedName('in_schema')}, '.', ${quotedName('to_table')}, ' AUTO_INCREMENT = ', counted, ', ALGORITHM = INPLACE, LOCK = NONE');
      PREPARE underpin_counter FROM @underpin_counter;
      EXECUTE underpin_counter;
      DEALLOCATE PREPARE underpin_counter;
    END IF;
    SET is_level = COALESCE(${counterOf('to_table')}, 1) >= COALESCE(${counterOf('from_table')}, 0);
  END WHILE;
  SET SESSION information_schema_stats_expiry = usual;
END`,
);

export const counterCall = ({ schema, name: from }: TableName, { name: to }: TableName): string =>
  counterProcedure.call(...[schema, from, to].map(literal));

/**
 * What has to be so right before two tables exchange their names. A transaction that began before the last row was copied may read by a
 * snapshot in which the copy lacks it: it is waited for like a lock. What only one of both has would be lost with its name, and what refers
 * to the one that leaves would keep it from being dropped. Both are
 * queries. Without a migration no row was copied; without a query of hidden keys none is looked for.
 */
export const mayExchangeProcedure = procedure(
  'may_exchange',
  [ofMigration, `hidden ${longText}`, `differences ${longText}`],
  `BEGIN
  DECLARE unlike TEXT;
  DECLARE is_old BOOLEAN;
  DECLARE settled DATETIME(3) DEFAULT ${lastWritten('of_migration')} + INTERVAL 10 SECOND;
  IF settled IS NOT NULL THEN
    ${findOldReaders}
    IF is_old IS NULL THEN
      SIGNAL SQLSTATE '42000' SET MYSQL_ERRNO = 1227, MESSAGE_TEXT = 'nobody can tell which transactions began before the last row was copied: the role lacks PROCESS';
    ELSEIF is_old THEN
      SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = ${lockWaitTimeout}, MESSAGE_TEXT = 'a transaction that began before the last row was copied is still open';
    END IF;
  END IF;
  SET @underpin_hidden = NULL, @underpin_unlike = NULL;
  IF hidden <> '' THEN
    BEGIN
      -- Who may not look was told so in the plan. MySQL asks for PROCESS when a procedure is made that names the table.
      DECLARE EXIT HANDLER FOR 1227 SET @underpin_hidden = NULL;
      SET @underpin_statement = CONCAT('SELECT GROUP_CONCAT(h.what SEPARATOR '', '') INTO @underpin_hidden FROM (', hidden, ') AS h');
      PREPARE underpin_statement FROM @underpin_statement;
      EXECUTE underpin_statement;
    END;
  END IF;
  SET @underpin_statement = CONCAT('SELECT GROUP_CONCAT(d.what SEPARATOR '', '') INTO @underpin_unlike FROM (', differences, ') AS d');
  PREPARE underpin_statement FROM @underpin_statement;
  EXECUTE underpin_statement;
  IF @underpin_unlike IS NOT NULL OR @underpin_hidden IS NOT NULL THEN
    SET unlike = LEFT(CONCAT('the two tables are not alike: ', CONCAT_WS(', ', @underpin_hidden, @underpin_unlike)), 128);
    SIGNAL SQLSTATE '42000' SET MYSQL_ERRNO = 1105, MESSAGE_TEXT = unlike;
  END IF;
END`,
);

/**
 * Drops a table of a copy's names that the migration has made: the comment of a marker is ours, and of the copy, which has that of the
 * table, the ledger knows whether the unit that makes it stands, or was begun. Somebody else's table of that name stays.
 */
const dropMadeProcedure = procedure(
  'drop_made',
  [ofMigration, 'made_by BIGINT', `in_schema ${name}`, `in_table ${name}`],
  `BEGIN
  IF EXISTS (
    SELECT 1 FROM information_schema.tables AS t
    WHERE t.table_schema = in_schema AND t.table_name = in_table AND t.table_comment IN (${sides.map(markerComment).map(literal).join(', ')})
  ) OR EXISTS (
    SELECT 1 FROM underpin.applied AS a
    WHERE a.migration = of_migration AND a.phase = 'expand' AND a.direction = 'run' AND a.unit = made_by
  ) OR EXISTS (
    SELECT 1 FROM underpin.begun AS b
    WHERE b.migration = of_migration AND b.phase = 'expand' AND b.direction = 'run' AND b.unit = made_by
  ) THEN
    SET @underpin_drop = CONCAT('DROP TABLE IF EXISTS ', ${quotedName('in_schema')}, '.', ${quotedName('in_table')});
    PREPARE underpin_drop FROM @underpin_drop;
    EXECUTE underpin_drop;
    DEALLOCATE PREPARE underpin_drop;
  END IF;
END`,
);

/** `madeBy`: the unit of expand that makes the table; null for a marker. */
export const dropMadeCall = (
  migration: string,
  { schema, name: of }: TableName,
  madeBy: number | null,
): string =>
  dropMadeProcedure.call(literal(migration), String(madeBy ?? 'NULL'), literal(schema), literal(of));

export const copyProcedures = [counterProcedure, mayExchangeProcedure, dropMadeProcedure];
