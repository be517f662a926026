import { comparing, type ComparingWalk } from '../../plan/walk.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { Pair } from '../dual-write.ts';
import type { WalkSql } from '../walk-sql.ts';
import type { Fill } from '../filled-column.ts';
import type { KeyColumn } from '../inspector.ts';
import type { Repair } from '../rules-sql.ts';
import { computedValue } from './computed.ts';
import { agreement, conversionOf, convertedValues } from './conversion.ts';
import { computedFill, computedRepair } from './filled.ts';
import { distinct } from './pair.ts';
import { passingHint, unaskedHint } from './passing.ts';
import { identifier } from './quote.ts';
import { walkStatements, type Target } from './walk.ts';

/** A value that every UPDATE sets by itself stays as it is. */
const keeping = ({ assigned, ...target }: Target, touched: readonly string[]): Target => ({
  ...target,
  assigned: [assigned, ...touched.map((column) => `${identifier(column)} = ${identifier(column)}`)].join(
    ', ',
  ),
});

const touchedIn = (row: Fill['row']): readonly string[] =>
  row.filter(({ touched }) => touched === true).map(({ name }) => name);

export const walkOfPair: WalkSql['pair'] = (pair, { touched = [], isKeyed = false } = {}) =>
  walkStatements(pair.table, pair.key, {
    ...keeping(targetOf(pair), touched),
    hint: isKeyed ? unaskedHint : passingHint,
  });

export const walkOfFill: WalkSql['fill'] = (fill) => {
  const value = computedValue(computedFill(fill));
  const column = identifier(fill.column);
  const target = {
    assigned: `${column} = ${value}`,
    unfilled: `${column} IS NULL AND ${value} IS NOT NULL`,
  };
  return walkStatements(fill.table, fill.key, keeping(target, touchedIn(fill.row)));
};

export const walkOfRepair: WalkSql['repair'] = (key, repair: Repair) => {
  const target = {
    assigned: `${identifier(repair.column)} = ${computedValue(computedRepair(repair))}`,
    unfilled: repair.violated,
  };
  const touched = touchedIn(repair.row).filter((name) => name !== repair.column);
  return walkStatements(repair.table, key, keeping(target, touched));
};

/** Finds the rows that break a rule, and writes none. */
export function walkOfRule(table: TableName, key: readonly KeyColumn[], violated: string): ComparingWalk {
  return comparing(walkStatements(table, key, { assigned: '', unfilled: violated }));
}

function targetOf(pair: Pair): Target {
  const old = pair.old.map(({ column }) => identifier(column));
  const next = pair.new.map(({ column }) => identifier(column));
  const conversion = conversionOf(pair);
  const values = conversion === undefined ? old : convertedValues(conversion, 'up', old);
  return {
    assigned: next.map((column, at) => `${column} = ${values[at] ?? ''}`).join(', '),
    unfilled:
      conversion === undefined
        ? pair.old.map(({ type }, at) => distinct(next[at] ?? '', old[at] ?? '', type)).join(' OR ')
        : `NOT (${agreement(conversion, { old, new: next })})`,
  };
}
