import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { livedPhases } from '../../engine/plan/plan.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';

let db: DatabaseUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest('CREATE TABLE other (v varchar(64) PRIMARY KEY)');
});
beforeEach(() => db.sql.query('DROP TABLE IF EXISTS parts CASCADE'));
afterAll(() => db.close());

const planned = (type: string, more: Readonly<Record<string, unknown>> = {}): Promise<MigrationUnderTest> =>
  migrationUnderTest(db.database, `r-${(count += 1)}`, {
    table: 'public.parts',
    change: { kind: 'change-type', column: 'v', type, ...more },
  });

async function files(): Promise<readonly unknown[]> {
  const { rows } = await db.sql.query(`SELECT c.relname, pg_relation_filenode(c.oid) FROM pg_class AS c
    WHERE c.oid = 'parts'::regclass OR c.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = 'parts'::regclass) ORDER BY 1`);
  return rows;
}
async function typeNow(): Promise<string> {
  const { rows } = await db.sql.query<{ type: string }>(`
    SELECT concat_ws(' ', format_type(atttypid, atttypmod), CASE WHEN attcollation NOT IN (0, 100) THEN attcollation::regcollation END) AS type
    FROM pg_attribute WHERE attrelid = 'parts'::regclass AND attname = 'v'`);
  return rows[0]?.type ?? '';
}

describe('a type that PostgreSQL changes in its catalog alone', () => {
  test.each([
    ['varchar(64)', 'text', 'text'],
    ['varchar(64)', 'varchar(200)', 'character varying(200)'],
    ['varchar(64)', 'varchar', 'character varying'],
    ['numeric(10,2)', 'numeric(14,2)', 'numeric(14,2)'],
    ['numeric(10,2)', 'numeric', 'numeric'],
    ['varbit(8)', 'varbit(16)', 'bit varying(16)'],
    ['varchar(64) COLLATE "C"', 'text', 'text "C"'],
  ])('%s becomes %s in one statement: nothing is written anew', async (from, to, now) => {
    await db.sql.query(`CREATE TABLE parts (v ${from}, note text); CREATE INDEX parts_v ON parts (v);
      INSERT INTO parts SELECT NULL, 'a' FROM generate_series(1, 5)`);
    const before = await files();
    const migration = await planned(to);
    expect(livedPhases(migration.plan)).toEqual(['expand', 'verify']);
    expect(migration.plan.walks).toEqual([]);
    await migration.apply('expand', 'verify');
    expect(await typeNow()).toBe(now);
    expect(await files()).toEqual(before);
  });

  test('comes back where the way back is free too, and stays where it would rewrite the table', async () => {
    await db.sql.query('CREATE TABLE parts (v text)');
    const free = await planned('varchar');
    await free.apply('expand');
    await free.undo('expand');
    expect(await typeNow()).toBe('text');
    await db.sql.query('DROP TABLE parts; CREATE TABLE parts (v varchar(64))');
    const wider = await planned('text');
    await wider.apply('expand');
    await wider.undo('expand');
    expect(await typeNow()).toBe('text');
    expect(wider.plan.warnings).toContain(
      'a rollback leaves parts.v as text, which holds all that character varying(64) does: the way back would rewrite the whole table',
    );
  });
});

describe('what has come since the plan is asked again under the lock', () => {
  test.each([
    ['a check', `ALTER TABLE parts ADD CHECK (v <> '')`],
    ['a foreign key', 'ALTER TABLE parts ADD FOREIGN KEY (v) REFERENCES other'],
    ['an index over an expression', `CREATE INDEX ON parts ((v || 'x'))`],
    ['a partial index', `CREATE INDEX ON parts (note) WHERE v > 'm'`],
  ])('%s: nothing is written anew, and the step says why', async (_, comes) => {
    await db.sql.query('CREATE TABLE parts (v varchar(64), note text)');
    const migration = await planned('text');
    await db.sql.query(comes);
    const before = await files();
    await expect(migration.apply('expand')).rejects.toThrow(
      /^the database refused to make v text.*UP006.*would write or read every row.*start again/u,
    );
    expect(await files()).toEqual(before);
    expect(await typeNow()).toBe('character varying(64)');
    await migration.undo('expand');
    const anew = await planned('text', { down: 'v::varchar(64)' }).then(
      ({ plan }) => livedPhases(plan),
      () => ['refused'],
    );
    expect(anew).not.toEqual(['expand', 'verify']);
  });

  test('and on the way back: it stays as it is, and nothing is written anew', async () => {
    await db.sql.query('CREATE TABLE parts (v text, note text)');
    const migration = await planned('varchar');
    await migration.apply('expand', 'verify');
    await db.sql.query(`ALTER TABLE parts ADD CHECK (v <> '')`);
    const before = await files();
    await expect(migration.undo('verify', 'expand')).rejects.toThrow('UP006');
    expect(await files()).toEqual(before);
    await db.sql.query('ALTER TABLE parts DROP CONSTRAINT parts_v_check');
    await migration.undo('expand');
    expect(await typeNow()).toBe('text');
  });

  test('what costs nothing is no reason', async () => {
    await db.sql.query('CREATE TABLE parts (v varchar(64), note text)');
    const migration = await planned('text');
    await db.sql.query(`CREATE INDEX ON parts (v); ALTER TABLE parts ADD CHECK (note <> '')`);
    await migration.apply('expand', 'verify');
    expect(await typeNow()).toBe('text');
  });
});

describe('a type that costs more is not changed in place', () => {
  test.each([
    ['a shorter text', 'varchar(64)', 'varchar(20)', ''],
    ['a wider integer', 'integer', 'bigint', ''],
    ['another scale', 'numeric(10,2)', 'numeric(12,4)', ''],
    [
      'a check, which would be read against every row under the lock',
      'varchar(64)',
      'text',
      `CHECK (v <> '')`,
    ],
    ['a foreign key, which would be recreated', 'varchar(64)', 'text', 'REFERENCES other'],
  ])('%s', async (_, from, to, more) => {
    await db.sql.query(`CREATE TABLE parts (id integer PRIMARY KEY, v ${from} ${more})`);
    const { plan } = await planned(to, { down: `v::${from}` });
    expect(livedPhases(plan)).toContain('swap');
  });

  test('what hangs on the time zone of a session', async () => {
    await db.sql.query('CREATE TABLE parts (id integer PRIMARY KEY, v timestamp)');
    const { plan } = await planned('timestamptz', { down: `v AT TIME ZONE 'UTC'` });
    expect(livedPhases(plan)).toContain('swap');
  });
});
