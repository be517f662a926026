import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { compile } from '../../engine/compile.ts';
import { preflight } from '../../engine/preflight.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { KeyWriters } from './key-writers.ts';
import { migrationUnderTest, planningOn, specOf, type MigrationUnderTest } from './migration-under-test.ts';
import { expectUndoneFromEachPhase } from './undone-phases.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());

// A tree, a join table that hangs on it, and what refers to the join table.
beforeEach(() =>
  db.sql.query(`
    DROP TABLE IF EXISTS teams, members, notes CASCADE;
    CREATE TABLE teams (id serial PRIMARY KEY, name text NOT NULL, parent_id integer REFERENCES teams ON UPDATE CASCADE ON DELETE SET NULL);
    CREATE TABLE members (team_id integer NOT NULL REFERENCES teams ON UPDATE CASCADE ON DELETE CASCADE, user_id integer NOT NULL,
                          role text, PRIMARY KEY (team_id, user_id));
    CREATE TABLE notes (id serial PRIMARY KEY, team_id integer, user_id integer,
                        CONSTRAINT about FOREIGN KEY (team_id, user_id) REFERENCES members ON UPDATE CASCADE ON DELETE CASCADE);
    INSERT INTO teams (name, parent_id) SELECT 'old-' || n, nullif(n - 1, 0) FROM generate_series(1, 50) AS n;
    INSERT INTO members SELECT n, 1, 'r' FROM generate_series(1, 50) AS n;
    INSERT INTO notes (team_id, user_id) SELECT n, 1 FROM generate_series(1, 50) AS n`),
);

const constraints = async (): Promise<readonly string[]> =>
  (
    await db.sql.query<{ says: string }>(`
      SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) || CASE WHEN convalidated THEN '' ELSE ' not valid' END AS says
      FROM pg_constraint
      WHERE contype IN ('p', 'f', 'u') AND conrelid::regclass::text IN ('teams', 'members', 'notes') ORDER BY 1`)
  ).rows.map(({ says }) => says);

const ofMembers = 'members FOREIGN KEY (team_id) REFERENCES teams(id) ON UPDATE CASCADE ON DELETE CASCADE';
const ofNotes =
  'notes FOREIGN KEY (team_id, user_id) REFERENCES members(team_id, user_id) ON UPDATE CASCADE ON DELETE CASCADE';
const ofTree = 'teams FOREIGN KEY (parent_id) REFERENCES teams(id) ON UPDATE CASCADE ON DELETE SET NULL';
const keys = (members: string, teams: string): readonly string[] => [
  `members PRIMARY KEY (${members})`,
  'notes PRIMARY KEY (id)',
  `teams PRIMARY KEY (${teams})`,
];

describe('a member of a key is replaced, is as it was from every phase, and in the end all that refers to it follows', () => {
  test.each([
    [
      'a primary key that a tree and others refer to',
      { table: 'public.teams', change: { kind: 'rename-column', from: 'id', to: 'team_key' } },
      [
        ofMembers.replace('(id)', '(team_key)'),
        ofNotes,
        ofTree.replace('(id)', '(team_key)'),
        ...keys('team_id, user_id', 'team_key'),
      ],
    ],
    [
      'one member of a composite key, which refers and is referred to',
      { table: 'public.members', change: { kind: 'rename-column', from: 'team_id', to: 'team' } },
      [
        ofMembers.replace('(team_id)', '(team)'),
        ofNotes.replace('members(team_id', 'members(team'),
        ofTree,
        ...keys('team, user_id', 'id'),
      ],
    ],
    [
      'a wider type under another name',
      {
        table: 'public.teams',
        change: {
          kind: 'change-type',
          column: 'id',
          to: 'big',
          type: 'bigint',
          up: 'id::bigint',
          down: 'big::integer',
        },
      },
      [
        ofMembers.replace('(id)', '(big)'),
        ofNotes,
        ofTree.replace('(id)', '(big)'),
        ...keys('team_id, user_id', 'big'),
      ],
    ],
    [
      'a wider type under the same name',
      {
        table: 'public.teams',
        change: { kind: 'change-type', column: 'id', type: 'bigint', down: 'id::integer' },
      },
      [ofMembers, ofNotes, ofTree, ...keys('team_id, user_id', 'id')],
    ],
  ])('%s', async (title, declared, expected) => {
    await expectUndoneFromEachPhase(db, title.replaceAll(/[^a-z]+/gu, '-').slice(0, 20), declared);
    expect(await constraints()).toEqual(expected.toSorted());
    const { rows } = await db.sql.query(
      'SELECT count(*)::integer AS kept FROM notes JOIN members USING (team_id, user_id)'.replace(
        'USING (team_id, user_id)',
        `ON ${declared.table === 'public.members' ? 'team' : 'members.team_id'} = notes.team_id`,
      ),
    );
    expect(rows).toEqual([{ kept: 50 }]);
  });
});

async function beside(migration: MigrationUnderTest, writers: KeyWriters): Promise<void> {
  await migration.apply('expand', 'dual-write');
  await writers.use(['id', 'fresh']);
  await migration.apply('backfill');
  await migration.backfill();
  await migration.apply('verify');
  expect(await migration.mismatches()).toBe(0);
  await migration.apply('read-switch');
  await writers.use(['fresh']);
  await migration.apply('confidence', 'quarantine', 'contract');
}

test.each([
  ['renamed', { kind: 'rename-column', from: 'id', to: 'fresh' }],
  [
    'retyped',
    {
      kind: 'change-type',
      column: 'id',
      to: 'fresh',
      type: 'bigint',
      up: 'id::bigint',
      down: 'fresh::integer',
    },
  ],
])(
  'a primary key that is %s beside writers by either name holds what each of them was told',
  async (name, change) => {
    const writers = await KeyWriters.start(db, 3, ['id']);
    try {
      const migration = await migrationUnderTest(db.database, `beside-${name}`, {
        table: 'public.teams',
        change,
      });
      await beside(migration, writers);
    } finally {
      await writers.stop();
    }
    expect(writers.failures).toEqual([]);
    expect(writers.told.size).toBeGreaterThan(20);
    const { rows } = await db.sql.query<{ name: string; key: string; member: string }>(
      `SELECT t.name, t.fresh::text AS key, m.team_id::text AS member
     FROM teams AS t JOIN members AS m ON m.team_id = t.fresh WHERE t.name LIKE 'new-%' ORDER BY t.name`,
    );
    const told = [...writers.told].map(([tag, key]) => ({ name: tag, key, member: key }));
    expect(rows).toEqual(told.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
  },
);

test('a published table has a replica identity at every moment', async () => {
  const identity = async (): Promise<unknown> =>
    (
      await db.sql.query(`SELECT relreplident::text AS kind, i.indexrelid::regclass::text AS of
        FROM pg_class AS c LEFT JOIN pg_index AS i ON i.indrelid = c.oid
          AND CASE c.relreplident WHEN 'd' THEN i.indisprimary ELSE i.indisreplident END
        WHERE c.oid = 'teams'::regclass`)
    ).rows[0];
  const change = { kind: 'rename-column', from: 'id', to: 'fresh' };
  const migration = await migrationUnderTest(db.database, 'published', { table: 'public.teams', change });
  await migration.apply('expand', 'dual-write', 'backfill');
  await migration.backfill();
  await migration.apply('verify', 'read-switch', 'quarantine');
  expect(await identity()).toEqual({ kind: 'i', of: 'teams_pkey_fresh' });
  await migration.undo('quarantine');
  expect(await identity()).toEqual({ kind: 'd', of: 'teams_pkey' });
  await migration.apply('quarantine', 'contract');
  expect(await identity()).toEqual({ kind: 'd', of: 'teams_pkey_fresh' });
});

test.each([
  [
    'a value that is not the same in the new type',
    'CREATE TABLE codes (code uuid PRIMARY KEY); CREATE TABLE uses (code uuid REFERENCES codes)',
    { kind: 'change-type', column: 'code', to: 'c2', type: 'text', up: 'code::text', down: 'c2::uuid' },
    'codes.code cannot be text under the foreign key uses_code_fkey of public.uses: public.uses.code refers to it and is uuid, and no foreign key compares the two',
  ],
  [
    'a type that no key can have',
    'CREATE TABLE codes (code text PRIMARY KEY); CREATE TABLE uses (code text REFERENCES codes)',
    { kind: 'change-type', column: 'code', to: 'c2', type: 'json', up: 'code::json', down: 'c2::text' },
    'codes.code cannot be json under the foreign key uses_code_fkey of public.uses: public.uses.code refers to it and is text',
  ],
  [
    'a shorter text',
    'CREATE TABLE codes (code varchar(10) PRIMARY KEY); CREATE TABLE uses (code varchar(10) REFERENCES codes)',
    { kind: 'change-type', column: 'code', to: 'c2', type: 'varchar(9)', up: 'code::varchar(9)', down: 'c2' },
    'a value of character varying(10) there would not equal what character varying(9) has here',
  ],
  [
    'a value that is computed',
    'CREATE TABLE codes (code integer PRIMARY KEY); CREATE TABLE uses (code integer REFERENCES codes)',
    {
      kind: 'change-type',
      column: 'code',
      to: 'c2',
      type: 'bigint',
      up: 'code::bigint + 1',
      down: '(c2 - 1)::integer',
    },
    'a value of integer there would not equal what bigint has here',
  ],
  [
    'a primary key that is checked late',
    'CREATE TABLE codes (code integer PRIMARY KEY DEFERRABLE, x integer NOT NULL UNIQUE)',
    { kind: 'rename-column', from: 'code', to: 'c2' },
    'codes.code belongs to the primary key codes_pkey, which is DEFERRABLE',
  ],
])('refused by name: %s', async (_, schema, change, says) => {
  await db.sql.query(`DROP TABLE IF EXISTS uses, codes; ${schema}`);
  const spec = specOf('refused', { table: 'public.codes', change });
  const planning = await planningOn(db.database);
  const error = await compile(spec, await preflight(spec, planning), planning).catch(String);
  expect(error).toContain(says);
});

describe('a type with the same values, whatever domains are over either, keeps the foreign keys that refer to it', () => {
  test.each([
    { was: 'code_text', refers: 'code_text', type: 'text' },
    { was: 'code_text', refers: 'text', type: 'code_text_too' },
    { was: 'code_uuid', refers: 'uuid', type: 'uuid' },
    { was: 'varchar(10)', refers: 'code_text', type: 'varchar(20)' },
    { was: 'char(4)', refers: 'char(4)', type: 'text' },
    { was: 'date', refers: 'date', type: 'timestamp' },
    { was: 'code_int', refers: 'code_int', type: 'bigint' },
  ])('$was to $type under $refers', async ({ was, refers, type }) => {
    const value =
      { code_uuid: "'00000000-0000-0000-0000-000000000001'", date: "'2024-02-29'", code_int: '1' }[was] ??
      "'x'";
    await db.sql.query(`DROP TABLE IF EXISTS uses, codes;
      DROP DOMAIN IF EXISTS code_text, code_text_too, code_uuid, code_int;
      CREATE DOMAIN code_text AS text CHECK (length(value) < 12); CREATE DOMAIN code_text_too AS text;
      CREATE DOMAIN code_uuid AS uuid; CREATE DOMAIN code_int AS integer CHECK (value > 0);
      CREATE TABLE codes (code ${was} PRIMARY KEY); CREATE TABLE uses (id serial PRIMARY KEY, code ${refers} REFERENCES codes ON UPDATE CASCADE);
      INSERT INTO codes VALUES (${value}); INSERT INTO uses (code) VALUES (${value})`);
    await expectUndoneFromEachPhase(db, `same-${was}-${type}`.replaceAll(/[^a-z]+/gu, '-'), {
      table: 'public.codes',
      change: {
        kind: 'change-type',
        column: 'code',
        to: 'c2',
        type,
        up: `CAST(code AS ${type})`,
        down: `CAST(c2 AS ${was})`,
      },
    });
    const { rows } = await db.sql.query(
      'SELECT count(*)::integer AS kept FROM uses JOIN codes ON c2 = uses.code',
    );
    expect(rows).toEqual([{ kept: 1 }]);
    await expect(db.sql.query('DELETE FROM codes')).rejects.toMatchObject({ code: '23503' });
  });
});

const partitioned = `CREATE TABLE codes (code integer PRIMARY KEY); INSERT INTO codes VALUES (1), (2);
  CREATE TABLE uses (code integer REFERENCES codes, n integer) PARTITION BY HASH (n);
  CREATE TABLE uses_0 PARTITION OF uses FOR VALUES WITH (MODULUS 2, REMAINDER 0);
  CREATE TABLE uses_1 PARTITION OF uses FOR VALUES WITH (MODULUS 2, REMAINDER 1);
  INSERT INTO uses SELECT 1, n FROM generate_series(1, 20) AS n`;
const widerCode = {
  table: 'public.codes',
  change: { kind: 'change-type', column: 'code', type: 'bigint', down: 'code::integer' },
};
// PostgreSQL validates a foreign key of a partitioned table later from 18 on.
const validatesLater = inject('postgresVersion') >= 18;

test.runIf(validatesLater)('the foreign key of a partitioned table follows, in every partition', async () => {
  await db.sql.query(`DROP TABLE IF EXISTS uses, codes; ${partitioned}`);
  await expectUndoneFromEachPhase(db, 'partitioned', widerCode);
  const { rows } = await db.sql
    .query(`SELECT conrelid::regclass::text AS on, convalidated AS valid FROM pg_constraint
    WHERE contype = 'f' AND confrelid = 'codes'::regclass ORDER BY 1`);
  expect(rows).toEqual(['uses', 'uses_0', 'uses_1'].map((on) => ({ on, valid: true })));
  await expect(db.sql.query('INSERT INTO uses VALUES (3, 1)')).rejects.toMatchObject({ code: '23503' });
});

test.runIf(!validatesLater)('refused by name: a partitioned table that refers to it', async () => {
  await db.sql.query(`DROP TABLE IF EXISTS uses, codes; ${partitioned}`);
  const planned = migrationUnderTest(db.database, 'partitioned', widerCode);
  await expect(planned).rejects.toThrow('public.uses is partitioned, so that before PostgreSQL 18');
});

test('a partition with a foreign key of its own lets it follow', async () => {
  await db.sql.query(`DROP TABLE IF EXISTS uses, codes; ${partitioned.replace('REFERENCES codes', '')};
    ALTER TABLE uses_1 ADD CONSTRAINT own FOREIGN KEY (code) REFERENCES codes`);
  await expectUndoneFromEachPhase(db, 'own-of-partition', widerCode);
  const { rows } = await db.sql
    .query(`SELECT conrelid::regclass::text AS on, conname AS name FROM pg_constraint
    WHERE contype = 'f' AND confrelid = 'codes'::regclass`);
  expect(rows).toEqual([{ on: 'uses_1', name: 'own' }]);
});
