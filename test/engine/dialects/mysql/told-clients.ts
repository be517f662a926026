import type { Connection } from 'mysql2/promise';
import { expect } from 'vitest';
import type { MigrationUnderTest } from '../../migration-under-test.ts';
import type { MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { rowsOf } from './renames.ts';

/** How an application knows a fact: by the old side, by the new one, or by both. */
type Knows = 'old' | 'new' | 'both';
type Written = Readonly<Record<string, string>>;

/** A table that lives through a migration, and how a fact stands in its columns. */
export interface LiveTable {
  readonly table: string;
  readonly old: (value: string, id: number) => Written;
  readonly new: (value: string, id: number) => Written;
  /** The fact of a row that an application inserts without it. */
  readonly none: string;
  /** What who knows the new side alone writes beside a row's number, where it leaves the fact out. */
  readonly bare?: (id: number) => Written;
}

/** What clients were told: the fact of each row, or that there is none. */
type Told = Map<number, string | undefined>;

/** How clients reach their server, and what becomes of a connection that it loses. */
export interface Server {
  connect(): Promise<Connection>;
  /** Resolves when it is back; without it, it is not to go away. */
  readonly back?: () => Promise<void>;
}

interface Client {
  connection: Connection;
  readonly of: LiveTable;
  /** Rows are a client's own, so that it knows what was last. */
  readonly owns: { readonly first: number; readonly rows: number };
  readonly told: Told;
  /** A number from 0 to under 1. */
  readonly draw: () => number;
  readonly knows: () => Knows;
  /** The side in which every row holds its fact. */
  readonly authority: () => 'old' | 'new';
}

interface Write {
  readonly id: number;
  /** What the row's fact is afterwards; told where a row has to be there for it. */
  readonly fact: string | undefined;
  readonly sql: string;
  readonly values: readonly (string | number)[];
  readonly needsRow?: true;
}

/** One random write of a client's, by the columns that it knows. */
function drawWrite({ of, owns, told, draw }: Client, by: Knows): Write {
  const { table } = of;
  const id = owns.first + Math.floor(draw() * owns.rows);
  const value = `v${Math.floor(draw() * 1e9).toString(36)}${draw() < 0.3 ? 'Ü' : ''}`;
  const sides = { ...(by === 'new' ? {} : of.old(value, id)), ...(by === 'old' ? {} : of.new(value, id)) };
  const columns = Object.keys(sides);
  const each = Object.values(sides);
  const list = columns.map((column) => `\`${column}\``).join(', ');
  const places = columns.map(() => '?').join(', ');
  const set = columns.map((column) => `\`${column}\` = ?`).join(', ');
  const again = columns.map((column) => `\`${column}\` = VALUES(\`${column}\`)`).join(', ');
  const into = `INTO ${table} (id, ${list}) VALUES (?, ${places})`;
  // It leaves the fact out: an existing row keeps its own.
  const bare = { n: 1, ...(by === 'new' ? of.bare?.(id) : {}) };
  const named = Object.keys(bare).join(', ');
  const bareSql = `INSERT INTO ${table} (id, ${named}) VALUES (?, ${Object.keys(bare)
    .map(() => '?')
    .join(', ')}) ON DUPLICATE KEY UPDATE n = n + 1`;
  const writes: readonly Write[] = [
    {
      id,
      fact: value,
      sql: `UPDATE ${table} SET ${set} WHERE id = ?`,
      values: [...each, id],
      needsRow: true,
    },
    { id, fact: value, sql: `INSERT ${into} ON DUPLICATE KEY UPDATE ${again}`, values: [id, ...each] },
    { id, fact: value, sql: `REPLACE ${into}`, values: [id, ...each] },
    { id, fact: undefined, sql: `DELETE FROM ${table} WHERE id = ?`, values: [id] },
    { id, fact: told.get(id) ?? of.none, sql: bareSql, values: [id, ...Object.values(bare)] },
  ];
  const [first, ...others] = writes;
  const drawn = [first, ...others][Math.floor(draw() * writes.length)] ?? first;
  if (drawn === undefined) throw new Error('no write was drawn');
  return drawn;
}

/** `told` has what the client was told. */
async function writeOnce(client: Client, server: Server): Promise<void> {
  const { told } = client;
  const by = client.knows();
  const { id, fact, sql, values, needsRow } = drawWrite(client, by);
  try {
    const [done] = await client.connection.query(sql, [...values]);
    if (needsRow !== true || Reflect.get(done, 'affectedRows') !== 0) told.set(id, fact);
  } catch (error) {
    // A deadlock is told to the client, and has changed nothing.
    if (Reflect.get(Object(error), 'errno') === 1213) return;
    if (server.back === undefined || Reflect.get(Object(error), 'fatal') !== true) throw error;
    await server.back();
    client.connection = await server.connect();
    await readAgain(client, id, fact);
  }
}

/** Nobody has told the client what became of its write: the row has it, or what it had before. */
async function readAgain(
  { connection, of, told, authority }: Client,
  id: number,
  fact: string | undefined,
): Promise<void> {
  const side = of[authority()];
  const columns = Object.keys(side('', id)).join(', ');
  const [found] = await connection.query({
    sql: `SELECT ${columns} FROM ${of.table} WHERE id = ${id}`,
    rowsAsArray: true,
  });
  const row: unknown = Array.isArray(found) ? found[0] : undefined;
  const asWritten = (value: string | undefined): unknown =>
    value === undefined ? undefined : Object.values(side(value, id));
  expect([asWritten(told.get(id)), asWritten(fact)]).toContainEqual(row);
  if (JSON.stringify(row) === JSON.stringify(asWritten(fact))) told.set(id, fact);
}

/** Three applications that write all the while. */
export interface LiveClients {
  /** Whom they write by from their next write on. */
  know(...sides: readonly Knows[]): void;
  /** Does the work; then each client has ended what it was about, by the columns that it knew, and has gone on. */
  during(this: void, work: Promise<unknown>): Promise<void>;
  end(): Promise<void>;
  /** Every row of theirs has what its client was told last. */
  expectTold(db: Pick<MysqlUnderTest, 'sql'>, side: 'old' | 'new'): Promise<void>;
}

/** With 400 rows of theirs. */
export async function startClients(
  { sql }: Pick<MysqlUnderTest, 'sql'>,
  of: LiveTable,
  server: Server,
): Promise<LiveClients> {
  const told: Told = new Map();
  for (let id = 1; id <= 400; id += 1) {
    const sides = of.old(`first${id}`, id);
    const columns = Object.keys(sides);
    await sql.query(
      `INSERT INTO ${of.table} (id, ${columns.join(', ')}) VALUES (?, ${columns.map(() => '?').join(', ')})`,
      [id, ...Object.values(sides)],
    );
    told.set(id, `first${id}`);
  }
  let known: readonly Knows[] = ['old'];
  const writes = [0, 0, 0];
  const over = new AbortController();
  const clients = [0, 1, 2].map(async (at) => {
    let seed = at + 1;
    const draw = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
    const client: Client = {
      connection: await server.connect(),
      of,
      owns: { first: 1 + at * 150, rows: 150 },
      told,
      draw,
      knows: () => known[Math.floor(draw() * known.length)] ?? 'old',
      authority: () => (known.every((side) => side === 'new') ? 'new' : 'old'),
    };
    while (!over.signal.aborted) {
      await writeOnce(client, server);
      writes[at] = (writes[at] ?? 0) + 1;
    }
  });
  const ended = Promise.all(clients);
  // Whoever fails is heard by who waits for its next write, and at the end.
  ended.catch(() => over.abort());
  return {
    know: (...sides) => {
      known = sides;
    },
    during: async (work) => {
      const least = writes.map((made) => made + 20);
      await work;
      if (over.signal.aborted) await ended;
      const behind = () => writes.filter((made, at) => made < (least[at] ?? 0)).length;
      await Promise.race([ended, expect.poll(behind, { timeout: 60_000 }).toBe(0)]);
    },
    end: async () => {
      over.abort();
      await ended;
    },
    expectTold: async (db, side) => {
      const columns = Object.keys(of[side]('', 0));
      const expected = [...told]
        .flatMap(([id, value]) =>
          value === undefined ? [] : [[id, ...Object.values(of[side](value, id))] as const],
        )
        .toSorted(([one], [other]) => one - other);
      const found = await rowsOf(
        db,
        `SELECT id, ${columns.join(', ')} FROM ${of.table} WHERE id <= 450 ORDER BY id`,
      );
      expect(found).toEqual(expected);
    },
  };
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
  const clients = await startClients(db, of, { connect: () => db.connect() });
  const { during } = clients;
  try {
    const migration = await plan();
    for (const round of ['rolled back', 'completed'] as const) {
      await during(migration.apply('expand', 'dual-write'));
      clients.know('old', 'new', 'both');
      await during(migration.backfill(3));
      expect(await migration.mismatches()).toBe(0);
      await during(migration.apply('verify', 'read-switch'));
      expect(await migration.mismatches()).toBe(0);
      if (round === 'completed') break;
      clients.know('old');
      await during(Promise.resolve());
      await during(migration.undo('read-switch', 'verify', 'backfill', 'dual-write', 'expand'));
    }
    clients.know('new');
    await during(Promise.resolve());
    await during(migration.apply('contract'));
  } finally {
    await clients.end();
  }
  await clients.expectTold(db, 'new');
}
