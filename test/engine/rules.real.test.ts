import { afterEach, beforeEach, expect, test } from 'vitest';
import { InvalidSpec } from '../../engine/database/errors.ts';
import { catalogSnapshot } from './catalog-snapshot.ts';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { promisedUnits, seenUnits } from './kept-promises.ts';
import { migrationUnderTest, type Declared } from './migration-under-test.ts';
import { expectUndoneFromEachPhase } from './undone-phases.ts';

const schema = `
  CREATE TABLE public.shops (id integer PRIMARY KEY);
  INSERT INTO shops SELECT generate_series(1, 9);
  CREATE TABLE public.sales (id bigint PRIMARY KEY, shop bigint, cents integer NOT NULL, note text);
  CREATE INDEX sales_by_shop ON sales (shop);
  INSERT INTO sales SELECT n, n % 10, n % 50 - 1, 'n' || n FROM generate_series(1, 500) AS n;
  ANALYZE sales`;
const table = 'public.sales';
const quick = { backfill: { dutyCycle: 1 } };
const check: Declared = {
  table,
  ...quick,
  change: {
    kind: 'add-check',
    name: 'sales_positive',
    check: 'cents >= 0',
    repair: { column: 'cents', to: 'abs(cents)' },
  },
};
const key: Declared = {
  table,
  ...quick,
  change: {
    kind: 'add-foreign-key',
    name: 'sales_shop_fkey',
    columns: 'shop',
    references: 'public.shops',
    referencedColumns: 'id',
    onDelete: 'restrict',
    repair: { column: 'shop', to: 'NULL' },
  },
};

let db: DatabaseUnderTest;
beforeEach(async () => {
  db = await databaseUnderTest(schema);
});
afterEach(() => db.close());

const refusalOf = async (declared: Declared): Promise<InvalidSpec> => {
  const refused: unknown = await migrationUnderTest(db.database, 'm', declared).catch(
    (error: unknown) => error,
  );
  if (refused instanceof InvalidSpec) return refused;
  throw new Error('it was accepted');
};
const without = ({ change, ...rest }: Declared, ...names: readonly string[]): Declared => ({
  ...rest,
  change: Object.fromEntries(Object.entries(change).filter(([name]) => !names.includes(name))),
});
const changed = (declared: Declared, change: Readonly<Record<string, unknown>>): Declared => ({
  ...declared,
  change: { ...declared.change, ...change },
});

test.each([
  ['add-check', check, 'change.check: 10 rows break it', ['50', '100', '150', '200', '250']],
  ['add-foreign-key', key, 'change.references: 50 rows break it', ['10', '20', '30', '40', '50']],
])(
  '%s counts the rows that break it before anything is changed, and has a query that finds them',
  async (_, declared, says, rows) => {
    const refused = await refusalOf(without(declared, 'repair'));
    expect(refused.message).toContain(says);
    expect(refused.problems[0]?.rows?.forTerminal()).toEqual(rows);
    const query = /This finds them: (.*?)\.?$/u.exec(refused.message)?.[1] ?? '';
    expect((await db.sql.query(`${query} ORDER BY 1 LIMIT 1`)).rows).toEqual([{ id: rows[0] }]);
  },
);

test.each([
  ['add-check', check, {}],
  [
    'add-foreign-key',
    key,
    {
      'add sales_shop_fkey, not yet validated, and repair rows as they are written': [
        'shops SHARE ROW EXCLUSIVE',
      ],
    },
  ],
])(
  '%s takes the locks and scans that its plan promises, and writes no row anew',
  async (_, declared, also) => {
    const migration = await migrationUnderTest(db.database, 'm', declared);
    const seen = await seenUnits(db, migration);
    // A foreign key is validated by a join, which may go by an index instead.
    const scans = seen.map((unit) => (unit.does.startsWith('validate') ? { ...unit, scans: 1 } : unit));
    expect(scans).toEqual(promisedUnits(migration, also));
  },
);

test.each([
  [
    'add-check',
    check,
    'UPDATE sales SET cents = abs(cents); ALTER TABLE sales ADD CONSTRAINT sales_positive CHECK (cents >= 0)',
  ],
  [
    'add-foreign-key',
    key,
    'UPDATE sales SET shop = NULL WHERE shop = 0; ALTER TABLE sales ADD CONSTRAINT sales_shop_fkey FOREIGN KEY (shop) REFERENCES shops (id) ON DELETE RESTRICT',
  ],
])(
  '%s is undone from each phase, and at the end the table is what ALTER TABLE would have made',
  async (_, declared, alter) => {
    await expectUndoneFromEachPhase(db, 'm', declared);
    const made = await catalogSnapshot(db.sql);
    await db.sql.query(`DROP TABLE sales, shops; ${schema}; ${alter}`);
    expect(await catalogSnapshot(db.sql)).toEqual(made);
  },
);

test('rows that break a check can be written meanwhile, and new ones are refused', async () => {
  const migration = await migrationUnderTest(db.database, 'm', check);
  await migration.apply('expand');
  await db.sql.query(`UPDATE sales SET note = 'seen' WHERE id = 50`);
  expect((await db.sql.query('SELECT cents FROM sales WHERE id = 50')).rows).toEqual([{ cents: 1 }]);
  expect(await sqlState(db.sql.query('UPDATE sales SET cents = -1 WHERE id = 1'))).toBe('23514');
  expect(await sqlState(db.sql.query(`INSERT INTO sales VALUES (1000, 1, -5, '')`))).toBe('23514');
});

test.each([
  ['a name that is taken', changed(check, { name: 'sales_by_shop' }), 'is called "sales_by_shop" already'],
  [
    'a check with a query',
    without(changed(check, { check: 'EXISTS (SELECT FROM public.shops)' }), 'repair'),
    'cannot use subquery in check constraint',
  ],
  ['a table that is not there', changed(key, { references: 'public.nothing' }), 'public.nothing'],
  ['a column of another type', without(changed(key, { columns: 'note' }), 'repair'), 'incompatible types'],
  [
    'columns that are no key',
    changed(key, { references: 'public.sales', referencedColumns: 'cents' }),
    'no unique constraint matching given keys',
  ],
  [
    'a repair of a column that is not there',
    changed(check, { repair: { column: 'cent', to: '1' } }),
    'Did you mean "cents"?',
  ],
])('%s is refused in the plan', async (_, declared, says) => {
  expect((await refusalOf(declared)).message).toContain(says);
});

test('a foreign key without an index of its own is warned of', async () => {
  await db.sql.query('DROP INDEX sales_by_shop');
  const { plan } = await migrationUnderTest(db.database, 'm', key);
  expect(plan.warnings.join('\n')).toContain('no index of public.sales begins with shop');
});

test('a count that does not end in time is said, and forbids nothing', async () => {
  await db.sql.query(`ALTER DATABASE ${new URL(db.url).pathname.slice(1)} SET statement_timeout = '3s'`);
  const { plan } = await migrationUnderTest(db.database, 'm', {
    table,
    change: { kind: 'add-check', name: 'slow', check: `length(md5(repeat(note, 20000000))) = 32` },
  });
  expect(plan.warnings.join('\n')).toContain('took too long and was not finished');
});
