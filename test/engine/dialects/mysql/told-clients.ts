import type { Connection } from 'mysql2/promise';
import { expect } from 'vitest';
import type { MigrationUnderTest } from '../../migration-under-test.ts';
import type { MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { rowsOf } from './renames.ts';

/** How an application knows a fact: by the old side, by the new one, or by both. */
type Knows = 'old' | 'new' | 'both';

/** A table that lives through a migration, and how a fact stands in its columns. */
export interface LiveTable {
  readonly table: string;
  readonly old: (value: string) => Readonly<Record<string, string>>;
  readonly new: (value: string) => Readonly<Record<string, string>>;
  /** The fact of a row that an application inserts without it. */
  readonly none: string;
}

/** What clients were told: the fact of each row, or that there is none. */
type Told = Map<number, string | undefined>;

interface Client {
  readonly connection: Connection;
  readonly of: LiveTable;
  /** Rows are a client's own, so that it knows what was last. */
  readonly owns: { readonly first: number; readonly rows: number };
  readonly told: Told;
  /** A number from 0 to under 1. */
  readonly draw: () => number;
  readonly knows: () => Knows;
}

/** One random write of a client's, by the columns that it knows; `told` has what it was told. */
async function writeOnce({ connection, of, owns, told, draw, knows }: Client): Promise<void> {
  const { table } = of;
  const id = owns.first + Math.floor(draw() * owns.rows);
  const value = `v${Math.floor(draw() * 1e9).toString(36)}${draw() < 0.3 ? 'Ü' : ''}`;
  const by = knows();
  const sides = { ...(by === 'new' ? {} : of.old(value)), ...(by === 'old' ? {} : of.new(value)) };
  const columns = Object.keys(sides);
  const each = Object.values(sides);
  const list = columns.map((column) => `\`${column}\``).join(', ');
  const values = columns.map(() => '?').join(', ');
  const set = columns.map((column) => `\`${column}\` = ?`).join(', ');
  const kinds = [
    async () => {
      const [done] = await connection.query(`UPDATE ${table} SET ${set} WHERE id = ?`, [...each, id]);
      return Reflect.get(done, 'affectedRows') === 0 ? told.get(id) : value;
    },
    async () => {
      const again = columns.map((column) => `\`${column}\` = VALUES(\`${column}\`)`).join(', ');
      await connection.query(
        `INSERT INTO ${table} (id, ${list}) VALUES (?, ${values}) ON DUPLICATE KEY UPDATE ${again}`,
        [id, ...each],
      );
      return value;
    },
    async () => {
      await connection.query(`REPLACE INTO ${table} (id, ${list}) VALUES (?, ${values})`, [id, ...each]);
      return value;
    },
    async () => {
      await connection.query(`DELETE FROM ${table} WHERE id = ?`, [id]);
      return undefined;
    },
    async () => {
      // It leaves the fact out: an existing row keeps its own.
      await connection.query(`INSERT INTO ${table} (id, n) VALUES (?, 1) ON DUPLICATE KEY UPDATE n = n + 1`, [
        id,
      ]);
      return told.get(id) ?? of.none;
    },
  ];
  const write = kinds[Math.floor(draw() * kinds.length)] ?? kinds[0];
  try {
    told.set(id, await write?.());
  } catch (error) {
    // A deadlock is told to the client, and has changed nothing.
    if (Reflect.get(Object(error), 'errno') !== 1213) throw error;
  }
}

/**
 * Three clients write while the migration goes to its read switch, back to its beginning, and to its end. Then every row has
 * what its client was told last.
 */
export async function expectToldTruth(
  db: MysqlUnderTest,
  of: LiveTable,
  plan: () => Promise<MigrationUnderTest>,
): Promise<void> {
  const told: Told = new Map();
  for (let id = 1; id <= 400; id += 1) {
    const sides = of.old(`first${id}`);
    const columns = Object.keys(sides);
    await db.sql.query(
      `INSERT INTO ${of.table} (id, ${columns.join(', ')}) VALUES (?, ${columns.map(() => '?').join(', ')})`,
      [id, ...Object.values(sides)],
    );
    told.set(id, `first${id}`);
  }
  let known: readonly Knows[] = ['old'];
  const writes = [0, 0, 0];
  const over = new AbortController();
  const clients = [0, 1, 2].map(async (at) => {
    const connection = await db.connect();
    let seed = at + 1;
    const draw = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
    const owns = { first: 1 + at * 150, rows: 150 };
    const knows = () => known[Math.floor(draw() * known.length)] ?? 'old';
    while (!over.signal.aborted) {
      await writeOnce({ connection, of, owns, told, draw, knows });
      writes[at] = (writes[at] ?? 0) + 1;
    }
  });
  // Each client ends what it was about, by the columns that it knew, and goes on.
  const during = async (work: Promise<unknown>) => {
    const least = writes.map((made) => made + 20);
    await work;
    const behind = () => writes.filter((made, at) => made < (least[at] ?? 0)).length;
    await expect.poll(behind, { timeout: 60_000 }).toBe(0);
  };
  const migration = await plan();
  try {
    const everybody: readonly Knows[] = ['old', 'new', 'both'];
    for (const round of ['rolled back', 'completed'] as const) {
      await during(migration.apply('expand', 'dual-write'));
      known = everybody;
      await during(migration.backfill(3));
      expect(await migration.mismatches()).toBe(0);
      await during(migration.apply('verify', 'read-switch'));
      expect(await migration.mismatches()).toBe(0);
      if (round === 'completed') break;
      known = ['old'];
      await during(Promise.resolve());
      await during(migration.undo('read-switch', 'verify', 'backfill', 'dual-write', 'expand'));
    }
    known = ['new'];
    await during(Promise.resolve());
    await during(migration.apply('contract'));
  } finally {
    over.abort();
    await Promise.all(clients);
  }
  const expected = [...told]
    .flatMap(([id, value]) => (value === undefined ? [] : [[id, ...Object.values(of.new(value))] as const]))
    .toSorted(([one], [other]) => one - other);
  const columns = Object.keys(of.new(''));
  expect(await rowsOf(db, `SELECT id, ${columns.join(', ')} FROM ${of.table} ORDER BY id`)).toEqual(expected);
}
