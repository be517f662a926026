import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { InvalidSpec } from '../../engine/database/errors.ts';
import { preflight } from '../../engine/preflight.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, planningOn, specOf, type MigrationUnderTest } from './migration-under-test.ts';

let db: DatabaseUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());
beforeEach(() =>
  db.sql.query(`DROP SCHEMA IF EXISTS app CASCADE; CREATE SCHEMA app;
    CREATE TABLE app.t (id int PRIMARY KEY, a int, b text); INSERT INTO app.t SELECT g, g FROM generate_series(1, 100) g`),
);

const declared = (change: object) => ({ table: 'app.t', change: { kind: 'sql', ...change } });
const own = (change: object): Promise<MigrationUnderTest> =>
  migrationUnderTest(db.database, `t-${(count += 1)}`, declared(change));

async function refusals(change: object): Promise<readonly string[]> {
  try {
    await preflight(specOf('t', declared(change)), await planningOn(db.database));
  } catch (error) {
    if (error instanceof InvalidSpec)
      return error.problems.map(({ key, fact, remedy }) => `${key}: ${fact}. ${remedy}`);
    throw error;
  }
  return [];
}

const objects = async (): Promise<readonly string[]> =>
  (
    await db.sql.query<{
      name: string;
    }>(`SELECT relname AS name FROM pg_class WHERE relnamespace = 'app'::regnamespace
      UNION ALL SELECT 'column ' || attname FROM pg_attribute WHERE attrelid = 'app.t'::regclass AND attnum > 0 AND NOT attisdropped
      UNION ALL SELECT conname || ' ' || convalidated FROM pg_constraint WHERE conrelid = 'app.t'::regclass AND contype <> 'n' ORDER BY 1`)
  ).rows.map(({ name }) => name);

const build = {
  run: [
    'ALTER TABLE app.t ADD CONSTRAINT positive CHECK (a > 0) NOT VALID',
    'ALTER TABLE app.t VALIDATE CONSTRAINT positive',
    'CREATE INDEX CONCURRENTLY by_a ON app.t (a)',
    'ALTER TABLE app.t ADD COLUMN c int',
    'ALTER TABLE app.t ADD COLUMN d int',
  ],
  undo: [
    'ALTER TABLE app.t DROP COLUMN IF EXISTS d, DROP COLUMN IF EXISTS c',
    'DROP INDEX CONCURRENTLY IF EXISTS app.by_a',
    'ALTER TABLE app.t DROP CONSTRAINT IF EXISTS positive',
  ],
};

/** Calls until a statement that runs on by itself has ended. */
async function through(act: () => Promise<void>): Promise<void> {
  for (;;)
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof Error && error.message.endsWith('runs on'))) throw error;
    }
}

describe('statements that run beside the traffic', () => {
  test('are units of their own, in order, and are undone from wherever they stopped', async () => {
    const before = await objects();
    const migration = await own(build);
    expect(migration.plan.phases.verify?.run.map(({ kind, does, lock }) => [kind, does, lock])).toEqual([
      ['brief', 'run a statement of the author', 'ACCESS EXCLUSIVE'],
      ['online', 'validate positive', 'SHARE UPDATE EXCLUSIVE'],
      ['online', 'build by_a', 'SHARE UPDATE EXCLUSIVE'],
      ['brief', 'run 2 statements of the author', 'ACCESS EXCLUSIVE'],
    ]);
    await through(() => migration.apply('verify'));
    expect((await objects()).filter((name) => !before.includes(name))).toEqual([
      'by_a',
      'column c',
      'column d',
      'positive true',
    ]);
    await through(() => migration.undo('verify'));
    expect(await objects()).toEqual(before);
    // Nothing of it stands: its undo finds nothing, and does no harm.
    await migration.undo('verify');
    expect(await objects()).toEqual(before);
  });
});

test('brief statements commit together or not at all', async () => {
  const before = await objects();
  const migration = await own({
    run: ['ALTER TABLE app.t ADD COLUMN c int', 'ALTER TABLE app.t ADD COLUMN a int'],
    undo: ['ALTER TABLE app.t DROP COLUMN IF EXISTS c'],
  });
  await expect(migration.apply('expand')).rejects.toThrow();
  expect(await objects()).toEqual(before);
});

test('a query of verify that gives a row fails its phase, and one that gives none does not', async () => {
  const change = { run: ["COMMENT ON TABLE app.t IS 'x'"], undo: ['COMMENT ON TABLE app.t IS NULL'] };
  const bad = await own({ ...change, verify: 'SELECT FROM app.t WHERE a = 7' });
  await bad.apply('expand');
  await expect(bad.apply('verify')).rejects.toThrow(/check that the verify query returns no row/u);
  const good = await own({ ...change, verify: 'SELECT FROM app.t WHERE a = 700' });
  await good.apply('expand', 'verify');
});

test('what nothing undoes waits for the contract and its gate', async () => {
  const { plan } = await own({
    run: ['DELETE FROM app.t WHERE a > 50'],
    undo: { irreversible: 'the rows are gone' },
  });
  expect(Object.keys(plan.phases)).toEqual(['contract']);
  expect(plan.phases.contract?.undo).toEqual({ irreversible: 'the rows are gone' });
});

test('the contract is watched for, and is one call', async () => {
  const migration = await own({
    run: ["COMMENT ON TABLE app.t IS 'x'"],
    undo: ['COMMENT ON TABLE app.t IS NULL'],
    contract: [{ sql: 'ALTER TABLE app.t DROP COLUMN b', unsafe: 'nobody has used it for a year' }],
  });
  expect(Object.keys(migration.plan.phases)).toEqual(['expand', 'confidence', 'contract']);
  expect(migration.plan.warnings).toContain(
    "unsafe by its author's word: ALTER TABLE app.t DROP COLUMN b: nobody has used it for a year",
  );
  await migration.apply('expand', 'contract');
  expect(await objects()).not.toContain('column b');
});

describe('refused before any database is asked, at its place:', () => {
  const undo = ['COMMENT ON TABLE app.t IS NULL'];
  test.each([
    [
      'an unsafe statement',
      { run: ['CREATE INDEX i ON app.t (a)'], undo },
      /change\.run\[0\]: index-concurrently: .*Or write it as/u,
    ],
    [
      'two statements',
      { run: ["COMMENT ON TABLE app.t IS 'a'", 'COMMIT'], undo },
      /change\.run\[1\]: transaction-control: /u,
    ],
    [
      'a reason that nothing needs',
      { run: [{ sql: 'ALTER TABLE app.t ADD c int', unsafe: 'x' }], undo },
      /nothing against this statement/u,
    ],
    ['a reason for what cannot be', { run: [{ sql: 'VACUUM app.t', unsafe: 'x' }], undo }, /vacuum: /u],
    [
      'an undo that counts on what may not be there',
      { run: ['ALTER TABLE app.t ADD c int'], undo: ['ALTER TABLE app.t DROP COLUMN c'] },
      /change\.undo\[0\]: undo-if-exists/u,
    ],
    [
      'a long statement in the contract',
      { run: undo, undo, contract: ['CREATE INDEX CONCURRENTLY i ON app.t (a)'] },
      /change\.contract\[0\]: this statement runs by itself/u,
    ],
    [
      'a long statement that nothing undoes',
      { run: ['CREATE INDEX CONCURRENTLY i ON app.t (a)'], undo: { irreversible: 'x' } },
      /change\.run\[0\]: this statement runs by itself/u,
    ],
    [
      'a verify that writes',
      { run: undo, undo, verify: 'WITH d AS (DELETE FROM app.t WHERE a = 1 RETURNING 1) SELECT FROM d' },
      /change\.verify: this is not one query/u,
    ],
  ])('%s', async (_, change, says) => {
    expect((await refusals(change)).join('\n')).toMatch(says);
  });
});

test('an index that is there already is not taken for the one to build, nor one of another table', async () => {
  await db.sql.query('CREATE INDEX by_a ON app.t (b); CREATE TABLE app.u (a int)');
  const undo = ['DROP INDEX CONCURRENTLY IF EXISTS app.by_a'];
  const indexOn = (on: string) => own({ run: [`CREATE INDEX CONCURRENTLY by_a ON ${on} (a)`], undo });
  await expect(indexOn('app.t')).rejects.toThrow(/there is an index by_a already/u);
  await expect(indexOn('app.u')).rejects.toThrow(/is one of another table than app\.t/u);
});
