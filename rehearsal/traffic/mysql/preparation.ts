import type { Connection } from 'mysql2/promise';
import * as z from 'zod';
import { identifier, qualified, rehearsalConnection } from '../../data/mysql/connection.ts';
import { keyOf, Keys, type Key } from '../keys.ts';
import type { Preparation } from '../preparation.ts';
import type { Tokens } from '../statements.ts';
import { noRows, TrafficError } from '../traffic-error.ts';
import type { TrafficOptions } from '../traffic-options.ts';
import { tryRequests } from '../trial.ts';
import { newSidePool, type ValuePool } from '../value-pool.ts';
import { isAboutNoColumn, writtenShape } from '../written-shape.ts';
import { checkMysqlWrites } from './check-writes.ts';
import { toText } from './column-text.ts';
import { sendQuery } from './pool.ts';
import { MysqlStatements } from './statements.ts';
import { readMysqlTarget, type MysqlTarget } from './target.ts';
import { mysqlAddedPool, mysqlPairPool } from './value-pool.ts';

/** More rows than this are not all remembered: a random choice of them gets the traffic. */
const mostKeys = 200_000;
const control = 'underpin-rehearsal-control';

/** What `prepare` does on PostgreSQL. */
export async function prepareMysql(options: TrafficOptions): Promise<Preparation> {
  const client = await rehearsalConnection(options.databaseUrl, control);
  try {
    return await prepared(client, options);
  } catch (error) {
    await client.end();
    throw error;
  }
}

async function prepared(
  client: Connection,
  { table, shape, databaseUrl }: TrafficOptions,
): Promise<Preparation> {
  const target = await readMysqlTarget(client, table, writtenShape(shape));
  const keys = await existingKeys(client, target);
  if (keys.length === 0) throw noRows(table);
  const great = (Math.floor(Date.now() / 1000) % 1_000_000) * 10_000;
  let small = 0;
  const tokens = (): Tokens => ({ small: (small += 1), great: great + small });
  const pool = await valuePool(client, target, great);
  const statements = new MysqlStatements(target);
  const subject = { target, statements, pool, keys: keys.slice(0, 5), tokens };
  const possible = await tryRequests((query) => sendQuery(client, query), subject);
  return {
    target,
    statements,
    renamed: target.shape.kind === 'renamed table' ? new MysqlStatements(target, target.shape.to) : undefined,
    keys: new Keys(keys),
    pool,
    possible,
    tokens,
    checkWrites: async (rows, options) => {
      const checking = await rehearsalConnection(databaseUrl, control);
      try {
        return await checkMysqlWrites(checking, target, rows, options);
      } finally {
        await checking.end();
      }
    },
    close: () => client.end(),
  };
}

function valuePool(client: Connection, target: MysqlTarget, great: number): ValuePool | Promise<ValuePool> {
  const { table, shape, columns } = target;
  if (shape.kind === 'added') return mysqlAddedPool(shape);
  if (isAboutNoColumn(shape)) return newSidePool([]);
  if (shape.kind === 'kept')
    throw new TrafficError(table, `${shape.kind} has no traffic on MySQL`, 'give --traffic 0');
  const missing = shape.old.filter(({ column }) => !columns.some(({ name }) => name === column));
  if (missing.length > 0)
    throw new TrafficError(
      table,
      `it has no column ${missing.map(({ column }) => column).join(', ')}`,
      'start the traffic before the migration',
    );
  if (shape.kind === 'pair') return mysqlPairPool(client, target, shape, great);
  // A column that leaves takes values of its own, and has no other side.
  const other = shape.old.map(({ type }, at) => ({ column: `underpin_other_${at}`, type }));
  const up = shape.old.map(({ column }) => identifier(column));
  const down = other.map(({ column }) => identifier(column));
  const { old, quarantined } = shape;
  return mysqlPairPool(client, target, { kind: 'pair', old, new: other, up, down, quarantined }, great);
}

async function existingKeys(client: Connection, { table, key, description }: MysqlTarget): Promise<Key[]> {
  const [counts] = await client.query(`SELECT COUNT(*) AS count FROM ${qualified(description.table)}`);
  const [{ count } = { count: 0 }] = z.array(z.object({ count: z.coerce.number() })).parse(counts);
  const share = mostKeys / Math.max(1, count);
  const [rows] = await client.query({
    sql: `SELECT ${key.map((column) => toText(identifier(column.name), column)).join(', ')} FROM ${qualified(table)}${share < 1 ? ` WHERE RAND() < ${share}` : ''}`,
    rowsAsArray: true,
  });
  return z
    .array(z.array(z.union([z.string(), z.number().transform(String)])))
    .parse(rows)
    .map(keyOf);
}
