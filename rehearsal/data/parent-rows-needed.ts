import type { Hints } from './check-hints.ts';
import type { ForeignKey, TableDescription, UniqueSet } from './table-description.ts';
import { canBeFresh, isSelfUnique, keysInSet } from './unique-plan.ts';
import { domainHint, finiteSize } from './value-expression.ts';

/** Children per parent, where nothing else is known. */
const children = 10;

/** Whether a foreign key is unique by itself, so that each parent is used once. */
export function isAlone(description: TableDescription, key: ForeignKey): boolean {
  return description.uniqueSets.some(
    (set) =>
      set.columns.every((column) => key.columns.includes(column)) && !differsByItself(description, set),
  );
}

/** How many rows a parent must have so that `rows` children fit their unique sets. `present`: how many it has. */
export function parentRowsNeeded(
  description: TableDescription,
  hints: Hints,
  key: ForeignKey,
  rows: number,
  present: number,
): number {
  const needs = description.uniqueSets
    .filter(
      (set) =>
        set.columns.some((column) => key.columns.includes(column)) && !differsByItself(description, set),
    )
    .map((set) => {
      const others = description.columns.filter((column) => set.columns.includes(column.name));
      const lists = others.map((column) =>
        finiteSize(column.type, domainHint(column.type, hints.get(column.name) ?? {})),
      );
      const combinations = lists.reduce<number>((product, size) => product * (size ?? 1), 1);
      return Math.ceil((rows / combinations) ** (1 / keysInSet(set, description.foreignKeys).length));
    });
  const usual = present > 0 ? 0 : Math.min(rows, Math.max(children, Math.ceil(rows / children)));
  return Math.max(usual, ...needs);
}

/** Whether the set has a column that is ever new, beside the foreign keys. */
function differsByItself({ columns, foreignKeys }: TableDescription, set: UniqueSet): boolean {
  const inKey = new Set(foreignKeys.flatMap((key) => key.columns));
  return columns
    .filter((column) => set.columns.includes(column.name))
    .some(
      (column) =>
        isSelfUnique(column) || column.generated || (!inKey.has(column.name) && canBeFresh(column.type)),
    );
}
