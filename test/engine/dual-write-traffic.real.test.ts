import { EventEmitter, once } from 'node:events';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';
import { oldValueInUnits } from './sample-changes.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());

/** One application process: it writes its own rows for ever and remembers what was acknowledged. */
class Writer {
  /** By row: the last value that the database said yes to. */
  readonly acknowledged = new Map<number, number>();
  readonly failures: string[] = [];
  private stopped = false;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly client: Client,
    private readonly table: string,
    private readonly column: string,
    private readonly ids: readonly number[],
    private readonly inShape: (value: number) => string,
  ) {}

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  /** Resolves when `count` more writes were acknowledged. */
  async wrote(count: number): Promise<void> {
    const goal = this.writes + count;
    while (this.writes < goal && this.failures.length === 0) await once(this.answers, 'answer');
  }

  private writes = 0;
  private readonly answers = new EventEmitter();
  private async run(): Promise<void> {
    for (let value = 1; !this.stopped; value += 1) {
      const id = this.ids[value % this.ids.length] ?? 0;
      const state = await sqlState(
        this.client.query(
          `INSERT INTO ${this.table} (id, ${this.column}) VALUES ($1, ${this.inShape(value)})
           ON CONFLICT (id) DO UPDATE SET ${this.column} = excluded.${this.column}`,
          [id],
        ),
      );
      if (state === 'no error') {
        this.acknowledged.set(id, value);
        this.writes += 1;
      } else this.failures.push(state);
      this.answers.emit('answer');
    }
  }
}

const retyped = {
  table: 'traffic_retyped',
  by: 'key',
  type: 'integer',
  change: oldValueInUnits,
  old: (value: number) => `${value}`,
  new: (value: number) => `${value} / 100.0`,
  read: '(new_value * 100)::int',
  agrees: 'old_value = (new_value * 100)::int',
};
const kinds = [
  {
    table: 'traffic_renamed',
    by: 'key',
    type: 'text',
    change: { kind: 'rename-column', from: 'old_value', to: 'new_value' },
    old: (value: number) => `'${value}'`,
    new: (value: number) => `'${value}'`,
    read: 'new_value::int',
    agrees: 'old_value = new_value',
  },
  retyped,
  { ...retyped, table: 'traffic_by_place', by: 'place' },
];

describe.each(kinds)('writers of $table, running on through every phase', (kind) => {
  const { table, by, type, change } = kind;
  const rows = 3000;
  let migration: MigrationUnderTest;
  let old: readonly Writer[];
  let next: readonly Writer[];

  const writer = async (column: string, at: number, inShape: (value: number) => string): Promise<Writer> => {
    // Each its own rows, some of which are there already; so the last acknowledged value of every row is known.
    const ids = Array.from({ length: 60 }, (_, n) => n * 100 + at);
    return new Writer(await db.connect(), table, column, ids, inShape);
  };
  const all = (): readonly Writer[] => [...old, ...next];
  const afterSomeWrites = (writers: readonly Writer[]) => Promise.all(writers.map((each) => each.wrote(15)));
  const lost = async (writers: readonly Writer[]): Promise<readonly number[]> => {
    const { rows: held } = await db.sql.query(`SELECT id, ${kind.read} AS value FROM ${table}`);
    const values = new Map(held.map(({ id, value }) => [id, value]));
    return writers
      .flatMap(({ acknowledged }) => [...acknowledged].filter(([id, value]) => values.get(id) !== value))
      .map(([id]) => id);
  };

  beforeAll(async () => {
    await db.sql.query(`CREATE TABLE ${table} (id int PRIMARY KEY, old_value ${type})`);
    await db.sql.query(`INSERT INTO ${table} SELECT n, n FROM generate_series(1, ${rows}) AS n`);
    old = await Promise.all([1, 2].map((at) => writer('old_value', at, kind.old)));
    next = await Promise.all([3, 4].map((at) => writer('new_value', at, kind.new)));
    migration = await migrationUnderTest(db.database, table.replaceAll('_', '-'), {
      table: `public.${table}`,
      change,
      backfill: { by, maxBatchRows: 200 },
    });
  });
  afterAll(() => Promise.all(all().map((each) => each.stop())));

  test('no write is lost and none fails until the old name goes away', async () => {
    for (const each of old) each.start();
    await afterSomeWrites(old);
    await migration.apply('expand', 'dual-write');
    for (const each of next) each.start();
    await afterSomeWrites(all());
    await migration.backfill();
    expect(await migration.mismatches()).toBe(0);
    for (let round = 0; round < 3; round += 1) {
      await migration.apply('verify', 'read-switch');
      await afterSomeWrites(all());
      await migration.undo('read-switch', 'verify');
      await afterSomeWrites(all());
    }
    expect(await migration.mismatches()).toBe(0);
    expect(all().flatMap(({ failures }) => failures)).toEqual([]);
  });

  test('while the old name is in quarantine its writers fail loudly and the new ones never do', async () => {
    await migration.apply('verify', 'read-switch', 'quarantine');
    await Promise.all(old.map((each) => each.wrote(1)));
    await afterSomeWrites(next);
    await Promise.all(old.map((each) => each.stop()));
    for (const { failures } of old) {
      expect(failures.length).toBeGreaterThan(0);
      expect([...new Set(failures)]).toEqual(['42703']);
    }
    expect(next.flatMap(({ failures }) => failures)).toEqual([]);
  });

  test('rolled back from there nothing was lost, and both columns agree everywhere', async () => {
    await migration.undo('quarantine', 'read-switch');
    await afterSomeWrites(next);
    await Promise.all(next.map((each) => each.stop()));
    expect(next.flatMap(({ failures }) => failures)).toEqual([]);
    expect(await lost(all())).toEqual([]);
    const { rows: apart } = await db.sql.query(`SELECT id FROM ${table} WHERE (${kind.agrees}) IS NOT TRUE`);
    expect(apart).toEqual([]);
    expect(await migration.mismatches()).toBe(0);
  });
});
