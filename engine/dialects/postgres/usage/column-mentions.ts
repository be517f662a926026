import { dependent, type Mention } from '../../../catalog/dependent-objects.ts';
import type { SqlParser } from '../../../database/sql-parser.ts';
import { describeDependents } from '../column-dependents.ts';
import { bodiesNaming, userTriggers } from './catalog-needs.ts';
import type { ColumnPlace } from './old-column.ts';

/**
 * What means a column, or may, and PostgreSQL would let the column go beside: functions whose bodies are text, read as the
 * gates read them, and triggers that are given its name as an argument.
 */
export async function columnMentions(place: ColumnPlace, parser: SqlParser): Promise<readonly Mention[]> {
  const { database, table, column } = place;
  const known = await database.rows(describeDependents(table, column), dependent);
  const triggers = await userTriggers(place);
  const bodies = await bodiesNaming(place, parser);
  return [
    ...bodies.flatMap(({ name, naming }): readonly Mention[] => {
      const what = `function ${name}`;
      if (naming === 'no' || known.some((each) => each.what.startsWith(`${what} of trigger `))) return [];
      const runBy = triggers.filter((each) => each.function === name).map((each) => each.name);
      const trigger = runBy.length > 0;
      return [{ what: trigger ? `${what} of trigger ${runBy.join(', ')}` : what, trigger, naming }];
    }),
    ...triggers
      .filter((each) => each.arguments.includes(column))
      .map(({ name }): Mention => ({
        what: `trigger ${name}, by an argument,`,
        trigger: true,
        naming: 'names',
      })),
  ];
}
