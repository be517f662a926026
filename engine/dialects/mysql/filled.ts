import type { Column } from '../../catalog/facts.ts';
import type { Fill } from '../filled-column.ts';
import type { Repair } from '../rules-sql.ts';
import { charsetOf, type Computed, type TypedColumn } from './computed.ts';
import { columnsIn } from './expression.ts';

/** The columns of a row that an expression names, as a function takes them. */
function namedIn(expression: string, row: readonly Column[]): readonly TypedColumn[] {
  const named = new Set(
    columnsIn(
      expression,
      row.map(({ name }) => name),
    ),
  );
  return row
    .filter(({ name }) => named.has(name))
    .map(({ name, type, collation }) => ({ column: name, type, charset: charsetOf(collation) }));
}

export const computedFill = ({ migration, column, type, collation, expression, row }: Fill): Computed => ({
  migration,
  way: 'fill',
  expression,
  over: namedIn(expression, row),
  to: { column, type, charset: charsetOf(collation) },
});

export function computedRepair({ migration, column, expression, row }: Repair): Computed {
  const its = row.find(({ name }) => name === column);
  if (its === undefined) throw new Error(`no column ${column}`);
  return {
    migration,
    way: 'repair',
    expression,
    over: namedIn(expression, row),
    to: { column, type: its.type, charset: charsetOf(its.collation) },
  };
}
