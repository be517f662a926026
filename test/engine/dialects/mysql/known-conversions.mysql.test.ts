import { describe, expect, test } from 'vitest';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { knownCases } from './known-cases.ts';

describe.skipIf(!hasMysql())('conversions that others have lost on MySQL', () => {
  const cases = knownCases();
  const { rows, plan, retype } = cases;
  /** Goes as far as every row is converted, with what applications do meanwhile; gives the keys of rows that refuse. */
  const converted = async (table: string, column: string, type: string, meanwhile = '') => {
    const migration = await retype(table, column, type);
    await migration.apply('expand', 'dual-write');
    if (meanwhile !== '') await cases.db.sql.query(meanwhile);
    await migration.backfill(2);
    const found = await rows(
      `SELECT CAST(JSON_UNQUOTE(JSON_EXTRACT(row_key, '$[0]')) AS CHAR) FROM underpin.stubborn_row WHERE migration = '${migration.claim.migration}' ORDER BY 1`,
    );
    const refusing = found.flat();
    expect(await migration.mismatches()).toBe(refusing.length);
    return {
      refusing,
      back: async () => {
        await migration.undo('backfill', 'dual-write', 'expand');
        await migration.ledger.close(migration.claim, 'rolled-back');
      },
    };
  };

  test('an ENUM in another order goes by its labels, one that lacks a label refuses the row, and text is the label', async () => {
    await cases.db.sql.query(`SET SESSION sql_mode = '';
      CREATE TABLE parcel (id INT NOT NULL PRIMARY KEY, state ENUM('new','sent','lost') NOT NULL);
      INSERT INTO parcel VALUES (1, 'new'), (2, 'sent'), (3, 'lost'), (4, 'bogus'); SET SESSION sql_mode = DEFAULT`);
    const meanwhile = "UPDATE parcel SET state = 'sent' WHERE id = 1; REPLACE INTO parcel VALUES (5, 'lost')";
    const reordered = await converted('parcel', 'state', "enum('lost','new','packed','sent')", meanwhile);
    // The empty member that a lax mode has left is none of the labels.
    expect(reordered.refusing).toEqual(['4']);
    expect(await rows('SELECT id, CAST(next AS CHAR), next + 0 FROM parcel ORDER BY id')).toEqual([
      [1, 'sent', 4],
      [2, 'sent', 4],
      [3, 'lost', 1],
      [4, null, null],
      [5, 'lost', 1],
    ]);
    await reordered.back();
    const narrower = await converted('parcel', 'state', "enum('new','sent')", meanwhile);
    expect(narrower.refusing).toEqual(['3', '4', '5']);
    await narrower.back();
    const text = await converted('parcel', 'state', 'varchar(10)', meanwhile);
    expect(text.refusing).toEqual([]);
    expect(await rows('SELECT next FROM parcel ORDER BY id')).toEqual([
      ['sent'],
      ['sent'],
      ['lost'],
      [''],
      ['lost'],
    ]);
    await text.back();
  });

  test('latin1 becomes utf8mb4 letter by letter, whoever writes in whatever character set; nothing is repaired unasked', async () => {
    await cases.db.sql
      .query(`CREATE TABLE feedback (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, txt VARCHAR(100) CHARACTER SET latin1 NOT NULL);
      INSERT INTO feedback VALUES (1, 'Here’s one'), (2, 'café'), (3, CONVERT(x'636166C3A9' USING latin1))`);
    const writer = await cases.db.connect();
    await writer.query('SET NAMES latin1');
    const migration = await plan('feedback', {
      kind: 'change-type',
      column: 'txt',
      to: 'body',
      type: 'varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci',
      up: 'txt',
      down: 'body',
    });
    await migration.apply('expand', 'dual-write');
    await writer.query("INSERT INTO feedback (txt) VALUES (CONVERT(x'E9' USING latin1))");
    await migration.backfill(1);
    expect(await migration.mismatches()).toBe(0);
    expect(await rows('SELECT HEX(body) FROM feedback ORDER BY id')).toEqual([
      ['48657265E2809973206F6E65'],
      ['636166C3A9'],
      ['636166C383C2A9'],
      ['C3A9'],
    ]);
  });

  test('narrower types cut nothing, the application goes on, and the walk ends at the last key there is', async () => {
    await cases.db.sql
      .query(`CREATE TABLE reading (id BIGINT UNSIGNED NOT NULL PRIMARY KEY, lvl INT NOT NULL, ip INT UNSIGNED NOT NULL, tag VARCHAR(130) NOT NULL);
      INSERT INTO reading VALUES (1, 65535, 4294967295, 'short'), (9223372036854775808, -1, 0, 't'),
        (18446744073709551615, 70000, 2147483648, REPEAT('x', 120))`);
    const wider = await converted('reading', 'ip', 'bigint unsigned');
    expect(wider.refusing).toEqual([]);
    expect(await rows('SELECT next FROM reading ORDER BY id')).toEqual([[4294967295], [0], [2147483648]]);
    await wider.back();
    const tags = await converted('reading', 'tag', 'varchar(100)');
    expect(tags.refusing).toEqual(['18446744073709551615']);
    await tags.back();
    const levels = await converted(
      'reading',
      'lvl',
      'smallint unsigned',
      "UPDATE reading SET lvl = 70001 WHERE id = 1; INSERT IGNORE INTO reading VALUES (2, 80000, 1, 't')",
    );
    expect(levels.refusing).toEqual(['1', '18446744073709551615', '2', '9223372036854775808']);
    expect(await rows('SELECT lvl, next FROM reading ORDER BY id')).toEqual([
      [70001, null],
      [80000, null],
      [-1, null],
      [70000, null],
    ]);
    await levels.back();
  });

  test('a collation that makes values equal is refused where an index is unique, and keeps every byte where none is', async () => {
    await cases.db.sql.query(`CREATE TABLE label (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
        name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci NOT NULL,
        alias VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci NOT NULL, UNIQUE KEY uq_name (name));
      INSERT INTO label VALUES (1, 'linux', 'a'), (2, 'linux ', 'a '), (3, 'mac', 'm');
      CREATE TABLE daily_signup (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
        channel VARCHAR(100) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin NOT NULL, day DATE NOT NULL, UNIQUE KEY uq_channel_day (channel, day));
      INSERT INTO daily_signup VALUES (1, 'partner', '2022-11-05'), (2, 'Partner', '2022-11-05'), (4, 'pärtner', '2022-11-05')`);
    const general = 'varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci';
    await expect(retype('label', 'name', general)).rejects.toThrow('the index uq_name is unique');
    await expect(
      retype('daily_signup', 'channel', 'varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci'),
    ).rejects.toThrow('the index uq_channel_day is unique');
    expect(await cases.db.value('SELECT COUNT(*) FROM daily_signup')).toBe(3);
    const alias = await converted('label', 'alias', general);
    expect(alias.refusing).toEqual([]);
    expect(await rows('SELECT OCTET_LENGTH(next) FROM label ORDER BY id')).toEqual([[1], [2], [1]]);
    // A copy that lost the blank is told from one that has it.
    await cases.db.sql.query("UPDATE label SET next = 'b ' WHERE id = 1");
    expect(await rows('SELECT OCTET_LENGTH(alias) FROM label WHERE id = 1')).toEqual([[2]]);
    await alias.back();
  });

  test('what others are generated from, what is generated, and moments in local time are refused by name', async () => {
    await cases.db.sql
      .query(`CREATE TABLE exam (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, b DECIMAL(5,1) NOT NULL DEFAULT 0,
      total DECIMAL(6,1) GENERATED ALWAYS AS (b + 1) STORED, created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)`);
    const before = await cases.db.definition('exam');
    await expect(retype('exam', 'b', 'decimal(9,1)')).rejects.toThrow(
      'the column total is generated from it',
    );
    await expect(retype('exam', 'total', 'decimal(6,1)')).rejects.toThrow('is generated from other columns');
    await expect(retype('exam', 'created_at', 'datetime(6)')).rejects.toThrow('of type timestamp');
    expect(await cases.db.definition('exam')).toBe(before);
  });

  test('rows are walked by a key that has a generated column, and filled from their JSON', async () => {
    await cases.db.sql.query(`CREATE TABLE doc (tenant VARBINARY(16) NOT NULL,
        doc_key VARCHAR(36) CHARACTER SET latin1 GENERATED ALWAYS AS (JSON_UNQUOTE(JSON_EXTRACT(body, '$.key'))) STORED NOT NULL COMMENT 'from body',
        body JSON NOT NULL, PRIMARY KEY (tenant, doc_key)) ROW_FORMAT = COMPRESSED COMMENT = 'documents';
      INSERT INTO doc (tenant, body) VALUES (x'0A00', '{"key":"k-1","v":1}'), (x'0A00', '{"key":"k-2","v":2}'), (x'0A', '{"key":"k-1","v":3}')`);
    const migration = await plan('doc', {
      kind: 'add-column',
      column: 'seen',
      type: 'int unsigned',
      backfill: "JSON_EXTRACT(body, '$.v')",
      notNull: true,
    });
    await migration.apply('expand', 'dual-write');
    await cases.db.sql.query(
      "UPDATE doc SET body = JSON_SET(body, '$.key', 'k-9') WHERE tenant = x'0A00' AND doc_key = 'k-2'",
    );
    await migration.backfill(1);
    expect(await migration.mismatches()).toBe(0);
    await migration.apply('verify', 'contract');
    expect(await rows('SELECT HEX(tenant), doc_key, seen FROM doc ORDER BY tenant, doc_key')).toEqual([
      ['0A', 'k-1', 3],
      ['0A00', 'k-1', 1],
      ['0A00', 'k-9', 2],
    ]);
    const definition = await cases.db.definition('doc');
    for (const kept of [
      'ROW_FORMAT=COMPRESSED',
      "COMMENT='documents'",
      "COMMENT 'from body'",
      'STORED NOT NULL',
    ])
      expect(definition).toContain(kept);
  });
});
