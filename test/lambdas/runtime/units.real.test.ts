import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import type { Database } from '../../../engine/database/database.ts';
import { createIndex } from '../../../engine/dialects/postgres/index-builds.ts';
import { Applied } from '../../../engine/ledger/applied.ts';
import { Ledger, type Claim } from '../../../engine/ledger/ledger.ts';
import type { Online } from '../../../engine/plan/plan.ts';
import { runUnits } from '../../../lambdas/steps/units.ts';
import { databaseUnderTest, type DatabaseUnderTest } from '../../engine/database-under-test.ts';
import { migrationUnderTest, toolsOver } from '../../engine/migration-under-test.ts';
import { awaitedLocks } from '../../awaited-locks.ts';

const table = { schema: 'public', name: 'users' };
const unavailable = { status: 504, name: 'DatabaseUnavailableException', message: 'away' };
const body = z.looseObject({ sql: z.string() });

let under: DatabaseUnderTest;
let claim: Claim;
let starts = 0;
let indexes = 0;
beforeAll(async () => {
  under = await databaseUnderTest('CREATE TABLE users (id bigint PRIMARY KEY, email text, name text)');
  ({ claim } = await migrationUnderTest(under.database, 'indexed', {
    table: 'public.users',
    change: { kind: 'rename-column', from: 'email', to: 'address' },
  }));
});
beforeEach(() => {
  under.api.faults.clear();
  starts = 0;
});
afterAll(() => under.close());

const anIndex = (): Online =>
  createIndex(claim.migration, table, `users_name_${(indexes += 1)}`, {
    unique: false,
    definition: '(name)',
  });

const run = (unit: Online, database: Database = under.database): Promise<boolean> =>
  runUnits(
    { ...toolsOver(database), ledger: new Forgetful(under.database) },
    claim,
    'verify',
    'run',
    [unit],
    500,
  );

/** Every unit here is the first of its phase: none may count as applied. */
class Forgetful extends Ledger {
  override async mark(): Promise<void> {}
  override applied(): Promise<Applied> {
    return Promise.resolve(new Applied([]));
  }
}

const isStart = (asked: unknown): boolean => / INDEX CONCURRENTLY /u.test(body.parse(asked).sql);

test('an index whose answer was lost after it was built is built once, and counts', async () => {
  under.api.faults.when(({ body: asked }) => {
    if (!isStart(asked)) return undefined;
    starts += 1;
    return { when: 'afterCommit', error: unavailable };
  });
  await expect(run(anIndex())).resolves.toBe(true);
  expect(starts).toBe(1);
});

test('an index whose request was lost before it came is asked for again by whoever retries the task', async () => {
  const unit = anIndex();
  under.api.faults.when(({ body: asked }) => {
    if (!isStart(asked)) return undefined;
    starts += 1;
    return starts === 1 ? { when: 'before', error: unavailable } : undefined;
  });
  await expect(run(unit)).rejects.toMatchObject({ name: 'TransientDatabaseError' });
  await expect(run(unit)).resolves.toBe(true);
  expect(starts).toBe(2);
});

test('a build that was started twice stands once: the second waits for the first, or one of them tries again', async () => {
  const unit = anIndex();
  const writer = await under.connect();
  // A build waits for every transaction that may have written to the table, and holds a lock that a second one waits for.
  await writer.query(`BEGIN; INSERT INTO users VALUES (${indexes}, 'a', 'b')`);
  const first = under.database.start({ text: unit.statement });
  await seen('SELECT FROM pg_stat_progress_create_index WHERE datname = current_database()');
  const second = run(unit, blindAtFirst());
  await seen(awaitedLocks("locktype = 'relation'"));
  await writer.query('COMMIT');
  // Each may be what the other one waits for: then PostgreSQL ends one of them, and its task is retried.
  for (const ended of await Promise.allSettled([first, second]))
    if (ended.status === 'rejected')
      expect(ended.reason).toMatchObject({ name: 'TransientDatabaseError', message: 'SQLSTATE 40P01' });
  while (!(await run(unit))) await sleep(5);
  const { rows } = await under.sql.query(
    `SELECT indisvalid FROM pg_index WHERE indexrelid = 'users_name_${indexes}'::regclass`,
  );
  expect(rows).toEqual([{ indisvalid: true }]);
});

test('a build that fails on the rows is reported, not watched', async () => {
  await under.sql.query(`INSERT INTO users VALUES (1001, 'x', 'same'), (1002, 'y', 'same')`);
  const unit = createIndex(claim.migration, table, 'users_name_unique', {
    unique: true,
    definition: '(name)',
  });
  await expect(run(unit)).rejects.toMatchObject({ name: 'RowRefused' });
});

async function seen(query: string): Promise<void> {
  while ((await under.sql.query(query)).rowCount === 0) await sleep(5);
}

/** The database, whose first answer is that there is no such index yet. */
function blindAtFirst(): Database {
  let looks = 0;
  return {
    dialect: under.database.dialect,
    rows: async (statement, row) =>
      (looks += 1) === 1 ? [row.parse({ state: 'absent' })] : under.database.rows(statement, row),
    run: (statement) => under.database.run(statement),
    start: (statement) => under.database.start(statement),
  };
}

test('an index that is being built is not taken for a broken one, though nothing marks its statement', async () => {
  const unit = anIndex();
  const [writer, builder] = [await under.connect(), await under.connect()];
  await writer.query(`BEGIN; INSERT INTO users VALUES (-1, 'open')`);
  const built = builder.query(unit.statement.replace(/^.*\n/u, ''));
  const exists = `SELECT FROM pg_stat_progress_create_index WHERE index_relid <> 0 AND datname = current_database()`;
  while ((await under.sql.query(exists)).rowCount === 0) await sleep(20);
  expect(await run(unit)).toBe(false);
  await writer.query('ROLLBACK');
  await built;
  expect(await run(unit)).toBe(true);
});
