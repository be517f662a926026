import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { InvalidSpec } from '../../engine/database/errors.ts';
import { preflight } from '../../engine/preflight.ts';
import { measureChanges } from '../../lambdas/evidence/measure-changes.ts';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import {
  migrationUnderTest,
  ownWarnings,
  planningOn,
  specOf,
  type MigrationUnderTest,
} from './migration-under-test.ts';

let db: DatabaseUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest('CREATE DOMAIN code AS text NOT NULL');
});
afterAll(() => db.close());
beforeEach(() =>
  db.sql.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public;
    CREATE DOMAIN code AS text NOT NULL;
    CREATE TABLE parts (id int PRIMARY KEY, tag text NOT NULL, note text, kind text NOT NULL DEFAULT 'x', code code);
    INSERT INTO parts VALUES (1, 'a', 'n', 'k', 'c')`),
);

const declared = (column: string, more: object = {}) => ({
  table: 'public.parts',
  change: { kind: 'drop-column', column, ...more },
});
const farewell = (column: string, more: object = {}): Promise<MigrationUnderTest> =>
  migrationUnderTest(db.database, `t-${(count += 1)}`, declared(column, more));

async function refusals(column: string, more: object = {}): Promise<readonly string[]> {
  try {
    await preflight(specOf('t', declared(column, more)), await planningOn(db.database));
  } catch (error) {
    if (error instanceof InvalidSpec) return error.problems.map(({ fact, remedy }) => `${fact} ${remedy}`);
    throw error;
  }
  return [];
}

describe('what uses the column is refused by name:', () => {
  test.each([
    ['a view', 'CREATE VIEW notes AS SELECT note FROM parts', /view notes uses parts\.note/u],
    [
      'a generated column',
      'ALTER TABLE parts ADD COLUMN loud text GENERATED ALWAYS AS (upper(note)) STORED',
      /column loud of table parts uses parts\.note/u,
    ],
    ['a policy', `CREATE POLICY mine ON parts USING (note = 'x')`, /policy mine on table parts uses/u],
    [
      'a foreign key',
      'ALTER TABLE parts ADD UNIQUE (note); CREATE TABLE uses (note text REFERENCES parts (note))',
      /is what a foreign key refers to/u,
    ],
    [
      'a trigger that fires on it',
      `CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
       CREATE TRIGGER on_note BEFORE UPDATE OF note ON parts FOR EACH ROW EXECUTE FUNCTION f()`,
      /trigger on_note on table parts uses/u,
    ],
    [
      'a trigger function that reads it',
      `CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.note := lower(NEW.note); RETURN NEW; END';
       CREATE TRIGGER low BEFORE UPDATE ON parts FOR EACH ROW EXECUTE FUNCTION g()`,
      /function g\(\) of trigger low uses/u,
    ],
    [
      'the replica identity',
      `ALTER TABLE parts ALTER note SET NOT NULL; CREATE UNIQUE INDEX one ON parts (note); ALTER TABLE parts REPLICA IDENTITY USING INDEX one`,
      /is the replica identity/u,
    ],
  ])('%s', async (_, schema, says) => {
    expect(await refusals('note')).toEqual([]);
    await db.sql.query(schema);
    expect((await refusals('note')).join('\n')).toMatch(says);
  });

  test('the primary key, a column that is not there, a default that nothing needs, a domain that refuses NULL', async () => {
    expect((await refusals('id')).join()).toMatch(/belongs to the primary key/u);
    expect((await refusals('nota')).join()).toMatch(/Did you mean "note"/u);
    expect((await refusals('kind', { default: "'y'" })).join()).toMatch(/Remove `default`/u);
    expect((await refusals('code')).join()).toMatch(/refuses NULL/u);
    expect(await refusals('code', { default: "'c'" })).toEqual([]);
  });
});

describe('a NOT NULL column without a default', () => {
  const without = (id: number) => `INSERT INTO parts (id, code) VALUES (${id}, 'c')`;
  const notNull = async () =>
    (
      await db.sql.query(
        "SELECT attnotnull AS is, atthasdef AS has FROM pg_attribute WHERE attrelid = 'parts'::regclass AND attname = 'tag'",
      )
    ).rows[0];

  test('may be left out from expand on, with the default until it is dropped, and is as before after the undo', async () => {
    const migration = await farewell('tag', { default: "'none'" });
    expect(await sqlState(db.sql.query(without(2)))).toBe('23502');
    await migration.apply('expand');
    await db.sql.query(without(2));
    expect((await db.sql.query('SELECT tag FROM parts WHERE id = 2')).rows).toEqual([{ tag: 'none' }]);
    await migration.undo('expand');
    expect(await notNull()).toEqual({ is: true, has: false });
    expect(await sqlState(db.sql.query(without(3)))).toBe('23502');
  });

  test('holds NULL without a default, and NOT NULL comes back while no row does', async () => {
    const migration = await farewell('tag');
    expect(ownWarnings(migration.plan).join()).toMatch(/readers of parts\.tag may meet NULL from expand on/u);
    await migration.apply('expand');
    await db.sql.query(without(2));
    await db.sql.query('DELETE FROM parts WHERE tag IS NULL');
    await migration.undo('expand');
    expect(await notNull()).toEqual({ is: true, has: false });
  });
});

test('the quarantine fails whoever names it, and brings every value back, written before or in the meantime', async () => {
  const migration = await farewell('note');
  await db.sql.query("UPDATE parts SET note = 'late' WHERE id = 1");
  await migration.apply('quarantine');
  expect(await sqlState(db.sql.query('SELECT note FROM parts'))).toBe('42703');
  await db.sql.query("INSERT INTO parts (id, tag, code) VALUES (2, 'b', 'c')");
  await migration.undo('quarantine');
  expect((await db.sql.query('SELECT id, note FROM parts ORDER BY id')).rows).toEqual([
    { id: 1, note: 'late' },
    { id: 2, note: null },
  ]);
});

test('what came to it since the plan keeps the gate shut, and what the migration itself has done does not', async () => {
  const { plan } = await farewell('kind');
  const changes = () => measureChanges('contract', plan, db.database);
  expect(await changes()).toEqual([]);
  await db.sql
    .query(`CREATE UNIQUE INDEX parts_kind ON parts (kind); ALTER TABLE parts REPLICA IDENTITY USING INDEX parts_kind;
    GRANT SELECT (kind) ON parts TO PUBLIC; ALTER TABLE parts ALTER COLUMN kind DROP DEFAULT`);
  expect(await changes()).toEqual(['index parts_kind is new', 'replica identity by index parts_kind is new']);
  const migration = await farewell('tag', { default: "''" });
  await migration.apply('expand');
  expect(await measureChanges('contract', migration.plan, db.database)).toEqual([]);
});

test('the contract rewrites nothing, and what goes with the column is in the plan, all of it', async () => {
  await db.sql.query(`CREATE SEQUENCE numbers OWNED BY parts.note;
    CREATE INDEX by_note ON parts (note); CREATE INDEX combined ON parts (tag, note); CREATE INDEX other ON parts (tag);
    CREATE INDEX loud ON parts (upper(note)); CREATE INDEX a_few ON parts (tag) WHERE note IS NULL;
    ALTER TABLE parts ADD CONSTRAINT short CHECK (length(note) < 10), ADD CONSTRAINT pair UNIQUE (tag, note);
    CREATE STATISTICS kin ON tag, note FROM parts; CREATE VIEW tags AS SELECT tag FROM parts`);
  const objects = async (): Promise<readonly string[]> =>
    (
      await db.sql.query<{
        name: string;
      }>(`SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION SELECT conname FROM pg_constraint WHERE conrelid = 'parts'::regclass
        UNION SELECT stxname FROM pg_statistic_ext WHERE stxrelid = 'parts'::regclass ORDER BY 1`)
    ).rows.map(({ name }) => name);
  const file = async () => (await db.sql.query("SELECT pg_relation_filenode('parts') AS it")).rows;
  const [before, written] = [await objects(), await file()];
  const migration = await farewell('note');
  await migration.apply('quarantine', 'contract');
  const after = await objects();
  const gone = before.filter((name) => !after.includes(name));
  expect(gone).toEqual(['a_few', 'by_note', 'combined', 'kin', 'loud', 'numbers', 'pair', 'short']);
  const listed = ownWarnings(migration.plan).filter((warning) =>
    warning.startsWith('the contract drops with it'),
  );
  expect(listed).toHaveLength(gone.length);
  for (const name of gone) expect(listed.join('\n')).toMatch(new RegExp(`\\b${name}\\b`, 'u'));
  expect(await file()).toEqual(written);
});
