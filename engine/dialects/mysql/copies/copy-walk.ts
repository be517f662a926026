import { comparing, type ComparingWalk, type WritingWalk } from '../../../plan/walk.ts';
import type { TableName } from '../../../spec/table-name.ts';
import type { KeyColumn } from '../../inspector.ts';
import type { RetypedCopy } from '../../retyped-copy.ts';
import { keptKey, keyValue, type KeyValue } from '../key-values.ts';
import { identifier, qualifiedName } from '../quote.ts';
import { keyBound, keyComparison, walkCalls } from '../walk.ts';
import { mostListed } from '../../walk-sql.ts';
import { namesOf } from './copied-names.ts';
import { asItIs, writtenColumns } from './mirror.ts';
import { sameInCopy } from './same-in-copy.ts';

interface Sides {
  readonly copy: RetypedCopy;
  readonly from: TableName;
  readonly to: TableName;
  readonly key: readonly KeyColumn[];
}

/** Copies the table's rows, and compares both sides. */
export function copyWalk(copy: RetypedCopy): WritingWalk {
  const { table, fresh } = namesOf(copy.table);
  return walkOf({ copy, from: table, to: fresh, key: copy.key });
}

/** Once the names are exchanged. */
export function compareSwapped(copy: RetypedCopy): ComparingWalk {
  const { table, aside } = namesOf(copy.table);
  const key = copy.key.map((each) => (each.name === copy.column.name ? { ...each, type: copy.type } : each));
  return comparing(walkOf({ copy, from: table, to: aside, key }));
}

/**
 * The rows of a range are read under a lock that their writers wait for, and the newest version of each is what is copied: one that is
 * changed later finds its copy. A range that is compared ends where the next one begins, so that a row of the copy alone lies in
 * one of them; those before the first row of the table and behind its last count too.
 */
function walkOf({ copy, from, to, key: columns }: Sides): WritingWalk {
  const [s, t] = ['s', 't'].map((alias) => columns.map((column) => keyValue(column, `${alias}.`)));
  if (s === undefined || t === undefined) throw new Error('two sides of a walk');
  const batch = copied({ copy, from, to, key: columns });
  return walkCalls({
    ...ends(from, to, columns),
    ...lastAndNext(from, columns),
    between: between(from, to, columns),
    write: batch(`${keyComparison(s, '>', 'lo', true)}\n  AND ${keyComparison(s, '<', 'hi', true)}`),
    count: `SELECT COUNT(*) INTO @underpin_rows FROM ${qualifiedName(from)} AS s
WHERE ${keyComparison(s, '>', 'lo', true)}\n  AND ${keyComparison(s, '<', 'hi', true)}`,
    compare: comparison({ copy, from, to, key: columns }, s, t),
    list: differing({ copy, from, to, key: columns }, s, t),
    one: batch(s.map((each, at) => `${each.column} = ${keyBound(each, at, 'lo')}`).join(' AND ')),
  });
}

function copied({ copy, from, to, key }: Sides): (where: string) => string {
  const columns = writtenColumns(copy).map(identifier);
  const values = columns.map((column) => `s.${column}`).join(', ');
  const again = columns.map((column) => `${column} = s.${column}`).join(', ');
  return (where) =>
    [
      `INSERT /*+ SET_VAR(sql_mode = '${asItIs}') */ INTO ${qualifiedName(to)} (${columns.join(', ')})`,
      `SELECT ${values}`,
      `FROM ${qualifiedName(from)} AS s`,
      `WHERE ${where}`,
      `ORDER BY ${listOf(key, 's')}`,
      'FOR SHARE',
      `ON DUPLICATE KEY UPDATE ${again}`,
    ].join('\n');
}

const untilNext = (key: readonly KeyValue[]): string =>
  `${keyComparison(key, '>', 'lo', true)}
    AND ${keyComparison(key, '<', 'end', true)}
    AND NOT (@underpin_next IS NOT NULL AND ${key.map((each, at) => `${each.column} = ${keyBound(each, at, 'end')}`).join(' AND ')})`;

const joinedOn = (s: readonly KeyValue[], t: readonly KeyValue[]): string =>
  s.map(({ column }, at) => `${column} = ${t[at]?.column ?? ''}`).join(' AND ');

function equalIn(copy: RetypedCopy): string {
  const written = new Set(writtenColumns(copy));
  return copy.columns
    .filter(({ name }) => written.has(name))
    .map(({ name, type }) => sameInCopy(`s.${identifier(name)}`, `t.${identifier(name)}`, type))
    .join('\n    AND ');
}

function differing({ copy, from, to, key }: Sides, s: readonly KeyValue[], t: readonly KeyValue[]): string {
  const on = joinedOn(s, t);
  return `SELECT ${listOf(key, 's')}
FROM ${qualifiedName(from)} AS s LEFT JOIN ${qualifiedName(to)} AS t ON ${on}
WHERE NOT (${equalIn(copy)})
UNION ALL
SELECT ${listOf(key, 't')}
FROM ${qualifiedName(to)} AS t LEFT JOIN ${qualifiedName(from)} AS s ON ${on}
WHERE ${s[0]?.column ?? ''} IS NULL
LIMIT ${mostListed}`;
}

function comparison({ copy, from, to }: Sides, s: readonly KeyValue[], t: readonly KeyValue[]): string {
  const on = joinedOn(s, t);
  const equal = equalIn(copy);
  return `SELECT l.total, l.wrong + r.more INTO @underpin_rows, @underpin_changed
FROM (
  SELECT COUNT(*) AS total, COALESCE(SUM(NOT (${equal})), 0) AS wrong
  FROM ${qualifiedName(from)} AS s LEFT JOIN ${qualifiedName(to)} AS t ON ${on}
  WHERE ${untilNext(s)}
) AS l CROSS JOIN (
  SELECT COUNT(*) AS more
  FROM ${qualifiedName(to)} AS t LEFT JOIN ${qualifiedName(from)} AS s ON ${on}
  WHERE ${untilNext(t)}
    AND ${s[0]?.column ?? ''} IS NULL
) AS r`;
}

const listOf = (key: readonly KeyColumn[], alias: string, direction = ''): string =>
  key.map(({ name }) => `${alias}.${identifier(name)}${direction}`).join(', ');

/** Of both tables together. */
function ends(from: TableName, to: TableName, key: readonly KeyColumn[]) {
  const u = key.map((column) => keyValue(column, 'u.'));
  const s = key.map((column) => keyValue(column, 's.'));
  const endmost = (direction: '' | ' DESC', where = ''): string => {
    const each = [from, to].map(
      (table) =>
        `(SELECT ${listOf(key, 's')} FROM ${qualifiedName(table)} AS s${where} ORDER BY ${listOf(key, 's', direction)} LIMIT 1)`,
    );
    return `SELECT ${keptKey(u)} INTO @underpin_hi FROM (\n  ${each.join('\n  UNION ALL\n  ')}\n) AS u\nORDER BY ${listOf(key, 'u', direction)} LIMIT 1`;
  };
  return {
    first: endmost(''),
    above: endmost('', ` WHERE ${keyComparison(s, '>', 'lo', false)}`),
    end: endmost(' DESC'),
  };
}

function lastAndNext(from: TableName, key: readonly KeyColumn[]) {
  const s = key.map((column) => keyValue(column, 's.'));
  const upper = keyComparison(s, '<', 'upper', true);
  return {
    last: `SELECT ${keptKey(s)} INTO @underpin_hi FROM ${qualifiedName(from)} AS s
WHERE ${keyComparison(s, '>', 'lo', true)}\n  AND ${upper}
ORDER BY ${listOf(key, 's')} LIMIT ?, 1`,
    next: `SELECT ${keptKey(s)} INTO @underpin_next FROM ${qualifiedName(from)} AS s
WHERE ${keyComparison(s, '>', 'hi', false)}\n  AND ${upper}
ORDER BY ${listOf(key, 's')} LIMIT 1`,
  };
}

/** Whole numbers are cut evenly between the first and the last of either table; any other key makes one shard. */
function between(from: TableName, to: TableName, key: readonly KeyColumn[]): string {
  const [only, ...more] = key.map((column) => keyValue(column, 's.'));
  if (only === undefined || more.length > 0 || !only.isWhole) return '';
  const of = (table: TableName): string =>
    `SELECT CAST(MIN(${only.column}) AS DECIMAL(65, 0)) AS least, CAST(MAX(${only.column}) AS DECIMAL(65, 0)) AS most FROM ${qualifiedName(table)} AS s`;
  return `SELECT JSON_ARRAY(CAST(FLOOR(MIN(u.least) + (MAX(u.most) - MIN(u.least)) * @underpin_shard / @underpin_shards) AS CHAR))
INTO @underpin_hi FROM (
  ${of(from)}
  UNION ALL
  ${of(to)}
) AS u`;
}
