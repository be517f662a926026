import type { Dependent } from '../catalog/dependent-objects.ts';
import type { Refusal, Subject } from './kind.ts';
import { takenColumn } from './refusals.ts';
import { declaredIn, replacementRefusals, type Replacement } from './replacement-refusals.ts';

/** What forbids that another column is filled, and takes the name. */
export const swapRefusals = (replacement: Replacement, subject: Subject): readonly Refusal[] => [
  ...replacementRefusals(declaredIn(replacement), subject),
  ...takenColumn(subject, subject.sql.columns.asideName(replacement.from, 'old'), 'change.column'),
];

/**
 * What knows the column by its number: it would stay with the old one when the names are exchanged, and the database does
 * not give such a column another type.
 */
export function boundRefusals(column: string, { table, catalog }: Subject): readonly Refusal[] {
  // A view is made again in the same lock, and so is what the table has itself.
  const bound = catalog.dependents.filter(
    (each) => each.bound && !each.foreignKey && !each.view && !each.remade,
  );
  return bound.map((each) => ({
    key: 'change.column',
    fact: `${each.what} names ${table.name}.${column} in a way that the exchange of names does not reach: it would stay with the old column`,
    remedy: `${instead(each)}; or give the new column a name of its own, with \`to: ${column}_v2\`.`,
  }));
}

/** What keeps its name and its readers meanwhile, where that is possible. */
function instead({ publication, materialized }: Dependent): string {
  if (publication)
    return 'Publish whole rows of the table, without a list or a filter, until the migration has completed (subscribers need all of its columns first, those that it gets for a while too)';
  if (materialized)
    return 'Drop it before and create it again afterwards, for it is filled anew whenever it is made, which no lock should wait for';
  return 'Drop it before and create it again afterwards';
}
