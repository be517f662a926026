import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compile } from '../../../engine/compile.ts';
import { preflight } from '../../../engine/preflight.ts';
import { installLedger } from '../../../engine/ledger/install.ts';
import { offeredYaml } from '../../../cli/plan/offered-yaml.ts';
import { parseSpec } from '../../../engine/spec/spec.ts';
import { phaseOf, type Plan } from '../../../engine/plan/plan.ts';
import { loadUsage } from '../../../engine/dialects/load-usage.ts';
import { sqlParser } from '../../../lambdas/runtime/sql-parser.ts';
import { catalogSnapshot } from '../catalog-snapshot.ts';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from '../database-under-test.ts';
import { migrationUnderTest, planningOn, specOf } from '../migration-under-test.ts';
import { expectUndoneFromEachPhase } from '../undone-phases.ts';
import { expectReadThroughout, goneThrough } from './readers.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());
beforeEach(() =>
  db.sql.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public;
    DROP ROLE IF EXISTS "Reader"; CREATE ROLE "Reader";
    CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL DEFAULT 'none', name text);
    CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users, email text, amount integer NOT NULL);
    INSERT INTO users SELECT n, 'u' || n || '@example.org', 'name ' || n FROM generate_series(1, 20) AS n;
    INSERT INTO orders SELECT n, n, 'o' || n, n * 100 FROM generate_series(1, 20) AS n`),
);

const rename = {
  table: 'public.users',
  change: { kind: 'rename-column', from: 'email', to: 'email_address' },
};
let count = 0;

async function planned(declared: Parameters<typeof specOf>[1]): Promise<Plan> {
  const spec = specOf(`d-${(count += 1)}`, declared);
  const planning = await planningOn(db.database);
  const subject = await preflight(spec, planning);
  await installLedger(db.database);
  return compile(spec, subject, planning);
}

const offersOf = async (declared: Parameters<typeof specOf>[1]): Promise<readonly string[]> =>
  (await planned(declared)).offers ?? [];

const rowsOf = async (query: string): Promise<readonly unknown[]> =>
  (await db.sql.query<Record<string, unknown>>(query)).rows;

/** Views of every sort, each with what it gives before. */
const views = `
  CREATE VIEW plain AS SELECT id, email FROM users;
  CREATE VIEW renamed AS SELECT u.id AS key, u.email AS mail FROM users AS u WHERE u.email LIKE 'u%';
  CREATE VIEW joined AS SELECT users.email, o.email AS of_order FROM users JOIN orders AS o ON o.user_id = users.id;
  CREATE VIEW nested AS
    WITH found AS (SELECT id, email FROM users WHERE email <> 'none'), users AS (SELECT 1 AS email)
    SELECT f.email, (SELECT max(x.email) FROM public.users AS x WHERE x.id <= f.id) AS greatest, users.email AS one
    FROM found AS f CROSS JOIN users;
  CREATE VIEW grouped AS SELECT id, email, count(*) AS n FROM users GROUP BY id ORDER BY email DESC;
  CREATE VIEW spelled AS SELECT lower(email) || ' <ü>' AS "E-Mail", email AS "Größe" FROM users UNION ALL SELECT email, 'ß' FROM orders;
  CREATE VIEW twice AS SELECT a.email, b.email AS other FROM users AS a JOIN users AS b ON a.email = b.email;
  CREATE VIEW guarded WITH (security_barrier = true) AS SELECT id, email FROM users WHERE email <> 'x' WITH LOCAL CHECK OPTION;
  CREATE VIEW above AS SELECT p.email, u.email AS too FROM plain AS p JOIN users AS u USING (id);
  COMMENT ON VIEW guarded IS 'for readers';
  COMMENT ON COLUMN guarded.email IS 'the address';
  ALTER VIEW plain ALTER COLUMN email SET DEFAULT 'by the view';
  GRANT SELECT, INSERT ON guarded TO "Reader"`;
const names = ['above', 'grouped', 'guarded', 'joined', 'nested', 'plain', 'renamed', 'spelled', 'twice'];

test('every sort of view is offered a definition that gives the same, and its columns keep their names', async () => {
  await db.sql.query(views);
  const before = new Map<string, readonly unknown[]>();
  for (const name of names) before.set(name, await rowsOf(`SELECT * FROM ${name} ORDER BY 1, 2`));
  const dependents = await offersOf(rename);
  expect(dependents).toHaveLength(names.length);
  const migration = await expectUndoneFromEachPhase(db, `all-${(count += 1)}`, { ...rename, dependents });
  expect(migration.plan.replacesViews?.map(({ name }) => name).toSorted()).toEqual(names);
  expect(migration.plan.offers).toBeUndefined();
  for (const name of names)
    expect(await rowsOf(`SELECT * FROM ${name} ORDER BY 1, 2`), name).toEqual(before.get(name));
});

test('the contract gate has nothing left to wait for, and whoever writes through a view goes on', async () => {
  await db.sql.query(views);
  const migration = await migrationUnderTest(db.database, `gate-${(count += 1)}`, {
    ...rename,
    dependents: await offersOf(rename),
  });
  const needs = async () => {
    const usage = await loadUsage(db.database, {
      table: { schema: 'public', name: 'users' },
      columns: ['email'],
    });
    return (await usage.catalog(await sqlParser())).dependents;
  };
  await goneThrough(migration, 'verify');
  expect(await needs()).toHaveLength(names.length);
  await migration.apply('read-switch');
  expect(await needs()).toEqual([]);
  await db.sql.query(`INSERT INTO plain (id) VALUES (100); INSERT INTO guarded VALUES (101, 'new')`);
  expect(await rowsOf('SELECT email, email_address FROM users WHERE id > 99 ORDER BY id')).toEqual([
    { email: 'by the view', email_address: 'by the view' },
    { email: 'new', email_address: 'new' },
  ]);
  expect(await sqlState(db.sql.query(`INSERT INTO guarded VALUES (102, 'x')`))).toBe('44000');
});

test('a converted column is given by `down`, in the type that the view has', async () => {
  await db.sql.query(
    'CREATE VIEW amounts AS SELECT o.id, o.amount, sum(o.amount) OVER (ORDER BY o.id) AS total FROM orders AS o JOIN users AS u ON u.id = o.user_id',
  );
  const change = {
    kind: 'change-type',
    column: 'amount',
    to: 'euros',
    type: 'numeric(12,2)',
    up: 'amount / 100.0',
    down: 'round(euros * 100)::integer',
  };
  const before = await rowsOf('SELECT * FROM amounts ORDER BY id');
  const declared = { table: 'public.orders', change };
  const [offer] = await offersOf(declared);
  expect(offer).toContain('(round((o.euros * (100)::numeric)))::integer AS amount');
  await expectUndoneFromEachPhase(db, `euros-${(count += 1)}`, { ...declared, dependents: [offer] });
  expect(await rowsOf('SELECT * FROM amounts ORDER BY id')).toEqual(before);
});

describe('no definition is offered', () => {
  test.each([
    [
      'to a materialized view',
      'CREATE MATERIALIZED VIEW v AS SELECT email FROM users',
      /PostgreSQL cannot replace it/u,
    ],
    [
      'where whole rows are read',
      'CREATE VIEW v AS SELECT u.email, to_jsonb(u) AS r FROM users AS u',
      /for sure/u,
    ],
    [
      'where a join names the column',
      'CREATE VIEW v AS SELECT orders.id FROM users JOIN orders USING (email)',
      /v: /u,
    ],
    [
      'where columns are called by their places',
      'CREATE VIEW v AS SELECT b FROM users AS u (a, b)',
      /for sure/u,
    ],
  ])('%s, and the plan says so', async (_, sql, why) => {
    await db.sql.query(sql);
    const plan = await planned(rename);
    expect(plan.offers).toBeUndefined();
    expect(plan.warnings.join('\n')).toMatch(
      /no new definition can be offered for (?:materialized )?view public\.v: /u,
    );
    expect(plan.warnings.join('\n')).toMatch(why);
  });
});

describe('an author’s statement is refused', () => {
  const good = 'CREATE OR REPLACE VIEW plain AS SELECT id, email_address AS email FROM users';
  test.each([
    ['that is no view', 'DROP VIEW plain', /not one CREATE OR REPLACE VIEW/u],
    ['that is two', `${good} UNION SELECT 1, ''`, undefined],
    ['that does not replace', 'CREATE VIEW plain AS SELECT 1', /not one CREATE OR REPLACE VIEW/u],
    ['that is temporary', 'CREATE OR REPLACE TEMP VIEW plain AS SELECT 1', /not one CREATE OR REPLACE VIEW/u],
    ['of another view', good.replace('plain', 'other'), /no view public\.other names a column that goes/u],
    ['with options', `${good} WITH CHECK OPTION`, /options/u],
    [
      'that still names the column',
      'CREATE OR REPLACE VIEW plain AS SELECT id, email FROM users',
      /still name email/u,
    ],
    [
      'with other columns',
      'CREATE OR REPLACE VIEW plain AS SELECT id, email_address FROM users',
      /cannot change name/u,
    ],
    [
      'that the database cannot read',
      good.replace('email_address', 'nothing'),
      /column "nothing" does not exist/u,
    ],
    [
      'that writes',
      'CREATE OR REPLACE VIEW plain AS WITH w AS (DELETE FROM users RETURNING id, email) SELECT id, email FROM w',
      /writes/u,
    ],
  ])('%s', async (_, statement, why) => {
    await db.sql.query(
      'CREATE VIEW plain AS SELECT id, email FROM users; CREATE VIEW other AS SELECT id FROM users',
    );
    const attempt = planned({ ...rename, dependents: [statement] });
    if (why === undefined) await attempt;
    else await expect(attempt).rejects.toThrow(why);
  });

  test('for a change that has no readers to move', async () => {
    const change = { kind: 'add-index', name: 'by_name', index: '(name)' };
    await expect(planned({ table: 'public.users', change, dependents: [good] })).rejects.toThrow(
      /dependents/u,
    );
  });
});

test('a view that was changed since the plan is not replaced', async () => {
  await db.sql.query('CREATE VIEW plain AS SELECT id, email FROM users');
  const migration = await migrationUnderTest(db.database, `late-${(count += 1)}`, {
    ...rename,
    dependents: await offersOf(rename),
  });
  await goneThrough(migration, 'verify');
  await db.sql.query('CREATE OR REPLACE VIEW plain AS SELECT id, email, name FROM users');
  await expect(migration.applyOnce('read-switch')).rejects.toThrow();
  expect(await rowsOf('SELECT name FROM plain WHERE id = 1')).toEqual([{ name: 'name 1' }]);
  // A rollback goes past it.
  await migration.undo('read-switch');
  expect(await rowsOf('SELECT name FROM plain WHERE id = 1')).toEqual([{ name: 'name 1' }]);
});

test('options that a view got since the plan, or since it was replaced, stay', async () => {
  await db.sql.query('CREATE VIEW plain AS SELECT id, email FROM users');
  const migration = await migrationUnderTest(db.database, `options-${(count += 1)}`, {
    ...rename,
    dependents: await offersOf(rename),
  });
  const options = () => rowsOf("SELECT reloptions FROM pg_class WHERE oid = 'plain'::regclass");
  await goneThrough(migration, 'verify');
  await db.sql.query('ALTER VIEW plain SET (security_barrier = true)');
  await expect(migration.applyOnce('read-switch')).rejects.toThrow();
  expect(await options()).toEqual([{ reloptions: ['security_barrier=true'] }]);
  await db.sql.query('ALTER VIEW plain RESET (security_barrier)');
  await migration.apply('read-switch');
  await db.sql.query('ALTER VIEW plain SET (security_barrier = on)');
  await migration.undo('read-switch');
  expect(await options()).toEqual([{ reloptions: ['security_barrier=on'] }]);
});

test('a default that a column of a view got since the plan stays, there and back', async () => {
  await db.sql.query('CREATE VIEW plain AS SELECT id, email FROM users');
  const migration = await migrationUnderTest(db.database, `default-${(count += 1)}`, {
    ...rename,
    dependents: await offersOf(rename),
  });
  await goneThrough(migration, 'verify');
  await db.sql.query('ALTER VIEW plain ALTER COLUMN id SET DEFAULT 4711');
  await migration.apply('read-switch');
  await db.sql.query("INSERT INTO plain (email) VALUES ('there')");
  await migration.undo('read-switch');
  await db.sql.query("DELETE FROM orders; DELETE FROM plain; INSERT INTO plain (email) VALUES ('back')");
  expect(await rowsOf('SELECT id, email FROM plain')).toEqual([{ id: '4711', email: 'back' }]);
});

test('a view that somebody replaces after us is left to them on the way back, and one that is gone stays gone', async () => {
  await db.sql.query(
    'CREATE VIEW plain AS SELECT id, email FROM users; CREATE VIEW other AS SELECT email FROM users',
  );
  const migration = await migrationUnderTest(db.database, `theirs-${(count += 1)}`, {
    ...rename,
    dependents: await offersOf(rename),
  });
  await goneThrough(migration, 'read-switch');
  await db.sql.query('CREATE OR REPLACE VIEW plain AS SELECT id, name AS email FROM users; DROP VIEW other');
  await migration.undo('read-switch');
  expect(await rowsOf('SELECT email FROM plain WHERE id = 1')).toEqual([{ email: 'name 1' }]);
  expect((await catalogSnapshot(db.sql)).join('\n')).not.toContain('relation other');
});

test('who reads the view while it is replaced and put back never fails, and the replacement waits for a reader', async () => {
  await db.sql.query('CREATE VIEW plain AS SELECT id, email FROM users');
  const migration = await migrationUnderTest(db.database, `read-${(count += 1)}`, {
    ...rename,
    dependents: await offersOf(rename),
  });
  await goneThrough(migration, 'verify');
  const reader = await db.connect();
  await reader.query('BEGIN; SELECT * FROM plain');
  await expect(migration.applyOnce('read-switch')).rejects.toThrow(/lock/iu);
  await reader.query('COMMIT');
  await expectReadThroughout(
    db,
    { query: 'SELECT email FROM plain WHERE id = 7', rows: [{ email: 'u7@example.org' }] },
    { migration, phase: 'read-switch' },
  );
});

test('what the unit runs stands in the plan, with its undo', async () => {
  await db.sql.query('CREATE VIEW plain AS SELECT id, email FROM users');
  const plan = await planned({ ...rename, dependents: await offersOf(rename) });
  const { run, undo } = phaseOf(plan, 'read-switch');
  expect(run.map(({ does }) => does).at(-1)).toBe('let view public.plain read email_address');
  expect('irreversible' in undo ? [] : undo.map(({ does }) => does)[0]).toBe(
    'let view public.plain read email again',
  );
});

test('the example of docs/dependents.md is what the plan offers for its view', async () => {
  const page = readFileSync(new URL('../../../docs/dependents.md', import.meta.url), 'utf8');
  const [, sql = ''] = /^```sql\n([^]*?)^```$/mu.exec(page) ?? [];
  const [, yaml = ''] = /^```yaml\n([^]*?)^```$/mu.exec(page) ?? [];
  await db.sql.query('ALTER TABLE users ADD COLUMN last_seen timestamptz');
  await db.sql.query(sql);
  const { change, dependents } = parseSpec(yaml, 'rename-users-email.yaml');
  expect(await offersOf({ table: 'public.users', change })).toEqual(dependents);
  expect(yaml).toContain(offeredYaml(dependents).join('\n'));
  await expectUndoneFromEachPhase(db, 'as-documented', { table: 'public.users', change, dependents });
});

test.each([
  ['renamed', rename.change],
  ['given another type', { kind: 'change-type', column: 'email', type: 'varchar(99)', down: 'email::text' }],
])(
  'where more than 200 views read a column that is %s, the plan says so, and tries none of them',
  async (_, change) => {
    await db.sql.query(
      `DO $$ BEGIN FOR n IN 1..201 LOOP EXECUTE format('CREATE VIEW v%s AS SELECT email FROM users', n); END LOOP; END $$`,
    );
    await expect(planned({ table: 'public.users', change })).rejects.toThrow(
      /201 views read what changes of public\.users.*one view over the table/su,
    );
  },
);
