import { describe, expect, test } from 'vitest';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import type { MigrationUnderTest } from '../../migration-under-test.ts';
import { knownCases } from './known-cases.ts';

describe.skipIf(!hasMysql())('tables that other tools have broken on MySQL', () => {
  const cases = knownCases();
  const { rows, plan, retype } = cases;
  const complete = async (migration: MigrationUnderTest, meanwhile: () => Promise<unknown>) => {
    await migration.apply('expand', 'dual-write');
    await meanwhile();
    await migration.backfill(2);
    expect(await migration.mismatches()).toBe(0);
    await migration.apply('verify', 'read-switch', 'contract');
    await migration.ledger.close(migration.claim, 'completed');
  };
  const nothing = () => Promise.resolve();
  const refused = async (table: string, migration: Promise<unknown>, why: RegExp) => {
    // It is asked for already: nobody may miss its refusal meanwhile.
    const refusal = expect(migration).rejects.toThrow(why);
    const before = await cases.db.definition(table);
    await refusal;
    expect(await cases.db.definition(table)).toBe(before);
  };

  test('an index that would be too long in utf8mb4 is refused with its limit, and never shortened', async () => {
    await cases.db.sql.query(`CREATE TABLE path_map (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
        host VARCHAR(255) NOT NULL, path VARCHAR(255) NOT NULL, ref VARCHAR(255) NOT NULL, lang VARCHAR(255) NOT NULL, body TEXT NULL,
        KEY k_all (host, path, ref, lang)) ROW_FORMAT = DYNAMIC DEFAULT CHARSET = utf8mb3;
      INSERT INTO path_map VALUES (1, 'h', 'p', 'r', 'nl', REPEAT('y', 60000))`);
    const wide = 'varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci';
    await refused('path_map', retype('path_map', 'path', wide), /k_all.*max key length is 3072 bytes/su);
    await cases.db.sql.query('ALTER TABLE path_map DROP INDEX k_all, ADD INDEX k_all (host, path)');
    await complete(await retype('path_map', 'path', wide), async () => {
      // As it was: the live column cannot hold it.
      await expect(cases.db.sql.query("UPDATE path_map SET path = '😀'")).rejects.toThrow(
        'Incorrect string value',
      );
      await cases.db.sql.query("UPDATE path_map SET path = 'é'");
    });
    await cases.db.sql.query("UPDATE path_map SET next = CONCAT(next, '😀')");
    expect(await rows('SELECT HEX(next) FROM path_map')).toEqual([['C3A9F09F9880']]);
    expect(await cases.db.definition('path_map')).toMatch(/KEY `\w+` \(`host`,`next`\)/u);
    const long = await plan('path_map', {
      kind: 'change-type',
      column: 'body',
      to: 'text4',
      type: 'mediumtext CHARACTER SET utf8mb4',
      up: 'body',
      down: 'text4',
    });
    await complete(long, nothing);
    expect(await rows('SELECT CHAR_LENGTH(text4) FROM path_map')).toEqual([[60_000]]);
  });

  test('zero dates of other columns stay, while a lax application writes on', async () => {
    await cases.db.sql.query(`SET SESSION sql_mode = '';
      CREATE TABLE legacy (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, placed DATE NOT NULL DEFAULT '0000-00-00',
        shipped DATETIME NOT NULL DEFAULT '0000-00-00 00:00:00', partly DATE NULL, note VARCHAR(50) NULL);
      INSERT INTO legacy VALUES (1, '2020-02-29', '2020-03-01 10:00:00', NULL, 'ok'), (2, '0000-00-00', '0000-00-00 00:00:00', '2021-00-00', 'zero');
      SET SESSION sql_mode = DEFAULT`);
    const lax = await cases.db.connect();
    await lax.query("SET SESSION sql_mode = ''");
    const writes = () =>
      lax.query(
        "UPDATE legacy SET note = 'touched' WHERE id = 2; INSERT INTO legacy (note) VALUES ('by default')",
      );
    await complete(await retype('legacy', 'note', 'text'), writes);
    expect(
      await rows(
        'SELECT id, CAST(placed AS CHAR), CAST(shipped AS CHAR), CAST(partly AS CHAR), next FROM legacy ORDER BY id',
      ),
    ).toEqual([
      [1, '2020-02-29', '2020-03-01 10:00:00', null, 'ok'],
      [2, '0000-00-00', '0000-00-00 00:00:00', '2021-00-00', 'touched'],
      [3, '0000-00-00', '0000-00-00 00:00:00', null, 'by default'],
    ]);
    expect(await cases.db.definition('legacy')).toContain("`placed` date NOT NULL DEFAULT '0000-00-00'");
  });

  test('another precision of a TIMESTAMP is refused in its place and beside it, by name', async () => {
    await cases.db.sql.query(`CREATE TABLE device (id BIGINT NOT NULL PRIMARY KEY,
        created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
        updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, seen_at TIMESTAMP(6) NULL);
      INSERT INTO device VALUES (1, '2021-02-03 04:05:06', '2021-03-04 05:06:07', '2021-03-04 05:06:07.999999')`);
    for (const [column, type] of [
      ['created_at', 'timestamp(6)'],
      ['updated_at', 'timestamp(6)'],
      ['seen_at', 'timestamp'],
    ] as const) {
      await refused(
        'device',
        plan('device', { kind: 'change-type', column, type }),
        /Invalid default value|beside the traffic/u,
      );
      await refused('device', retype('device', column, type), /of type timestamp|is set by every UPDATE/u);
    }
  });

  test('a cascade that takes rows away takes them for both sides, and a column of another type than its key needs is refused by name', async () => {
    await cases.db.sql
      .query(`CREATE TABLE team (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(50) NOT NULL);
      CREATE TABLE member (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, team_id INT NULL, nick VARCHAR(20) NOT NULL, KEY k_team (team_id),
        CONSTRAINT fk_member_team FOREIGN KEY (team_id) REFERENCES team (id) ON DELETE CASCADE);
      INSERT INTO team VALUES (1, 'red'), (2, 'blue'); INSERT INTO member VALUES (1, 1, 'a'), (2, 2, 'b'), (3, NULL, 'c')`);
    await refused('team', retype('team', 'id', 'bigint'), /belongs to the primary key/u);
    await refused(
      'member',
      retype('member', 'team_id', 'bigint'),
      /Referencing column 'next' and referenced column 'id'/u,
    );
    await refused('member', plan('member', { kind: 'set-not-null', column: 'team_id' }), /1 row breaks it/u);
    await complete(await retype('member', 'nick', 'text'), () =>
      cases.db.sql.query('DELETE FROM team WHERE id = 2'),
    );
    expect(await rows('SELECT id, next FROM member ORDER BY id')).toEqual([
      [1, 'a'],
      [3, 'c'],
    ]);
    await complete(await retype('team', 'name', 'text'), nothing);
    expect(await cases.db.definition('member')).toContain('REFERENCES `team` (`id`) ON DELETE CASCADE');
    await cases.db.sql.query('UPDATE member SET team_id = 1 WHERE id = 3');
    // What a copy without keys takes, the table refuses where the key would set NULL, and takes where it does not.
    const required = await plan('member', { kind: 'set-not-null', column: 'team_id' });
    await required.apply('verify');
    expect(await cases.db.definition('member')).toContain('`team_id` int NOT NULL');
    await required.ledger.close(required.claim, 'completed');
  });

  test('what is invisible stays so, and expressions in indexes and defaults are refused by name', async () => {
    await cases.db.sql
      .query(`CREATE TABLE job (id INT NOT NULL PRIMARY KEY, token BINARY(16) NOT NULL DEFAULT (UUID_TO_BIN(UUID())),
        payload JSON NOT NULL DEFAULT (JSON_OBJECT()), secret VARCHAR(20) NOT NULL DEFAULT 'none' INVISIBLE, qty INT NOT NULL,
        UNIQUE KEY uq_half ((qty DIV 2)), KEY k_secret (secret) INVISIBLE);
      INSERT INTO job (id, token, payload, secret, qty) VALUES (1, x'00000000000000000000000000000001', '{"a":1}', 's1', 10),
        (2, x'00000000000000000000000000000002', '{}', 's2', 13)`);
    await refused('job', retype('job', 'qty', 'bigint'), /uq_half/u);
    await refused('job', plan('job', { kind: 'drop-column', column: 'qty' }), /uq_half/u);
    await refused(
      'job',
      plan('job', { kind: 'change-type', column: 'qty', type: 'bigint' }),
      /beside the traffic/u,
    );
    await refused(
      'job',
      plan('job', { kind: 'rename-column', from: 'token', to: 'ticket' }),
      /its default \(uuid_to_bin\(uuid\(\)\)\)/u,
    );
    await refused(
      'job',
      plan('job', {
        kind: 'add-column',
        column: 'ref',
        type: 'binary(16)',
        default: '(UUID_TO_BIN(UUID()))',
        notNull: true,
      }),
      /is not a constant or CURRENT_TIMESTAMP/u,
    );
    await complete(await plan('job', { kind: 'rename-column', from: 'secret', to: 'hidden' }), () =>
      cases.db.sql.query(
        "INSERT INTO job (id, qty) VALUES (3, 16); UPDATE job SET secret = 's9' WHERE id = 2",
      ),
    );
    expect(
      await rows("SELECT id, HEX(token) LIKE '0000%', CAST(payload AS CHAR), hidden FROM job ORDER BY id"),
    ).toEqual([
      [1, 1, '{"a": 1}', 's1'],
      [2, 1, '{}', 's9'],
      [3, 0, '{}', 'none'],
    ]);
    const definition = await cases.db.definition('job');
    expect(definition).toMatch(/`hidden` varchar\(20\) NOT NULL DEFAULT 'none' \/\*!80023 INVISIBLE \*\//u);
    expect(definition).toMatch(/KEY `\w+` \(`hidden`\) \/\*!80000 INVISIBLE \*\//u);
    expect(definition).toContain('UNIQUE KEY `uq_half` (((`qty` DIV 2)))');
    expect(definition).toContain('uuid_to_bin(uuid())');
  });

  test('values are not thrown away by one statement that drops a column and adds another of its name', async () => {
    await cases.db.sql.query(
      "CREATE TABLE person (id INT PRIMARY KEY, nick VARCHAR(16) NULL); INSERT INTO person VALUES (1, NULL), (2, 'bo')",
    );
    const run = `ALTER TABLE ${cases.db.schema}.person DROP COLUMN nick, ADD COLUMN nick VARCHAR(16) NOT NULL DEFAULT 'anon'`;
    await refused(
      'person',
      plan('person', { kind: 'sql', run, undo: { irreversible: 'the values are gone' } }),
      /unknown-change/u,
    );
  });
});
