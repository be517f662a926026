import { Client, type ClientBase } from 'pg';
import { identifier, qualified } from '../database/postgres-names.ts';
import { addedValues } from './added-values.ts';
import { keyOf, Keys, type Key } from './keys.ts';
import type { AcknowledgedWrites } from './acknowledged-writes.ts';
import { checkWrites, type CheckOptions, type WritesChecked } from './check-writes.ts';
import { Statements, type ApplicationStatements, type Tokens } from './statements.ts';
import { SplitStatements } from './split-statements.ts';
import { readTarget, type Target } from './target.ts';
import { noRows, TrafficError } from './traffic-error.ts';
import type { TrafficOptions } from './traffic-options.ts';
import { tryRequests, type Possible } from './trial.ts';
import { isAboutNoColumn, writtenShape, type WrittenShape } from './written-shape.ts';
import { newSidePool, pairPool, type ValuePool } from './value-pool.ts';

/** What requests have to know of their table, on any engine. */
export interface TrafficTarget {
  readonly shape: WrittenShape;
  readonly description: { readonly referenced: boolean };
}

/** What must be known before the first request can be sent. */
export interface Preparation {
  readonly target: TrafficTarget;
  readonly statements: ApplicationStatements;
  /** By the table's new name, where it gets one. */
  readonly renamed?: ApplicationStatements | undefined;
  readonly keys: Keys;
  readonly pool: ValuePool;
  readonly possible: Possible;
  readonly tokens: () => Tokens;
  /** Holds promises against the table, on a connection of its own: the database may have been away since. */
  checkWrites(rows: ReturnType<AcknowledgedWrites['all']>, options: CheckOptions): Promise<WritesChecked>;
  close(): Promise<void>;
}

/** More rows than this are not all remembered: a random choice of them gets the traffic. */
const mostKeys = 200_000;

/**
 * Reads the table, makes up values, and tries each kind of request in a transaction that is rolled back.
 * @throws TrafficError for a table that is empty, or has no key to write to its rows by
 */
export async function prepare(options: TrafficOptions): Promise<Preparation> {
  const client = await connected(options.databaseUrl);
  try {
    return await prepared(client, options);
  } catch (error) {
    await client.end();
    throw error;
  }
}

async function prepared(client: Client, { table, shape, databaseUrl }: TrafficOptions): Promise<Preparation> {
  const target = await readTarget(client, table, writtenShape(shape));
  const keys = await existingKeys(client, target);
  if (keys.length === 0) throw noRows(table);
  const great = (Math.floor(Date.now() / 1000) % 1_000_000) * 10_000;
  let small = 0;
  const tokens = (): Tokens => ({ small: (small += 1), great: great + small });
  const pool = await valuePool(client, target, great);
  const statements = statementsOf(target);
  const subject = { target, statements, pool, keys: keys.slice(0, 5), tokens };
  const possible = await tryRequests(asked(client), subject);
  return {
    target,
    statements,
    renamed: target.shape.kind === 'renamed table' ? new Statements(target, target.shape.to) : undefined,
    keys: new Keys(keys),
    pool,
    possible,
    tokens,
    checkWrites: async (rows, options) => {
      const checking = await connected(databaseUrl);
      try {
        return await checkWrites(checking, target, rows, options);
      } finally {
        await checking.end();
      }
    },
    close: () => client.end(),
  };
}

const statementsOf = (target: Target): Statements => {
  const { shape } = target;
  return shape.kind === 'pair' && shape.half !== undefined
    ? new SplitStatements(target, shape.half, shape.new)
    : new Statements(target);
};

const asked =
  (client: ClientBase): Parameters<typeof tryRequests>[0] =>
  async ({ text, values }) => {
    const { rows, rowCount } = await client.query<Record<string, unknown>>(text, [...values]);
    return { rows, rowCount: rowCount ?? 0, generated: null };
  };

async function connected(databaseUrl: string): Promise<Client> {
  const client = new Client({
    connectionString: databaseUrl,
    application_name: 'underpin-rehearsal-control',
  });
  // A lost connection is reported by the query that needs it.
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function valuePool(client: ClientBase, target: Target, great: number): Promise<ValuePool> {
  const { table, shape, columns } = target;
  if (isAboutNoColumn(shape)) return newSidePool([]);
  if (shape.kind === 'added') return newSidePool(await addedValues(client, table, shape));
  const pair = shape.kind === 'leaving' ? withItself(shape) : shape;
  const missing = shape.old.filter(({ column }) => !columns.some(({ name }) => name === column));
  if (missing.length === 0) return pairPool(client, target, pair, great);
  throw new TrafficError(
    table,
    `it has no column ${missing.map(({ column }) => column).join(', ')}`,
    'start the traffic before the migration',
  );
}

/** A column that leaves takes values of its own. */
function withItself({ old, quarantined }: Extract<WrittenShape, { kind: 'leaving' }>): PairShape {
  const itself = old.map(({ column }) => identifier(column));
  return { kind: 'pair', old, new: old, up: itself, down: itself, quarantined };
}
type PairShape = Extract<WrittenShape, { kind: 'pair' }>;

async function existingKeys(client: ClientBase, { table, key }: Target): Promise<Key[]> {
  const { rows: counts } = await client.query<{ count: string }>(
    `SELECT count(*) AS count FROM ${qualified(table)}`,
  );
  const share = mostKeys / Math.max(1, Number(counts[0]?.count));
  const columns = key.map(({ name }) => `${identifier(name)}::text`);
  const { rows } = await client.query<{ key: readonly string[] }>(
    `SELECT ARRAY[${columns.join(', ')}] AS key FROM ${qualified(table)} ${share < 1 ? 'WHERE random() < $1' : 'WHERE $1::float8 > 0'}`,
    [share],
  );
  return rows.map((row) => keyOf(row.key));
}
