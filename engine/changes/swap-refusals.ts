import type { Refusal, Subject } from './kind.ts';
import { takenColumn } from './refusals.ts';

/** What would stay with the old column when the names are exchanged, for it knows it by its number. */
export function swapRefusals(column: string, subject: Subject): readonly Refusal[] {
  const { table, catalog, sql } = subject;
  const bound = catalog.dependents.filter((each) => each.bound && !each.foreignKey);
  return [
    ...takenColumn(subject, sql.columns.asideName(column, 'old'), 'change.column'),
    ...bound.map(({ what }) => ({
      key: 'change.column',
      fact: `${what} names ${table.name}.${column} in a way that the exchange of names does not reach: it would stay with the old column`,
      remedy: `Drop it before and create it again afterwards; or give the new column a name of its own, with \`to: ${column}_v2\`.`,
    })),
  ];
}
