import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { measureChanges } from '../../lambdas/evidence/measure-changes.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest } from './migration-under-test.ts';
import { expectUndoneFromEachPhase } from './undone-phases.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(
    `
    CREATE DOMAIN score_t AS int DEFAULT 40;
    CREATE DOMAIN numbered_t AS bigint DEFAULT nextval('numbers');
    CREATE DOMAIN email_t AS text CHECK (value LIKE '%@%');
    CREATE DOMAIN needed_t AS text NOT NULL CHECK (value LIKE '%@%');
    CREATE DOMAIN needed_too_t AS needed_t`.replace(
      'CREATE DOMAIN numbered_t',
      'CREATE SEQUENCE numbers START 1000; CREATE DOMAIN numbered_t',
    ),
  );
});
afterAll(() => db.close());

const heapOf = async (table: string) =>
  (await db.sql.query(`SELECT pg_relation_filenode('${table}'::regclass) AS heap`)).rows[0].heap;

const renamed = { kind: 'rename-column', from: 'score', to: 'points' };
const retyped = {
  kind: 'change-type',
  column: 'score',
  to: 'points',
  up: 'score::bigint',
  down: 'points::int',
};

describe.each([
  { was: 'score_t', change: renamed },
  { was: 'numbered_t', change: renamed },
  { was: 'score_t', change: { ...retyped, type: 'bigint' } },
  { was: 'int', change: { ...retyped, type: 'score_t' } },
  { was: 'score_t', change: { ...retyped, type: 'score_t' } },
])('$change.kind of a column of type $was to $change.type', ({ was, change }) => {
  test('a write of either version keeps its value in both columns in every phase', async () => {
    const table = `d_${change.kind.slice(0, 6)}_${was}_${'type' in change ? change.type : 'same'}`.replace(
      '-',
      '_',
    );
    await db.sql.query(`CREATE TABLE ${table} (id serial PRIMARY KEY, score ${was}, note text)`);
    await db.sql.query(`INSERT INTO ${table} (score) VALUES (1), (NULL), (3)`);
    const heap = await heapOf(table);
    const migration = await migrationUnderTest(db.database, table.replaceAll('_', '-'), {
      table: `public.${table}`,
      change,
    });
    const acknowledged = new Map<number, number | null>([
      [1, 1],
      [2, null],
      [3, 3],
    ]);
    const writes = async (columns: readonly string[]) => {
      for (const column of columns)
        for (const value of [7, null]) {
          if (value === null && was === 'numbered_t') continue;
          const { rows } = await db.sql.query(`INSERT INTO ${table} (${column}) VALUES ($1) RETURNING id`, [
            value,
          ]);
          acknowledged.set(rows[0].id, value);
          await db.sql.query(`UPDATE ${table} SET ${column} = 5 WHERE id = 1`);
          acknowledged.set(1, 5);
          await db.sql.query(`UPDATE ${table} SET ${column} = NULL WHERE id = 3`);
          acknowledged.set(3, null);
        }
    };
    const held = async () =>
      (await db.sql.query(`SELECT id, score::int AS score, points::int AS points FROM ${table} ORDER BY id`))
        .rows;
    const told = () =>
      [...acknowledged]
        .toSorted(([a], [b]) => a - b)
        .map(([id, value]) => ({ id, score: value, points: value }));
    await migration.apply('expand');
    expect((await held()).map(({ points }) => points)).toEqual([null, null, null]);
    await writes(['score']);
    await migration.apply('dual-write');
    await writes(['points', 'score']);
    await migration.backfill();
    expect(await held()).toEqual(told());
    await migration.apply('verify', 'read-switch');
    await writes(['points', 'score']);
    await db.sql.query(`INSERT INTO ${table} (note) VALUES ('neither')`);
    const { rows } = await db.sql.query(
      `DELETE FROM ${table} WHERE note = 'neither' RETURNING score::int = points::int AS same`,
    );
    if (was !== 'int') expect(rows).toEqual([{ same: true }]);
    expect(await held()).toEqual(told());
    expect(await migration.mismatches()).toBe(0);
    expect(await heapOf(table)).toBe(heap);
    await migration.undo('read-switch', 'verify', 'dual-write');
    await db.sql.query(`INSERT INTO ${table} (score) VALUES (9)`);
    expect((await held()).at(-1)).toMatchObject({ score: 9, points: null });
  });
});

test.each([
  { type: 'score_t', backfill: undefined, old: 40, fresh: 40 },
  { type: 'score_t', backfill: 'base * 2', old: 2, fresh: 40 },
])('an added column of type $type with backfill $backfill', async ({ type, backfill, old, fresh }) => {
  const table = `added_${backfill === undefined ? 'plain' : 'filled'}`;
  await db.sql.query(
    `CREATE TABLE ${table} (id int PRIMARY KEY, base int); INSERT INTO ${table} VALUES (1, 1)`,
  );
  const migration = await migrationUnderTest(db.database, table.replace('_', '-'), {
    table: `public.${table}`,
    change: { kind: 'add-column', column: 'score', type, ...(backfill === undefined ? {} : { backfill }) },
  });
  const heap = await heapOf(table);
  await migration.apply('expand', 'dual-write');
  if (backfill !== undefined) await migration.backfill();
  await db.sql.query(`INSERT INTO ${table} (id, base) VALUES (2, 5)`);
  const { rows } = await db.sql.query(`SELECT score FROM ${table} ORDER BY id`);
  expect(rows).toEqual([{ score: old }, { score: fresh }]);
  expect(await heapOf(table)).toBe(heap);
});

describe('a domain with a constraint', () => {
  const email = { from: 'email', to: 'address' };
  test.each([
    {
      type: 'email_t',
      change: { kind: 'rename-column', ...email },
      says: /change\.from: adding a column of type email_t would rewrite the whole table under an exclusive lock, to ask every row for constraint email_t_check of the domain email_t, CHECK \(.*by: alias.*the base type, text, by change-type/su,
    },
    {
      type: 'needed_t',
      change: { kind: 'rename-column', ...email },
      says: 'to ask every row for NOT NULL of the domain needed_t',
    },
    {
      type: 'needed_too_t',
      change: { kind: 'rename-column', ...email },
      says: 'NOT NULL of the domain needed_t',
    },
    {
      type: 'text',
      change: {
        kind: 'change-type',
        column: 'email',
        to: 'address',
        type: 'email_t',
        up: 'email',
        down: 'address',
      },
      says: 'change.type: adding a column of type email_t would rewrite',
    },
    {
      type: 'text',
      change: { kind: 'add-column', column: 'address', type: 'email_t' },
      says: 'change.type: adding a column of type email_t would rewrite',
    },
  ])(
    '$type, by $change.kind, is refused by name before anything is touched',
    async ({ type, change, says }) => {
      await db.sql.query(
        `DROP TABLE IF EXISTS constrained; CREATE TABLE constrained (id int PRIMARY KEY, email ${type}, note text)`,
      );
      const refused = migrationUnderTest(db.database, 'constrained', { table: 'public.constrained', change });
      await expect(refused).rejects.toMatchObject({ name: 'InvalidSpec' });
      await expect(refused).rejects.toThrow(says);
    },
  );
});

describe('a column whose domain is NOT NULL gets another type beside writers of either version', () => {
  const retype = { kind: 'change-type', column: 'email', type: 'text', down: 'address::needed_too_t' };
  const table = 'public.needed';
  const writes = async (column: string, email: string): Promise<void> => {
    await db.sql.query(`INSERT INTO needed (${column}) VALUES ($1)`, [email]);
  };
  const failures = async (columns: string): Promise<readonly unknown[]> =>
    Promise.all(
      [`(${columns}) VALUES (NULL)`, `(note) VALUES ('neither')`, `(${columns}) VALUES ('no sign')`].map(
        (rest) =>
          db.sql.query(`INSERT INTO needed ${rest}`).then(
            () => 'accepted',
            ({ code }) => code,
          ),
      ),
    );
  const refused = ['23502', '23502', '23514'];
  beforeEach(() =>
    db.sql.query(`DROP TABLE IF EXISTS needed;
      CREATE TABLE needed (id serial PRIMARY KEY, email needed_too_t, note text);
      INSERT INTO needed (email) VALUES ('1@x'), ('2@x')`),
  );

  test('under another name: every write of the new one alone reaches both, and what the domain refuses stays refused', async () => {
    const migration = await migrationUnderTest(db.database, 'needed-to', {
      table,
      change: { ...retype, to: 'address', up: 'email::text' },
    });
    await migration.apply('expand', 'dual-write');
    await writes('email', '3@x');
    await writes('address', '4@x');
    expect(await failures('email')).toEqual(refused);
    expect(await failures('address')).toEqual(refused);
    await migration.apply('backfill');
    await migration.backfill();
    await migration.apply('verify', 'read-switch');
    await writes('address', '5@x');
    expect(await failures('address')).toEqual(refused);
    expect((await db.sql.query('SELECT email, address FROM needed ORDER BY id')).rows).toEqual(
      [1, 2, 3, 4, 5].map((n) => ({ email: `${n}@x`, address: `${n}@x` })),
    );
    expect(await migration.mismatches()).toBe(0);
    await migration.apply('quarantine');
    await writes('address', '6@x');
    await migration.apply('contract');
    await writes('address', '7@x');
    expect((await db.sql.query('SELECT count(*)::integer AS rows FROM needed')).rows).toEqual([{ rows: 7 }]);
  });

  test('under its own name', async () => {
    const migration = await migrationUnderTest(db.database, 'needed-here', {
      table,
      // With `up`, so that it is not done in the catalog alone.
      change: { ...retype, up: 'email::text', down: 'email::needed_too_t' },
    });
    await migration.apply('expand', 'dual-write', 'backfill');
    await migration.backfill();
    await migration.apply('verify', 'swap');
    await writes('email', '3@x');
    expect(await failures('email')).toEqual(refused);
    await migration.undo('swap');
    await writes('email', '4@x');
    expect(await failures('email')).toEqual(refused);
    await migration.apply('swap', 'contract');
    await writes('email', '5@x');
    expect((await db.sql.query('SELECT email FROM needed ORDER BY id')).rows).toEqual(
      [1, 2, 3, 4, 5].map((n) => ({ email: `${n}@x` })),
    );
  });

  test.each([
    ['to', { ...retype, to: 'address', up: 'email::text' }],
    ['here', { ...retype, up: 'email::text', down: 'email::needed_too_t' }],
    [
      'split',
      {
        kind: 'split-column',
        column: 'email',
        into: {
          who: { type: 'text', up: "split_part(email, '@', 1)" },
          place: { type: 'text', up: "split_part(email, '@', 2)" },
        },
        down: "CAST(who || '@' || place AS needed_too_t)",
      },
    ],
  ])('as it was from every phase: %s', async (name, change) => {
    await expectUndoneFromEachPhase(db, `needed-undone-${name}`, { table, change });
  });

  test('where a conversion makes something of NULL, the domain is asked all the same', async () => {
    const migration = await migrationUnderTest(db.database, 'needed-made', {
      table,
      change: { ...retype, to: 'address', up: "coalesce(email::text, 'none@x')" },
    });
    await migration.apply('expand', 'dual-write');
    for (const given of ["(note) VALUES ('neither')", "(address) VALUES ('none@x')"])
      await db.sql.query(`INSERT INTO needed ${given}`).catch(() => undefined);
    const { rows } = await db.sql.query('SELECT count(*)::integer AS nulls FROM needed WHERE email IS NULL');
    expect(rows).toEqual([{ nulls: 0 }]);
  });
});

test('a default that a domain gets after the plan is named at the gates: what it gives would be taken for something that was written', async () => {
  await db.sql.query(
    `CREATE DOMAIN late_t AS int DEFAULT 40; CREATE TABLE late (id serial PRIMARY KEY, score late_t)`,
  );
  const migration = await migrationUnderTest(db.database, 'late-default', {
    table: 'public.late',
    change: renamed,
  });
  await migration.apply('expand', 'dual-write');
  const changed = () => measureChanges('read-switch', migration.plan, db.database);
  expect(await changed()).toEqual([]);
  await db.sql.query('ALTER DOMAIN late_t SET DEFAULT 50');
  expect(await changed()).toEqual(['default of score is another']);
});

describe('a domain that is changed between plan and expand', () => {
  let count = 0;
  const fresh = (type: string) =>
    db.sql
      .query(`DROP TABLE IF EXISTS since; DROP DOMAIN IF EXISTS since_t CASCADE; CREATE DOMAIN since_t AS int;
      CREATE OR REPLACE FUNCTION since_of() RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 7; END';
      CREATE TABLE since (id serial PRIMARY KEY, score ${type}, note text); INSERT INTO since (score) VALUES (1), (NULL)`);
  const changes = {
    'rename-column': { type: 'since_t', change: renamed },
    'change-type': { type: 'int', change: { ...retyped, type: 'since_t' } },
    'split-column': {
      type: 'int',
      change: {
        kind: 'split-column',
        column: 'score',
        into: {
          tens: { type: 'since_t', up: 'score / 10' },
          ones: { type: 'int', up: 'score % 10' },
        },
        down: 'tens * 10 + ones',
      },
    },
    'add-column': { type: 'int', change: { kind: 'add-column', column: 'points', type: 'since_t' } },
    'add-column with a fill': {
      type: 'int',
      change: { kind: 'add-column', column: 'points', type: 'since_t', backfill: 'score * 2' },
    },
    sql: {
      type: 'int',
      change: {
        kind: 'sql',
        run: ['ALTER TABLE public.since ADD COLUMN points since_t'],
        undo: ['ALTER TABLE public.since DROP COLUMN IF EXISTS points'],
      },
    },
  };
  const kinds = Object.entries(changes);
  type Change = (typeof changes)[keyof typeof changes];

  const expectRefused = async ({ type, change }: Change, comes: string) => {
    await fresh(type);
    const migration = await migrationUnderTest(db.database, `since-${(count += 1)}`, {
      table: 'public.since',
      change,
    });
    await db.sql.query(comes);
    const heap = await heapOf('since');
    await expect(migration.apply('expand')).rejects.toThrow(/UP006.*would write or read every row/u);
    expect(await heapOf('since')).toBe(heap);
    await migration.undo('expand');
  };

  test.each(kinds)('%s: a rule that every row would be asked for fails the step', async (_, change) => {
    await expectRefused(change, 'ALTER DOMAIN since_t ADD CONSTRAINT low CHECK (value < 100)');
  });

  test.each(kinds)('%s: so does NOT NULL', async (_, change) => {
    await expectRefused(change, 'DELETE FROM since WHERE score IS NULL; ALTER DOMAIN since_t SET NOT NULL');
  });

  test.each(kinds.filter(([kind]) => kind !== 'sql'))(
    '%s: so does a default, which every row would hold as if somebody had written it',
    async (_, change) => {
      await expectRefused(change, 'ALTER DOMAIN since_t SET DEFAULT 40');
    },
  );

  test.each(kinds)('%s: one that is dropped again is no reason', async (_, { type, change }) => {
    await fresh(type);
    const migration = await migrationUnderTest(db.database, `since-${(count += 1)}`, {
      table: 'public.since',
      change,
    });
    await db.sql.query(
      'ALTER DOMAIN since_t ADD CONSTRAINT low CHECK (value < 100); ALTER DOMAIN since_t DROP CONSTRAINT low',
    );
    await migration.apply('expand');
  });

  test('a default that calls a function: where it has become volatile, the table is not written anew', async () => {
    await fresh('int');
    const migration = await migrationUnderTest(db.database, `since-${(count += 1)}`, {
      table: 'public.since',
      change: { kind: 'add-column', column: 'points', type: 'int', default: 'since_of()' },
    });
    await db.sql.query('ALTER FUNCTION since_of() VOLATILE');
    const heap = await heapOf('since');
    await expect(migration.apply('expand')).rejects.toThrow('UP006');
    expect(await heapOf('since')).toBe(heap);
    await db.sql.query('ALTER FUNCTION since_of() IMMUTABLE');
    await migration.apply('expand');
    expect((await db.sql.query('SELECT points FROM since')).rows).toEqual([{ points: 7 }, { points: 7 }]);
  });

  test('a default that the new column has by its domain later is named at the gates', async () => {
    await fresh('int');
    const migration = await migrationUnderTest(db.database, `since-${(count += 1)}`, {
      table: 'public.since',
      change: changes['change-type'].change,
    });
    await migration.apply('expand', 'dual-write');
    const changed = () => measureChanges('read-switch', migration.plan, db.database);
    expect(await changed()).toEqual([]);
    await db.sql.query('ALTER DOMAIN since_t SET DEFAULT 50');
    expect(await changed()).toEqual(['default of the type of points is another']);
  });
});

test('a statement of the author that adds a column of such a domain is refused, and one of another domain is not', async () => {
  await db.sql.query('CREATE TABLE own (id int PRIMARY KEY)');
  const planned = (run: unknown, undo = 'ALTER TABLE public.own DROP COLUMN IF EXISTS mail') =>
    migrationUnderTest(db.database, 'own', {
      table: 'public.own',
      change: { kind: 'sql', run: [run], undo: [undo] },
    });
  const sql = 'ALTER TABLE public.own ADD COLUMN mail email_t';
  await expect(planned(sql)).rejects.toThrow(
    /change\.run\[0\]: adding a column of type email_t would rewrite .* constraint email_t_check of the domain email_t/u,
  );
  await planned('ALTER TABLE public.own ADD COLUMN mail score_t');
});
