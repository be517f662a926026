import type { WritingWalk } from '../../plan/walk.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { KeyColumn } from '../inspector.ts';
import { mostListed } from '../walk-sql.ts';
import { keptKey, keyValue, type KeyValue } from './key-values.ts';
import { callParameter } from './procedure.ts';
import { literal, qualifiedName } from './quote.ts';
import {
  type Bound,
  batchProcedure,
  checkProcedure,
  cutProcedure,
  skipProcedure,
  sweepProcedure,
} from './walk-procedures.ts';

/** What the walk compares and writes in each row. */
export interface Target {
  /** For the optimizer, behind the word UPDATE. */
  readonly hint?: string;
  readonly assigned: string;
  /** True for a row that backfill still has to write. */
  readonly unfilled: string;
}

const inRange = (from: string, to: string): string => `${from}\n  AND ${to}`;

const ofWalk = [':migration', ':purpose', ':start', ':n'];
const ofShard = [...ofWalk, ':shard', ':epoch', ':rows', ':lock_timeout'];

/**
 * The calls that walk a table by its key. Each carries its statements, which find their bounds in variables of the session:
 * MySQL takes those for constants, and goes by the key's index.
 */
export function walkStatements(
  { schema, name }: TableName,
  columns: readonly KeyColumn[],
  { hint, assigned, unfilled }: Target,
): WritingWalk {
  const table = qualifiedName({ schema, name });
  const key = columns.map((column) => keyValue(column));
  const order = (direction = ''): string => key.map(({ column }) => `${column}${direction}`).join(', ');
  const kept = keptKey(key);
  const whole = inRange(keyComparison(key, '>', 'lo', true), keyComparison(key, '<', 'hi', true));
  const last = `SELECT ${kept} INTO @underpin_hi FROM ${table}
WHERE ${inRange(keyComparison(key, '>', 'lo', true), keyComparison(key, '<', 'upper', true))}
ORDER BY ${order()} LIMIT ?, 1`;
  const next = `SELECT ${kept} INTO @underpin_next FROM ${table}
WHERE ${inRange(keyComparison(key, '>', 'hi', false), keyComparison(key, '<', 'upper', true))}
ORDER BY ${order()} LIMIT 1`;
  const update = `UPDATE ${hint === undefined ? '' : `${hint} `}${table}\nSET ${assigned}`;
  const write = `${update}\nWHERE ${whole}\n  AND ${unfilled}`;
  const compare = `SELECT COUNT(*), COALESCE(SUM(${unfilled}), 0) INTO @underpin_rows, @underpin_changed\nFROM ${table}\nWHERE ${whole}`;
  const count = `SELECT COUNT(*) INTO @underpin_rows FROM ${table}\nWHERE ${whole}`;
  const first = `SELECT ${kept} INTO @underpin_hi FROM ${table}\nORDER BY ${order()} LIMIT 1`;
  const above = `SELECT ${kept} INTO @underpin_hi FROM ${table}
WHERE ${keyComparison(key, '>', 'lo', false)}
ORDER BY ${order()} LIMIT 1`;
  const end = `SELECT ${kept} INTO @underpin_hi FROM ${table}\nORDER BY ${order(' DESC')} LIMIT 1`;
  const one = `${update}\nWHERE ${key.map((each, at) => `${each.column} = ${keyBound(each, at, 'lo')}`).join(' AND ')}\n  AND ${unfilled}`;
  const list = `SELECT ${order()} FROM ${table} WHERE ${unfilled} LIMIT ${mostListed}`;
  return walkCalls({
    first,
    above,
    end,
    between: between(table, key),
    last,
    next,
    write,
    count,
    compare,
    one,
    list,
  });
}

/** What a walk does at each step, as statements over the session's variables. */
interface WalkSteps {
  readonly first: string;
  readonly above: string;
  readonly end: string;
  readonly between: string;
  readonly last: string;
  readonly next: string;
  readonly write: string;
  readonly count: string;
  readonly compare: string;
  readonly one: string;
  readonly list: string;
}

export function walkCalls(steps: WalkSteps): WritingWalk {
  const { first, above, end, between: cutAt, last, next, write, count, compare, one, list } = steps;
  const call = `:${callParameter}`;
  const range = [last, next].map(literal);
  return {
    cut: cutProcedure.call(call, ...ofWalk, ':epoch', ':shards', ...[first, above, end, cutAt].map(literal)),
    batch: batchProcedure.call(call, ...ofShard, ...range, literal(write), literal(count)),
    check: checkProcedure.call(call, ...ofShard, ...range, literal(compare)),
    skip: skipProcedure.call(call, ...ofShard, ...range, ':sqlstate'),
    sweep: sweepProcedure.call(call, ':migration', ':epoch', ':key', ':lock_timeout', literal(one)),
    list,
  };
}

export const keyBound = (value: KeyValue, at: number, side: Bound): string =>
  value.had(`@underpin_${side}_${at}`);

/** Key by key: MySQL reads no index range out of a comparison of rows. */
export function keyComparison(
  key: readonly KeyValue[],
  sign: '<' | '>',
  side: Bound,
  orEqual: boolean,
): string {
  const [first, ...rest] = key.map((value, at) => ({ value, at }));
  if (first === undefined) throw new Error('a key without columns');
  const terms = (from: typeof first, more: readonly (typeof first)[]): string => {
    const is = `${from.value.column} ${sign}`;
    const its = keyBound(from.value, from.at, side);
    const [next, ...others] = more;
    if (next === undefined) return `${is}${orEqual ? '=' : ''} ${its}`;
    return `(${is} ${its} OR (${from.value.column} = ${its} AND ${terms(next, others)}))`;
  };
  return terms(first, rest);
}

/** Whole numbers are cut evenly between the first and the last; any other key makes one shard. */
function between(table: string, key: readonly KeyValue[]): string {
  const [only, ...more] = key;
  if (only === undefined || more.length > 0 || !only.isWhole) return '';
  const ends = (which: 'MIN' | 'MAX'): string => `CAST(${which}(${only.column}) AS DECIMAL(65, 0))`;
  return `SELECT JSON_ARRAY(CAST(FLOOR(${ends('MIN')} + (${ends('MAX')} - ${ends('MIN')}) * @underpin_shard / @underpin_shards) AS CHAR))
INTO @underpin_hi FROM ${table}`;
}
