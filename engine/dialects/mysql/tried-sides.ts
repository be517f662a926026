import { column } from '../../catalog/facts.ts';
import type { InheritedFacts } from '../../catalog/inherited-facts.ts';
import type { Database } from '../../database/database.ts';
import { StatementRefused } from '../../database/errors.ts';
import type { Sides } from '../inspector.ts';
import { describeColumns } from './catalog.ts';
import { carriedIndex, otherUnique } from './heir-indexes.ts';
import { addIndexAction } from './indexes.ts';
import { refusalOfAction, triedName, tryActions } from './ladder.ts';
import { refuseType } from './pair.ts';
import { identifier } from './quote.ts';

/** What the author's answers become, on an empty copy that has the new columns. Raises what MySQL says against them. */
export async function triedSides(
  database: Database,
  { table, old, new: columns, answers }: Sides,
): Promise<readonly InheritedFacts[]> {
  // Each is seen by an expression, where one that only gets another name is not.
  for (const { name, type } of await database.rows(describeColumns(table), column))
    if (old.some((each) => each.name === name)) refuseType(table, name, type);
  const unique = answers.find((each) => each.unique);
  if (unique !== undefined) throw otherUnique(unique.name);
  // A check of the old columns has been refused before.
  const indexes = answers.filter(({ kind }) => kind === 'index');
  const tried = await tryActions(database, table, [
    ...columns.map(({ name, type }) => ({ sql: `ADD COLUMN ${identifier(name)} ${type} NULL`, name })),
    ...indexes.map(({ definition }, at) => {
      const name = `${triedName}_${at}`;
      return { sql: addIndexAction({ name, unique: false, definition }), name };
    }),
  ]);
  const refused = tried.map(refusalOfAction).find((says) => says !== undefined);
  if (refused !== undefined) throw new StatementRefused(refused);
  return indexes.map(({ name, definition }, at) =>
    carriedIndex({
      name,
      unique: false,
      definition: tried[columns.length + at]?.index ?? definition,
    }),
  );
}
