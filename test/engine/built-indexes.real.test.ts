import { afterEach, beforeEach, expect, test } from 'vitest';
import { InvalidSpec } from '../../engine/database/errors.ts';
import { catalogSnapshot } from './catalog-snapshot.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { promisedUnits, seenUnits } from './kept-promises.ts';
import { leftoversOf } from './leftovers-of.ts';
import { migrationUnderTest, type Declared } from './migration-under-test.ts';
import { expectUndoneFromEachPhase } from './undone-phases.ts';

const schema = `
  CREATE TABLE public.sales (id bigint PRIMARY KEY, shop bigint, note text);
  CREATE INDEX sales_by_note ON sales (lower(note));
  COMMENT ON INDEX sales_by_note IS 'for the search';
  ALTER INDEX sales_by_note ALTER COLUMN 1 SET STATISTICS 500;
  ALTER TABLE sales CLUSTER ON sales_by_note;
  INSERT INTO sales SELECT n, n % 10, 'n' || n FROM generate_series(1, 500) AS n;
  ANALYZE sales`;
const table = 'public.sales';
const declared = (change: Declared['change']): Declared => ({ table, change });
const index = declared({
  kind: 'add-index',
  name: 'sales_of_shop',
  index: 'USING btree (shop, upper(note)) INCLUDE (id) WHERE shop IS NOT NULL',
});
const unique = declared({ kind: 'add-unique', name: 'sales_note_key', columns: 'note' });
const dropped = declared({ kind: 'drop-index', name: 'sales_by_note' });

let db: DatabaseUnderTest;
beforeEach(async () => {
  db = await databaseUnderTest(schema);
});
afterEach(() => db.close());

const refusalOf = async (of: Declared): Promise<InvalidSpec> => {
  const refused: unknown = await migrationUnderTest(db.database, 'm', of).catch((error: unknown) => error);
  if (refused instanceof InvalidSpec) return refused;
  throw new Error('it was accepted');
};

const plain: readonly (readonly [string, Declared, string])[] = [
  [
    'add-index',
    index,
    'CREATE INDEX sales_of_shop ON sales (shop, upper(note)) INCLUDE (id) WHERE shop IS NOT NULL',
  ],
  ['add-unique', unique, 'ALTER TABLE sales ADD CONSTRAINT sales_note_key UNIQUE (note)'],
  ['drop-index', dropped, 'DROP INDEX sales_by_note'],
];

test.each(plain)('%s takes the locks and scans that its plan promises', async (_, of) => {
  const migration = await migrationUnderTest(db.database, 'm', of);
  const noted = ({ does }: { readonly does: string }): boolean => !does.startsWith('note that');
  expect((await seenUnits(db, migration)).filter(noted)).toEqual(promisedUnits(migration).filter(noted));
});

test.each(plain)(
  '%s is undone, and at the end the table is what plain SQL would have made',
  async (_, of, sql) => {
    await expectUndoneFromEachPhase(db, 'm', of);
    const made = await catalogSnapshot(db.sql);
    await db.sql.query(`DROP TABLE sales; ${schema}; ${sql}`);
    expect(await catalogSnapshot(db.sql)).toEqual(made);
  },
);

test('a build that somebody stopped leaves nothing: it is cleaned and built again, or taken away', async () => {
  const before = await catalogSnapshot(db.sql);
  const migration = await migrationUnderTest(db.database, 'm', unique);
  const failed = migration.plan.phases.verify?.run.find(({ kind }) => kind === 'online');
  if (failed?.kind !== 'online') throw new Error('nothing is built');
  // Equal rows make it fail, and what it leaves is INVALID.
  await db.sql.query(`INSERT INTO sales VALUES (1001, 1, 'n1')`);
  await expect(migration.apply('verify')).rejects.toThrow('build sales_note_key');
  expect(await catalogSnapshot(db.sql)).not.toEqual(before);
  // A rollback goes by what the ledger has: it would look.
  expect((await migration.ledger.applied('m')).phases()).toEqual(['verify']);
  await db.sql.query('DELETE FROM sales WHERE id = 1001');
  await migration.apply('verify');
  expect((await catalogSnapshot(db.sql)).join('\n')).toContain(
    'constraint sales sales_note_key UNIQUE (note) valid:t',
  );
  await migration.undo('verify');
  expect(await catalogSnapshot(db.sql)).toEqual(before);
});

test('an index that somebody else made under the name meanwhile is not taken for ours, and stays', async () => {
  const migration = await migrationUnderTest(db.database, 'm', index);
  await db.sql.query('CREATE INDEX sales_of_shop ON sales (shop)');
  const theirs = await catalogSnapshot(db.sql);
  await expect(migration.apply('verify')).rejects.toThrow('build sales_of_shop');
  await migration.undo('verify');
  expect(await catalogSnapshot(db.sql)).toEqual(theirs);
});

test.each([
  ['add-index', index, ['the index sales_of_shop is there'], []],
  ['add-unique', unique, ['the constraint sales_note_key is there', 'the index sales_note_key is there'], []],
  ['drop-index', dropped, ['the index sales_by_note is not there'], ['the index sales_by_note is there']],
])('an audit finds what %s has left behind, and what it should have', async (_, of, left, againThere) => {
  const migration = await migrationUnderTest(db.database, 'm', of);
  const found = async (outcome: 'completed' | 'rolled-back'): Promise<readonly string[]> =>
    (await leftoversOf(migration, outcome)).map(({ what }) => what);
  await migration.apply('verify');
  expect(await found('completed')).toEqual([]);
  expect(await found('rolled-back')).toEqual(left);
  await migration.undo('verify');
  expect(await found('rolled-back')).toEqual([]);
  expect(await found('completed')).toEqual(expect.arrayContaining(againThere));
});

test('equal rows are counted before an index is built', async () => {
  await db.sql.query(
    `INSERT INTO sales VALUES (1001, 1, 'n1'), (1002, 1, 'n1'), (1003, 1, NULL), (1004, 1, NULL)`,
  );
  const refused = await refusalOf(unique);
  expect(refused.message).toContain('change.columns: 3 rows break it');
  expect(refused.problems[0]?.rows?.forTerminal()).toEqual(['1', '1001', '1002']);
});

test('whether an index is used is said before it goes', async () => {
  expect((await migrationUnderTest(db.database, 'm', dropped)).plan.warnings.join('\n')).toContain(
    'was not used by any query on this server',
  );
  await db.sql.query(`SET enable_seqscan = off; SELECT count(*) FROM sales WHERE lower(note) = 'n7'`);
  await db.sql.query('SELECT pg_stat_force_next_flush()');
  expect((await migrationUnderTest(db.database, 'm2', dropped)).plan.warnings.join('\n')).toMatch(
    /is in use: \d+ scans? on this server/u,
  );
});

test.each([
  [
    'an index of a constraint',
    declared({ kind: 'drop-index', name: 'sales_pkey' }),
    'stands behind the constraint sales_pkey',
  ],
  [
    'an index that is not there',
    declared({ kind: 'drop-index', name: 'sales_by_not' }),
    'Did you mean "sales_by_note"?',
  ],
  [
    'a name that is taken',
    declared({ kind: 'add-index', name: 'sales_by_note', index: '(shop)' }),
    'is called "sales_by_note" already',
  ],
  [
    'a column that is not there',
    declared({ kind: 'add-index', name: 'x', index: '(nothing)' }),
    'column "nothing" does not exist',
  ],
  ['more than an index', declared({ kind: 'add-index', name: 'x', index: '(shop); DROP TABLE sales' }), ';'],
])('%s is refused in the plan', async (_, of, says) => {
  await expect(async () => {
    throw await refusalOf(of);
  }).rejects.toThrow(says);
});
