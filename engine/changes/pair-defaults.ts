import type { Column } from '../catalog/catalog.ts';
import type { Inheritance } from '../catalog/inherited.ts';
import type { ColumnDefault } from '../dialects/column-default.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Pair, PairColumn } from '../dialects/dual-write.ts';
import type { NewColumn } from '../dialects/definitions.ts';
import type { TableName } from '../spec/table-name.ts';
import type { Replacement } from './replacement-refusals.ts';

/** Its values tell as little of the writer as those of a sequence. */
const counted: ColumnDefault = { expression: '', varies: 'at each call', isIdentity: true };

/** The old column as its pair has it. */
export const oldPairColumn = (old: Column, inheritance: Inheritance): PairColumn => ({
  column: old.name,
  type: old.type,
  plain: old.plain,
  default: oldDefault(old, inheritance),
  // A domain that is NOT NULL is asked before any trigger runs, where nothing else fills the column.
  ...(old.touched === true ? { touched: true } : {}),
  ...(inheritance.oldRefusesNull && !old.identity && old.default === null ? { refusesNull: true } : {}),
});

/** What an INSERT leaves in it. */
const oldDefault = (old: Column, { oldDefaultVaries }: Inheritance): ColumnDefault | null => {
  if (old.identity) return counted;
  return old.default === null ? null : { expression: old.default, varies: oldDefaultVaries };
};

/** What one leaves in the column that takes its place. */
export function newDefault(
  replacement: Replacement,
  old: Column,
  inheritance: Inheritance,
): ColumnDefault | null {
  if (old.identity) return counted;
  if (replacement.newDefault !== null)
    return { expression: replacement.newDefault, varies: inheritance.defaultVaries };
  if (old.default === null)
    return inheritance.typeDefault === null
      ? null
      : { expression: inheritance.typeDefault, varies: inheritance.defaultVaries };
  if (replacement.conversion === null)
    return { expression: old.default, varies: inheritance.oldDefaultVaries };
  return inheritance.upDefault === null ? null : { expression: inheritance.upDefault, varies: 'never' };
}

/** What a default that differs at each call leaves to the new columns when the old ones go. */
export const countedDefaults = ({ table, new: columns }: Pair, sql: Dialect): readonly string[] =>
  columns.flatMap(({ column, default: otherwise }) =>
    otherwise?.varies === 'at each call' && otherwise.isIdentity !== true
      ? [sql.columns.setDefault(table, column, otherwise.expression)]
      : [],
  );

/** Gives added columns the default back with which they came. */
export const defaultsBefore = (
  table: TableName,
  added: readonly NewColumn[],
  sql: Dialect,
): readonly string[] =>
  added.map(({ name, default: otherwise }) =>
    otherwise === null
      ? sql.columns.dropDefault(table, name)
      : sql.columns.setDefault(table, name, otherwise),
  );
