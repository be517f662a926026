import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest } from './migration-under-test.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest('CREATE SEQUENCE tickets START 100');
});
afterAll(() => db.close());

const given = "'2020-02-02 02:02:02+00'";
const defaults = [
  { kind: 'constant', type: 'text', expression: `'none'`, written: `'b'` },
  { kind: 'constant that is NULL', type: 'text', expression: 'NULL', written: `'b'` },
  { kind: 'stable', type: 'timestamptz', expression: 'now()', written: given },
  { kind: 'stable, by keyword', type: 'timestamptz', expression: 'CURRENT_TIMESTAMP', written: given },
  { kind: 'volatile sequence', type: 'bigint', expression: `nextval('tickets')`, written: '7' },
  {
    kind: 'volatile random',
    type: 'uuid',
    expression: 'gen_random_uuid()',
    written: `'00000000-0000-0000-0000-000000000007'`,
  },
];

describe.each(defaults)('an old column with a $kind default', ({ kind, type, expression, written }) => {
  const volatile = kind.startsWith('volatile');
  const orNull = expression === 'NULL';
  const table = `t_${kind.toLowerCase().replaceAll(/\W+/gu, '_')}`;
  const insert = async (names: string, values: string) => {
    const { rows } = await db.sql.query(
      `INSERT INTO ${table} (${names}) VALUES (${values})
       RETURNING old_value IS NOT DISTINCT FROM new_value AS equal, new_value IS NULL AS empty,
                 new_value = ${written}::${type} AS kept`,
    );
    return rows[0];
  };

  beforeAll(async () => {
    const notNull = orNull ? '' : ' NOT NULL';
    await db.sql.query(
      `CREATE TABLE ${table} (id bigserial PRIMARY KEY, old_value ${type}${notNull} DEFAULT ${expression})`,
    );
    const migration = await migrationUnderTest(db.database, table.replaceAll('_', '-'), {
      table: `public.${table}`,
      change: { kind: 'rename-column', from: 'old_value', to: 'new_value' },
    });
    await migration.apply('expand', 'dual-write');
  });

  const kept = { equal: true, empty: false, kept: true };
  test('a new application that inserts only the new column keeps its value', async () => {
    expect(await insert('new_value', written)).toEqual(kept);
  });
  test('an old application that inserts only the old column keeps its value', async () => {
    expect(await insert('old_value', written)).toEqual(kept);
  });
  test('DEFAULT written out on the other side takes nothing away', async () => {
    expect(await insert('old_value, new_value', `DEFAULT, ${written}`)).toEqual(kept);
    expect(await insert('old_value, new_value', `${written}, DEFAULT`)).toEqual(kept);
  });
  test('an application that inserts neither gets the default on both sides', async () => {
    const { equal, empty } = await insert('id', 'DEFAULT');
    expect({ equal, empty }).toEqual({ equal: true, empty: orNull });
  });
  test('an explicit NULL means NULL to the column it was written to', async () => {
    if (orNull) expect(await insert('old_value', 'NULL')).toMatchObject({ equal: true, empty: true });
    else expect(await sqlState(insert('old_value', 'NULL'))).toBe('23502');
    // A volatile default hides who wrote: an explicit NULL in the new column then reads as nothing written.
    if (!orNull && !volatile) expect(await sqlState(insert('new_value', 'NULL'))).toBe('23502');
  });
});

test('a converted constant default serves both applications', async () => {
  await db.sql.query('CREATE TABLE priced (id bigserial PRIMARY KEY, cents integer NOT NULL DEFAULT 50)');
  const migration = await migrationUnderTest(db.database, 'priced', {
    table: 'public.priced',
    change: {
      kind: 'change-type',
      column: 'cents',
      to: 'units',
      type: 'numeric(10,2)',
      up: 'cents / 100.0',
      down: 'round(units * 100)',
    },
  });
  await migration.apply('expand', 'dual-write');
  await db.sql.query('INSERT INTO priced (units) VALUES (7), (DEFAULT), (0.50)');
  await db.sql.query('INSERT INTO priced (cents) VALUES (700), (DEFAULT), (50)');
  await db.sql.query('INSERT INTO priced DEFAULT VALUES');
  const { rows } = await db.sql.query({
    text: 'SELECT cents, units FROM priced ORDER BY id',
    rowMode: 'array',
  });
  const half = [50, '0.50'];
  expect(rows).toEqual([[700, '7.00'], half, half, [700, '7.00'], half, half, half]);
});

test('a default of the author is used by who leaves the column out, and loses to a value on the old side', async () => {
  await db.sql.query('CREATE TABLE dated (id bigserial PRIMARY KEY, day text DEFAULT current_date)');
  const declared = {
    table: 'public.dated',
    change: {
      kind: 'change-type',
      column: 'day',
      to: 'on_day',
      type: 'date',
      up: 'coalesce(day, day)::date',
      down: 'on_day::text',
    },
  };
  await expect(migrationUnderTest(db.database, 'dated', declared)).rejects.toThrow(
    'the default of "day" is an expression, CURRENT_DATE, which cannot be converted once and for all',
  );
  const change = { ...declared.change, default: 'current_date' };
  const migration = await migrationUnderTest(db.database, 'dated', { ...declared, change });
  await migration.apply('expand', 'dual-write');
  await db.sql.query(`INSERT INTO dated (on_day) VALUES ('2020-02-02'), (DEFAULT)`);
  await db.sql.query(`INSERT INTO dated (day) VALUES ('2020-02-02'), (DEFAULT)`);
  const { rows } = await db.sql.query(
    `SELECT day, on_day::text, on_day = current_date AS today FROM dated ORDER BY id`,
  );
  const given2020 = { day: '2020-02-02', on_day: '2020-02-02', today: false };
  expect(rows).toMatchObject([given2020, { today: true }, given2020, { today: true }]);
});

describe('a default that is an expression is inferred', () => {
  test.each([
    [
      'what `up` makes of it',
      'text DEFAULT CURRENT_DATE',
      'date',
      '"gä".v::date',
      '(CURRENT_DATE)::text)::date',
    ],
    [
      'the same in a type of the same family',
      "integer DEFAULT nextval('counted')",
      'bigint',
      'CAST(v AS bigint)',
      "nextval('counted'::regclass)",
    ],
    ['a uuid as text', 'uuid DEFAULT gen_random_uuid()', 'text', 'v::text', '(gen_random_uuid())::text'],
    [
      'in the midst of others',
      'integer DEFAULT (1 + length(current_user))',
      'numeric',
      '1 + v / 10.0',
      '/ 10.0',
    ],
  ])('%s', async (_, column, type, up, expected) => {
    await db.sql.query(`DROP TABLE IF EXISTS "gä"; CREATE SEQUENCE IF NOT EXISTS counted;
      CREATE TABLE "gä" (id bigserial PRIMARY KEY, v ${column}); INSERT INTO "gä" DEFAULT VALUES`);
    const old = column.split(' ')[0] ?? '';
    const down = type === 'numeric' ? `((v2 - 1) * 10)::${old}` : `v2::${old}`;
    const change = { kind: 'change-type', column: 'v', to: 'v2', type, up, down };
    const migration = await migrationUnderTest(db.database, `inferred-${type}`, {
      table: 'public.gä',
      change,
    });
    await migration.apply('expand', 'dual-write');
    await db.sql.query(`INSERT INTO "gä" DEFAULT VALUES`);
    await migration.backfill();
    expect(await migration.mismatches()).toBe(0);
    await migration.apply('verify', 'read-switch', 'quarantine', 'contract');
    const { rows } = await db.sql.query<{ says: string }>(
      `SELECT pg_get_expr(adbin, adrelid) AS says FROM pg_attrdef WHERE adrelid = '"gä"'::regclass AND adnum = (
         SELECT attnum FROM pg_attribute WHERE attrelid = '"gä"'::regclass AND attname = 'v2')`,
    );
    expect(rows[0]?.says).toContain(expected);
    await db.sql.query(`INSERT INTO "gä" DEFAULT VALUES`);
  });
});

test('after the contract phase the new column has the default, the sequence and NOT NULL of the old one', async () => {
  await db.sql.query(`CREATE TABLE numbered (id int PRIMARY KEY, number serial NOT NULL)`);
  const migration = await migrationUnderTest(db.database, 'numbered', {
    table: 'public.numbered',
    change: { kind: 'rename-column', from: 'number', to: 'ticket' },
  });
  await migration.apply(
    'expand',
    'dual-write',
    'backfill',
    'verify',
    'read-switch',
    'quarantine',
    'contract',
  );
  await db.sql.query('INSERT INTO numbered (id) VALUES (1), (2)');
  const { rows } = await db.sql.query(
    `SELECT ticket, pg_get_serial_sequence('numbered', 'ticket') AS sequence FROM numbered ORDER BY id`,
  );
  const sequence = 'public.numbered_number_seq';
  expect(rows).toEqual([
    { ticket: 1, sequence },
    { ticket: 2, sequence },
  ]);
  expect(await sqlState(db.sql.query('INSERT INTO numbered VALUES (3, NULL)'))).toBe('23502');
});
