import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { leftoversOf } from './leftovers-of.ts';
import { expectUndoneFromEachPhase } from './undone-phases.ts';

let db: DatabaseUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());

/** Names that end a literal, an identifier, a dollar quote, a format or a parameter where they are not quoted. */
const odd = (what: string): string => `${what} "q" 'l' $walk$ %s :epoch $1 ✓\\`;
/** 63 bytes, of which the last ones differ: whatever is added to it is cut off. */
const long = (what: string): string => `${'é'.repeat(29)}${what.slice(0, 4).padEnd(5, '_')}`;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

describe.each([
  ['that are not plain', odd],
  ['of 63 bytes', long],
])('names %s are only names to', (_, called) => {
  const [table, id, n] = [called('tab'), called('key'), called('num')];
  const [first, last, both] = [called('one'), called('two'), called('all')];
  beforeEach(() =>
    db.sql
      .query(`DROP SCHEMA IF EXISTS underpin, public, elsewhere CASCADE; CREATE SCHEMA public; CREATE SCHEMA elsewhere;
      CREATE TABLE ${quoted(table)} (${quoted(id)} int CONSTRAINT ${quoted(called('pkey'))} PRIMARY KEY,
        ${quoted(n)} int NOT NULL DEFAULT 0 CONSTRAINT ${quoted(called('chec'))} CHECK (${quoted(n)} >= 0), ${quoted(first)} text, ${quoted(last)} text);
      CREATE INDEX ${quoted(called('inde'))} ON ${quoted(table)} (${quoted(n)}, ${quoted(first)});
      CREATE STATISTICS ${quoted(called('stat'))} ON ${quoted(id)}, ${quoted(n)} FROM ${quoted(table)};
      COMMENT ON COLUMN ${quoted(table)}.${quoted(n)} IS '${called('said').replaceAll("'", "''")}';
      INSERT INTO ${quoted(table)} SELECT n, n, 'a' || n, 'b' || n FROM generate_series(1, 30) AS n`),
  );

  const word = (nth: number): string => `split_part(${quoted(both)}, ' ', ${nth})`;
  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['partition-table', { by: 'range', column: id, partitions: { [called('part')]: [0, 20] } }],
    ['move-table', { to: 'elsewhere', by: 'alias' }],
    ['rename-table', { to: called('copy'), by: 'alias' }],
    ['change-primary-key', { column: id, type: 'bigint' }],
    ['change-type', { column: n, type: 'bigint', down: `${quoted(n)}::int` }],
    [
      'merge-columns',
      {
        columns: { [first]: word(1), [last]: word(2) },
        into: { [both]: { type: 'text', up: `concat_ws(' ', ${quoted(first)}, ${quoted(last)})` } },
        indexes: { [called('inde')]: `(${word(1)})` },
      },
    ],
    ['rename-column', { from: n, to: both }],
    ['split-table', { into: called('copy'), columns: [last] }],
    [
      'add-foreign-key',
      {
        name: called('refe'),
        columns: n,
        references: `public.${quoted(table)}`,
        referencedColumns: id,
        repair: { column: n, to: `${quoted(n)} + 1` },
      },
    ],
    ['drop-column', { column: n }],
    ['drop-table', {}],
  ])('%s', async (kind, change) => {
    const declared = { table: `public.${quoted(table)}`, change: { kind, ...change } };
    const migration = await expectUndoneFromEachPhase(db, `o-${(count += 1)}`, declared);
    expect(await leftoversOf(migration)).toEqual([]);
  });

  test('change-type in place, and what hangs on views over the column', async () => {
    const [view, upper, as] = [called('view'), called('uppe'), called('alia')];
    await db.sql
      .query(`CREATE VIEW ${quoted(view)} AS SELECT ${quoted(id)}, ${quoted(n)} AS ${quoted(as)} FROM ${quoted(table)};
      COMMENT ON VIEW ${quoted(view)} IS '${called('said').replaceAll("'", "''")}';
      ALTER VIEW ${quoted(view)} ALTER COLUMN ${quoted(as)} SET DEFAULT 4;
      CREATE RULE ${quoted(called('rule'))} AS ON DELETE TO ${quoted(view)} DO INSTEAD NOTHING;
      CREATE VIEW ${quoted(upper)} AS SELECT ${quoted(as)} AS ${quoted(n)} FROM ${quoted(view)} AS ${quoted(table)}`);
    const declared = {
      table: `public.${quoted(table)}`,
      change: { kind: 'change-type', column: n, type: 'bigint', down: `${quoted(n)}::int` },
    };
    const migration = await expectUndoneFromEachPhase(db, `o-${(count += 1)}`, declared);
    expect(await leftoversOf(migration)).toEqual([]);
    const { rows } = await db.sql.query(`SELECT sum(${quoted(n)})::int AS n FROM ${quoted(upper)}`);
    expect(rows).toEqual([{ n: 465 }]);
  });
});
