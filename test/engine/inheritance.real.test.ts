import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { sideFactsOf } from '../../engine/catalog/side-facts.ts';
import { changedFacts } from '../../engine/plan/side-facts.ts';
import { catalogSnapshot } from './catalog-snapshot.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest, ownWarnings } from './migration-under-test.ts';

let db: DatabaseUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest(`
    DROP ROLE IF EXISTS inheritance_reader;
    CREATE ROLE inheritance_reader;
    CREATE COLLATION german (provider = icu, locale = 'de');
    CREATE TABLE accounts (tenant int, email text COLLATE german, PRIMARY KEY (tenant, email), UNIQUE (email))`);
});
beforeEach(() =>
  db.sql.query('DROP PUBLICATION IF EXISTS later, "All of it"; DROP TABLE IF EXISTS people CASCADE'),
);
afterAll(async () => {
  await db.sql.query('DROP OWNED BY inheritance_reader; DROP ROLE inheritance_reader');
  await db.close();
});

const rename = { kind: 'rename-column', from: 'email', to: 'address' };
const started = async (change: Readonly<Record<string, unknown>> = rename): Promise<MigrationUnderTest> => {
  const migration = await migrationUnderTest(db.database, `i-${(count += 1)}`, {
    table: 'public.people',
    change,
  });
  await migration.apply('expand', 'dual-write');
  await migration.backfill();
  return migration;
};
const table = 'CREATE TABLE people (id int PRIMARY KEY, tenant int, email text COLLATE german, note text)';

/** Renamed by PostgreSQL itself, the table reads as it must read after our last phase. Names of what is inherited apart. */
async function asByRename(schema: string): Promise<readonly string[]> {
  await db.sql.query('BEGIN');
  await db.sql.query(schema);
  await db.sql.query('ALTER TABLE people RENAME COLUMN email TO address');
  const snapshot = await catalogSnapshot(db.sql);
  await db.sql.query('ROLLBACK');
  return nameless(snapshot);
}
const nameless = (snapshot: readonly string[]): readonly string[] =>
  snapshot
    .map((line) => line.replace(/(INDEX|constraint people) \S+/u, '$1'))
    .filter((line) => !line.startsWith('constraint people NOT NULL'))
    .toSorted();

const schemas = {
  'an index': 'CREATE INDEX ON people (email)',
  'a multi-column index, ordered, with more columns included':
    'CREATE INDEX ON people (tenant, email DESC NULLS LAST) INCLUDE (note)',
  'partial indexes, by it and by others': `CREATE INDEX ON people (email) WHERE note = 'x'; CREATE INDEX ON people (note) WHERE email IS NOT NULL`,
  'expression indexes': `CREATE INDEX ON people (lower(email), (email || note)); CREATE UNIQUE INDEX ON people (md5(email))`,
  'indexes with a collation, an operator class, a method and parameters of their own': `CREATE INDEX ON people (email COLLATE "C" text_pattern_ops) WITH (fillfactor = 70); CREATE INDEX ON people USING hash (email)`,
  'a covering unique index': 'CREATE UNIQUE INDEX ON people (email) INCLUDE (note)',
  ...(inject('postgresVersion') < 15
    ? {}
    : { 'a unique index that holds NULL once': 'CREATE UNIQUE INDEX ON people (email) NULLS NOT DISTINCT' }),
  'a unique constraint': 'ALTER TABLE people ADD UNIQUE (email)',
  'a deferrable unique constraint': 'ALTER TABLE people ADD UNIQUE (tenant, email) DEFERRABLE',
  'a deferred unique constraint': 'ALTER TABLE people ADD UNIQUE (email) DEFERRABLE INITIALLY DEFERRED',
  'two equal indexes': 'CREATE INDEX ON people (email); CREATE INDEX ON people (email)',
  'check constraints': `ALTER TABLE people ADD CHECK (email <> ''), ADD CONSTRAINT both_set CHECK (email IS NULL OR note IS NOT NULL)`,
  'a check that was never validated': `ALTER TABLE people ADD CHECK (email <> 'a1') NOT VALID`,
  'foreign keys': `ALTER TABLE people ADD FOREIGN KEY (email) REFERENCES accounts (email) ON UPDATE CASCADE DEFERRABLE,
       ADD FOREIGN KEY (tenant, email) REFERENCES accounts ON DELETE SET NULL${inject('postgresVersion') < 15 ? '' : ' (email)'}`,
  'a comment, grants and NOT NULL': `
     ALTER TABLE people ALTER email SET NOT NULL; COMMENT ON COLUMN people.email IS 'it''s the \\ one';
     GRANT SELECT (email), UPDATE (email) ON people TO inheritance_reader WITH GRANT OPTION; GRANT SELECT (email) ON people TO PUBLIC`,
  'a default': `ALTER TABLE people ALTER email SET DEFAULT 'none'`,
};

describe.each(Object.entries(schemas))('%s', (_, schema) => {
  const rows = `INSERT INTO accounts SELECT 1, 'a' || n FROM generate_series(1, 5) AS n ON CONFLICT DO NOTHING;
    INSERT INTO people SELECT n, 1, 'a' || n, 'x' FROM generate_series(1, 5) AS n`;

  test('reads at the end as if PostgreSQL had renamed the column', async () => {
    const wanted = await asByRename(`${table}; ${schema}`);
    // Rows first: what was never validated need not hold for them.
    await db.sql.query(`${table}; ${rows}; ${schema}`);
    const migration = await started();
    await migration.apply('verify', 'read-switch', 'quarantine', 'contract');
    expect(nameless(await catalogSnapshot(db.sql))).toEqual(wanted);
  });

  test('is untouched when everything is undone, from whichever phase', async () => {
    await db.sql.query(`${table}; ${rows}; ${schema}`);
    const before = await catalogSnapshot(db.sql);
    const migration = await started();
    await migration.undo('backfill', 'dual-write', 'expand');
    expect(await catalogSnapshot(db.sql)).toEqual(before);
    await migration.apply('expand');
    const expanded = await catalogSnapshot(db.sql);
    await migration.apply('dual-write');
    await migration.undo('dual-write');
    expect(await catalogSnapshot(db.sql)).toEqual(expanded);
    await migration.apply('dual-write');
    await migration.backfill();
    await migration.apply('verify', 'read-switch', 'quarantine');
    await migration.undo('quarantine', 'read-switch', 'verify', 'backfill', 'dual-write', 'expand');
    expect(await catalogSnapshot(db.sql)).toEqual(before);
  });
});

const named = async (): Promise<readonly string[]> =>
  (
    await db.sql.query(
      `SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indrelid = 'people'::regclass ORDER BY 1`,
    )
  ).rows.map(({ name }) => name);

describe('the names of what is inherited', () => {
  test('carry the new column’s name', async () => {
    await db.sql.query(
      `${table}; ALTER TABLE people ADD CONSTRAINT people_email_key UNIQUE (email); CREATE INDEX lookup ON people (email)`,
    );
    const migration = await started();
    await migration.apply('verify', 'read-switch', 'quarantine', 'contract');
    expect(await named()).toEqual(['lookup_address', 'people_address_key', 'people_pkey']);
  });

  test('are free ones: somebody else’s index of that name is left alone and not taken for ours', async () => {
    await db.sql.query(
      `${table}; CREATE INDEX people_email_idx ON people (email); CREATE INDEX people_address_idx ON people (note)`,
    );
    const before = await catalogSnapshot(db.sql);
    const migration = await started();
    await migration.apply('verify');
    expect(await named()).toEqual([
      'people_address_idx',
      'people_address_idx_1',
      'people_email_idx',
      'people_pkey',
    ]);
    await migration.undo('verify', 'backfill', 'dual-write', 'expand');
    expect(await catalogSnapshot(db.sql)).toEqual(before);
  });

  test('differ among themselves when the new name makes two of them one', async () => {
    const long = 'x'.repeat(58);
    await db.sql.query(
      `${table}; CREATE INDEX ${long}email ON people (email); CREATE INDEX ${long}addre ON people (note, email)`,
    );
    const migration = await started();
    await migration.apply('verify');
    expect(new Set(await named()).size).toBe(5);
  });

  test('that another table took after the planning stop the migration loudly, and nothing is dropped', async () => {
    await db.sql.query(
      `${table}; CREATE INDEX people_email_idx ON people (email); DROP TABLE IF EXISTS taker; CREATE TABLE taker (id int)`,
    );
    const migration = await started();
    await db.sql.query('CREATE INDEX people_address_idx ON taker (id)');
    await expect(migration.apply('verify')).rejects.toThrow(
      'refused to build people_address_idx: SQLSTATE 42P07 (duplicate table)',
    );
    await migration.undo('verify', 'backfill', 'dual-write', 'expand');
    expect((await db.sql.query(`SELECT to_regclass('people_address_idx') AS it`)).rows).toEqual([
      { it: 'people_address_idx' },
    ]);
    await db.sql.query('DROP TABLE taker');
  });
});

test('an INVALID index that a failed build left behind is dropped and built again', async () => {
  await db.sql.query(`${table}; CREATE UNIQUE INDEX people_email_idx ON people (email)`);
  const migration = await started();
  await db.sql.query(`INSERT INTO people (id, email) VALUES (1, 'a'), (2, 'b')`);
  // The build must fail as it does when two rows collide: the new column is written past the dual write.
  await db.sql.query(`ALTER TABLE people DISABLE TRIGGER ALL; UPDATE people SET address = 'same'`);
  await expect(migration.apply('verify')).rejects.toMatchObject({ name: 'RowRefused', sqlState: '23505' });
  const valid = async () =>
    (
      await db.sql.query(
        `SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('people_address_idx')`,
      )
    ).rows;
  expect(await valid()).toEqual([{ indisvalid: false }]);
  await db.sql.query('UPDATE people SET address = email');
  await migration.apply('verify');
  expect(await valid()).toEqual([{ indisvalid: true }]);
});

describe('a converted column', () => {
  const change = {
    kind: 'change-type',
    column: 'email',
    to: 'address',
    type: 'varchar(99) COLLATE "C"',
    up: 'upper(email)',
    down: 'lower(address)',
  };

  test('inherits what speaks of the column alone, and warns of what computes with the old values', async () => {
    await db.sql
      .query(`${table}; CREATE INDEX plain ON people (email); CREATE INDEX of_notes ON people (email) WHERE note = 'x';
      CREATE INDEX lowered ON people (lower(email)); CREATE INDEX part ON people (note) WHERE email ~ '^a';
      ALTER TABLE people ADD CONSTRAINT lower_case CHECK (email = lower(email))`);
    await db.sql.query(`INSERT INTO people (id, email) VALUES (1, 'a')`);
    const migration = await started(change);
    const lost = [
      ['check lower_case', 'CHECK ((address = lower(address)))', 'checks', 'lower_case'],
      ['index lowered', 'USING btree (lower(address))', 'indexes', 'lowered'],
      ['index part', "USING btree (note) WHERE (address ~ '^a'::text)", 'indexes', 'part'],
    ];
    expect(ownWarnings(migration.plan)).toEqual(
      lost.map(
        ([what, reads, key, name]) =>
          `${what} is not carried over to address: it computes with the old values. ` +
          `Write what takes its place (it would read: ${reads}) under \`${key}:\`, as \`${name}: …\`, or \`${name}: drop\``,
      ),
    );
    await migration.apply('verify', 'read-switch', 'quarantine', 'contract');
    const snapshot = await catalogSnapshot(db.sql);
    expect(snapshot.filter((line) => line.includes('address'))).toEqual([
      'column people.address character varying(99) "C" null:t default: comment: acl:',
      "index CREATE INDEX of_notes_address ON public.people USING btree (address) WHERE (note = 'x'::text) valid:t clustered:f comment: targets:{NULL}",
      'index CREATE INDEX plain_address ON public.people USING btree (address) valid:t clustered:f comment: targets:{NULL}',
    ]);
  });

  test('whose index or check does not even read over the new type is planned all the same', async () => {
    await db.sql.query(
      `${table}; CREATE INDEX lowered ON people (lower(email)); ALTER TABLE people ADD CHECK (email ~ '^[0-9]+$')`,
    );
    await started({ ...change, type: 'integer', up: 'email::integer', down: 'address::text' });
  });

  test('that cannot have an index of the old one is refused in PostgreSQL’s words, by the index’s name', async () => {
    await db.sql.query(`${table}; CREATE INDEX ON people (email)`);
    await expect(
      started({ ...change, type: 'json', up: 'email::json', down: 'address::text' }),
    ).rejects.toThrow(
      /^i-\d+\.yaml:\d+:\d+ change: index people_email_idx cannot be carried over: data type json has no default operator class/u,
    );
  });

  test('keeps a foreign key that the new type can have', async () => {
    await db.sql.query(`${table}; CREATE TABLE IF NOT EXISTS tenants (id int PRIMARY KEY);
      ALTER TABLE people ADD FOREIGN KEY (tenant) REFERENCES tenants`);
    const bigger = { ...change, column: 'tenant', type: 'bigint', up: 'tenant', down: 'address::integer' };
    const migration = await started(bigger);
    await migration.apply('verify');
    const keys = (await catalogSnapshot(db.sql)).filter((line) => line.includes('FOREIGN KEY (address)'));
    expect(keys).toEqual([
      'constraint people people_address_fkey FOREIGN KEY (address) REFERENCES tenants(id) valid:t',
    ]);
  });

  test('that no foreign key of the old one fits is refused before anything begins', async () => {
    await db.sql.query(`${table}; CREATE TABLE IF NOT EXISTS tenants (id int PRIMARY KEY);
      ALTER TABLE people ADD FOREIGN KEY (tenant) REFERENCES tenants`);
    const words = { ...change, column: 'tenant', type: 'text', up: 'tenant::text', down: 'address::integer' };
    await expect(started(words)).rejects.toThrow(
      'people.tenant cannot be text under the foreign key people_tenant_fkey: it refers to public.tenants.id, which is integer, and no foreign key compares the two',
    );
  });
});

test.each([
  ['a child', 'CREATE TABLE kids () INHERITS (people)', ['child table kids is new']],
  ['a publication', 'CREATE PUBLICATION later FOR TABLE people', ['publication later is new']],
  [
    'a publication of all tables',
    'CREATE PUBLICATION "All of it" FOR ALL TABLES',
    ['publication "All of it" is new'],
  ],
  ['a rule', 'CREATE RULE also AS ON DELETE TO people DO ALSO NOTIFY gone', ['rule also is new']],
  [
    'a replica identity by an index of the column',
    `ALTER TABLE people ALTER email SET NOT NULL; CREATE UNIQUE INDEX people_email ON people (email);
     ALTER TABLE people REPLICA IDENTITY USING INDEX people_email`,
    [
      'NOT NULL of email is another',
      'index people_email is new',
      'replica identity by index people_email is new',
    ],
  ],
  ['a parent', 'CREATE TABLE folk (id int); ALTER TABLE people INHERIT folk', ['parent table folk is new']],
])('%s that a table gets after the plan is told at the gates', async (_, comes, told) => {
  await db.sql.query(
    'DROP TABLE IF EXISTS folk CASCADE; CREATE TABLE people (id int PRIMARY KEY, email text)',
  );
  const { plan } = await migrationUnderTest(db.database, `i-late-${(count += 1)}`, {
    table: 'public.people',
    change: { kind: 'rename-column', from: 'email', to: 'address' },
  });
  const now = async () =>
    changedFacts(plan.oldSide ?? [], (await sideFactsOf(plan.shape, db.database)) ?? []);
  expect(await now()).toEqual([]);
  await db.sql.query(comes);
  expect((await now()).toSorted()).toEqual(told.toSorted());
});

test('a rule over whole rows, which no copy of the table can have, is refused by its name', async () => {
  await db.sql.query(`CREATE TABLE whole (id int PRIMARY KEY, n int);
    CREATE FUNCTION is_whole(r whole) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT r.n > 0';
    ALTER TABLE whole ADD CONSTRAINT whole_rule CHECK (is_whole(whole.*))`);
  await expect(
    migrationUnderTest(db.database, 'whole', {
      table: 'public.whole',
      change: { kind: 'rename-column', from: 'n', to: 'm' },
    }),
  ).rejects.toThrow('Constraint "whole_rule" contains a whole-row reference to table "whole"');
});
