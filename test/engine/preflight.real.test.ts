import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { preflight } from '../../engine/preflight.ts';
import { catalogSnapshot } from './catalog-snapshot.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { planningOn, specOf } from './migration-under-test.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(`
    CREATE EXTENSION btree_gist;
    CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, name text, during int4range,
      number int GENERATED ALWAYS AS IDENTITY, shout text GENERATED ALWAYS AS (upper(name)) STORED,
      EXCLUDE USING gist (name WITH =, during WITH &&));
    CREATE TABLE letters (id int PRIMARY KEY, "to" text REFERENCES users (email));
    CREATE TABLE parent (id int PRIMARY KEY, email text);
    CREATE TABLE child (PRIMARY KEY (id)) INHERITS (parent);
    CREATE TABLE parted (id int PRIMARY KEY, email text) PARTITION BY RANGE (id);
    CREATE TABLE part PARTITION OF parted DEFAULT;
    CREATE VIEW seen AS SELECT * FROM users;
    CREATE TABLE policed (id int PRIMARY KEY, email text);
    ALTER TABLE policed ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
    CREATE TABLE triggered (id int PRIMARY KEY, email text);
    CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER "~~~" BEFORE INSERT ON triggered FOR EACH ROW EXECUTE FUNCTION nothing();
    CREATE TRIGGER "~~~after" AFTER INSERT ON triggered FOR EACH ROW EXECUTE FUNCTION nothing();
    DROP ROLE IF EXISTS preflight_migrator;
    CREATE ROLE preflight_migrator LOGIN PASSWORD 'x';
    ALTER TABLE policed OWNER TO preflight_migrator;`);
});
afterAll(async () => {
  await db.sql.query('DROP OWNED BY preflight_migrator; DROP ROLE preflight_migrator');
  await db.close();
});

const rename = (from: string, to = 'fresh') => ({ kind: 'rename-column', from, to });
const retype = (more: Readonly<Record<string, string>>) => ({
  kind: 'change-type',
  column: 'name',
  to: 'fresh',
  type: 'integer',
  up: 'name::integer',
  down: 'fresh::text',
  ...more,
});
const add = (more: Readonly<Record<string, unknown>>) => ({
  kind: 'add-column',
  column: 'fresh',
  type: 'integer',
  ...more,
});

const refusals: readonly (readonly [
  title: string,
  table: string,
  change: Readonly<Record<string, unknown>>,
  says: string,
])[] = [
  [
    'a table that is not there',
    'public.user',
    rename('email'),
    'm.yaml:6:2 table: there is no table public.user in this database. Did you mean `public.users`?',
  ],
  [
    'a view',
    'public.seen',
    rename('email'),
    'm.yaml:6:2 table: public.seen is not a table. Name the table that holds the rows.',
  ],
  [
    'a partitioned table',
    'public.parted',
    { kind: 'drop-column', column: 'email' },
    'm.yaml:6:2 table: public.parted is partitioned. What is supported of it: add-column, add-index, add-unique, another name or type of a column, and another name of the table `by: alias`.',
  ],
  [
    'a partition',
    'public.part',
    rename('email'),
    'm.yaml:6:2 table: public.part is a partition of another table, whose columns it has. Name the table that is partitioned.',
  ],
  [
    'a parent',
    'public.parent',
    rename('email'),
    'm.yaml:6:2 table: public.parent inherits or is inherited from. Inheritance is not supported.',
  ],
  [
    'a child',
    'public.child',
    rename('email'),
    'm.yaml:6:2 table: public.child inherits or is inherited from. Inheritance is not supported.',
  ],
  [
    'a late trigger',
    'public.triggered',
    rename('email'),
    'm.yaml:6:2 table: trigger ~~~ on triggered would run after the dual write and could undo it. Rename it to sort before "~underpin_".',
  ],
  [
    'a column that is not there',
    'public.users',
    rename('emial'),
    'm.yaml:9:3 change.from: table public.users has no column "emial". Did you mean "email"?',
  ],
  [
    'a name that is taken',
    'public.letters',
    rename('to', 'id'),
    'm.yaml:10:3 change.to: table public.letters has a column "id" already. Choose a name that is free, or drop that column first if nothing uses it.',
  ],
  [
    'a generated column',
    'public.users',
    rename('shout'),
    'm.yaml:9:3 change.from: users.shout is generated from other columns, so nobody can write it. Add the new column by add-column with the same expression and drop the generated one afterwards. Or write `by: alias`, which writes no row.',
  ],
  [
    'an exclusion constraint',
    'public.users',
    rename('during'),
    'm.yaml:9:3 change.from: users.during belongs to the exclusion constraint users_name_during_excl, and PostgreSQL cannot build one beside the traffic. Drop users_name_during_excl first and add it again afterwards, or choose another column. Or write `by: alias`, which writes no row.',
  ],
  [
    'an expression that does not read',
    'public.letters',
    { ...retype({ column: 'to', up: 'too::integer' }) },
    'm.yaml:12:3 change.up: the database cannot read this expression: column "too" does not exist (SQLSTATE 42703). Write it over "to" alone: each side must follow from the other.',
  ],
  [
    'an expression of another type',
    'public.letters',
    { ...retype({ column: 'to', type: 'integer', up: '"to"::date' }) },
    'm.yaml:12:3 change.up: the database cannot read this expression: cannot cast type date to integer (SQLSTATE 42846). Write it over "to" alone: each side must follow from the other.',
  ],
  [
    'a backfill over what is not there',
    'public.users',
    add({ backfill: 'length(nam)' }),
    'm.yaml:11:3 change.backfill: the database cannot read this expression: column "nam" does not exist (SQLSTATE 42703). Write it over the columns of the table, in its own SQL.',
  ],
  [
    'an added column that is there',
    'public.users',
    add({ column: 'name' }),
    'm.yaml:9:3 change.column: table public.users has a column "name" already. Choose a name that is free, or drop that column first if nothing uses it.',
  ],
];

const refused = async (
  table: string,
  change: Readonly<Record<string, unknown>>,
  database = db.database,
): Promise<string> => {
  const outcome = await preflight(specOf('m', { table, change }), await planningOn(database)).catch(
    (error: Error) => error,
  );
  if (!(outcome instanceof Error)) throw new Error('it was accepted');
  expect(outcome.name).toBe('InvalidSpec');
  return outcome.message.replace(/Position: \d+/u, 'Position: N');
};

describe('preflight refuses', () => {
  test.each(refusals)('%s, in one line', async (_, table, change, says) => {
    const before = await catalogSnapshot(db.sql);
    expect(await refused(table, change)).toBe(says);
    expect(await catalogSnapshot(db.sql)).toEqual(before);
  });

  test('everything at once', async () => {
    expect((await refused('public.parent', rename('emai', 'id'))).split('\n')).toEqual([
      'm.yaml:6:2 table: public.parent inherits or is inherited from. Inheritance is not supported.',
      'm.yaml:9:3 change.from: table public.parent has no column "emai". Did you mean "email"?',
      'm.yaml:10:3 change.to: table public.parent has a column "id" already. Choose a name that is free, or drop that column first if nothing uses it.',
    ]);
  });

  test('a table of somebody else', async () => {
    expect(await refused('public.triggered', rename('email'), db.as('preflight_migrator', 'x'))).toContain(
      'm.yaml:6:2 table: the role of the migration does not own public.triggered. Grant it the owner role of the table.',
    );
  });

  test('a table whose rows the role cannot see', async () => {
    expect(await refused('public.policed', rename('email'), db.as('preflight_migrator', 'x'))).toBe(
      'm.yaml:6:2 table: row level security hides rows of public.policed from the role of the migration. ' +
        'End FORCE ROW LEVEL SECURITY, or give the role BYPASSRLS where the server lets you: rows that it cannot see are never copied.',
    );
  });

  test('a role for which a backslash would end a text elsewhere', async () => {
    await db.sql.query('ALTER ROLE preflight_migrator SET standard_conforming_strings = off');
    try {
      expect(await refused('public.triggered', rename('email'), db.as('preflight_migrator', 'x'))).toContain(
        'Set `standard_conforming_strings = on` for the role.',
      );
    } finally {
      await db.sql.query('ALTER ROLE preflight_migrator RESET standard_conforming_strings');
    }
  });

  test('and leaves no schema behind, whatever was asked', async () => {
    expect((await db.sql.query(`SELECT to_regnamespace('underpin') AS schema`)).rows).toEqual([
      { schema: null },
    ]);
  });
});

test('what preflight lets pass it does not touch either', async () => {
  const before = await catalogSnapshot(db.sql);
  await preflight(
    specOf('m', { table: 'public.letters', change: rename('to') }),
    await planningOn(db.database),
  );
  await preflight(
    specOf('m', { table: 'public.letters', change: add({ backfill: 'length("to")' }) }),
    await planningOn(db.database),
  );
  expect(await catalogSnapshot(db.sql)).toEqual(before);
  expect((await db.sql.query(`SELECT to_regnamespace('underpin') AS schema`)).rows).toEqual([
    { schema: null },
  ]);
});

test.each([
  ['SELECT FROM nowhere', 'the database refuses this query: '],
  ['DELETE FROM users', 'this is not one query that writes nothing'],
  [
    'WITH gone AS (DELETE FROM users RETURNING id) SELECT FROM gone',
    'this is not one query that writes nothing',
  ],
  ['SELECT 1; SELECT 2', 'The SQL holds a `;`.'],
  ['SELECT FROM users) OR EXISTS (SELECT 1', 'The parentheses do not match.'],
])('the signal %s is refused at its place', async (query, says) => {
  const declared = { table: 'public.letters', change: rename('to'), guardrails: { throttle: { query } } };
  const asked = async () => preflight(specOf('m', declared), await planningOn(db.database));
  await expect(asked()).rejects.toMatchObject({
    name: 'InvalidSpec',
    message: expect.stringContaining(`guardrails.throttle.query: ${says}`) as unknown,
  });
});

test('a signal that workers could not read is refused at its place', async () => {
  const asked = async (throttle: object) =>
    preflight(
      specOf('m', { table: 'public.letters', change: rename('to'), guardrails: { throttle } }),
      await planningOn(db.database),
    );
  await expect(asked({ activeSessions: 1, commitLatency: '50ms' })).rejects.toMatchObject({
    name: 'InvalidSpec',
    message: expect.stringMatching(
      /guardrails\.throttle\.commitLatency: workers could not read this signal: fsync is off.*Make it readable/u,
    ) as unknown,
  });
  await expect(
    asked({ activeSessions: 1, deadRows: '40%', logRate: '1GB', heldLog: '1TB' }),
  ).resolves.toBeDefined();
});
