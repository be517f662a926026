import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';
import { step } from './step.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());

const changes = [
  { kind: 'rename-column', from: 'cents', to: 'units' },
  {
    kind: 'change-type',
    column: 'cents',
    to: 'units',
    type: 'numeric(12,2)',
    up: 'cents / 100.0',
    down: 'round(units * 100)::integer',
  },
];

/** `write` is done to other rows of the table by a trigger on each row that is written. */
const writesElsewhere = (table: string, timing: string, write: string): string => `
  CREATE FUNCTION ${table}_elsewhere() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF pg_trigger_depth() > 2 THEN RETURN NULL; END IF;
    ${write};
    RETURN NULL;
  END $$;
  CREATE ${timing} TRIGGER elsewhere AFTER UPDATE ON ${table}
    ${timing === 'CONSTRAINT' ? 'DEFERRABLE INITIALLY DEFERRED' : ''} FOR EACH ROW EXECUTE FUNCTION ${table}_elsewhere()`;

describe.each(changes)('$kind, where a trigger writes other rows while a batch writes its own', (change) => {
  const rows = 40;
  const name = (what: string): string => `${what}_${change.kind.replace('-', '_')}`;
  const start = async (table: string): Promise<MigrationUnderTest> => {
    const migration = await migrationUnderTest(db.database, table.replaceAll('_', '-'), {
      table: `public.${table}`,
      change,
    });
    await migration.apply('expand', 'dual-write');
    return migration;
  };
  const create = async (table: string): Promise<void> => {
    await db.sql.query(`CREATE TABLE ${table} (id int PRIMARY KEY, cents int, seen int NOT NULL DEFAULT 0)`);
    await db.sql.query(`INSERT INTO ${table} SELECT g, g FROM generate_series(1, ${rows}) AS g`);
  };

  test.each(['', 'CONSTRAINT'])('the backfill ends with every row equal (%s trigger)', async (timing) => {
    const table = name(timing === '' ? 'chain' : 'late_chain');
    await create(table);
    await db.sql.query(
      writesElsewhere(
        table,
        timing,
        `UPDATE ${table} SET cents = cents + 1000, seen = seen + 1 WHERE id = NEW.id % ${rows} + 1 AND seen < 3`,
      ),
    );
    const migration = await start(table);
    await migration.backfill(1);
    expect(await migration.mismatches(1)).toBe(0);
    const { rows: seen } = await db.sql.query(`SELECT bool_or(seen > 0) AS chained FROM ${table}`);
    expect(seen).toEqual([{ chained: true }]);
  });

  test('what it writes to the new column alone reaches the old one', async () => {
    const table = name('next');
    await create(table);
    const migration = await start(table);
    await db.sql.query(
      writesElsewhere(
        table,
        '',
        `UPDATE ${table} SET units = 7, seen = 1 WHERE id = NEW.id + 20 AND seen = 0`,
      ),
    );
    await migration.backfill(1);
    const sides = (await db.sql.query(`SELECT cents, units::float8 AS units FROM ${table} WHERE seen = 1`))
      .rows;
    expect(sides).toEqual(Array.from({ length: 20 }, () => ({ cents: change.up ? 700 : 7, units: 7 })));
  });
});

describe.each(changes)('$kind, while rows move to other keys', (change) => {
  test('a row that passes by the backfill is written as it moves', async () => {
    const table = `moved_${change.kind.replace('-', '_')}`;
    await db.sql.query(`CREATE TABLE ${table} (id int PRIMARY KEY, cents int)`);
    await db.sql.query(`INSERT INTO ${table} SELECT g, g FROM generate_series(1, 40) AS g`);
    const migration = await migrationUnderTest(db.database, table.replaceAll('_', '-'), {
      table: `public.${table}`,
      change,
    });
    await migration.apply('expand', 'dual-write');
    await migration.cut('backfill', 1);
    const place = { walk: 'backfill', shard: 0, rows: 10 } as const;
    await step(migration, 'batch', place);
    await db.sql.query(`UPDATE ${table} SET id = -id WHERE id > 30`);
    while ((await step(migration, 'batch', place)).state === 'going');
    expect(await migration.mismatches(1)).toBe(0);
  });
});
