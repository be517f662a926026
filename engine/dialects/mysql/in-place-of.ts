import * as z from 'zod';
import { column, indexFacts, type Inherited } from '../../catalog/facts.ts';
import type { Database } from '../../database/database.ts';
import { PreflightFailed } from '../../database/errors.ts';
import type { TableName } from '../../spec/table-name.ts';
import { describeColumns } from './catalog.ts';
import { partsOf } from './definition.ts';
import { describeHindrances } from './hindrances.ts';
import { describeIndexes } from './indexes.ts';
import { refuseType } from './pair.ts';
import { identifier } from './quote.ts';

interface Places {
  readonly table: TableName;
  readonly from: string;
  readonly to: string;
}

/** A column that is to take another one's place: the same type, and the same indexes. Raises PreflightFailed. */
export async function inPlaceOf(
  database: Database,
  { table, from, to }: Places,
): Promise<readonly Inherited[]> {
  const old = (await database.rows(describeColumns(table), column)).find(({ name }) => name === from);
  if (old === undefined) throw new Error(`no column ${from}`);
  refuseType(table, from, old.type);
  const hindrances = await database.rows(describeHindrances(table, from), z.object({ what: z.string() }));
  const unread = old.definition === null || partsOf(old.definition, old.type) === undefined;
  const reasons = [
    ...hindrances.map(({ what }) => what),
    ...(unread ? ['its default is an expression, or it has more than is carried over'] : []),
    ...(old.touched === true ? ['it is set by every UPDATE'] : []),
  ];
  if (reasons.length > 0)
    throw new PreflightFailed(
      `MySQL: not supported yet: another column in the place of ${table.name}.${from}: ${reasons.join('; ')}. Nothing was changed.`,
    );
  const indexes = (await database.rows(describeIndexes(table), indexFacts)).filter(({ columns }) =>
    columns.includes(from),
  );
  return [
    {
      kind: 'column',
      type: old.type,
      collation: old.collation,
      collates: old.collation,
      plain: old.plain,
      toastable: false,
      defaultVaries: 'never',
      oldDefaultVaries: 'never',
      upDefault: null,
      typeDefault: null,
      rewrites: false,
      oldRefusesNull: false,
    },
    ...indexes.map(({ name, unique, definition }): Inherited => ({
      kind: 'index',
      name,
      unique,
      constraint: false,
      primary: false,
      byDefault: false,
      deferrable: false,
      deferred: false,
      definition: over(definition, from, to),
      identity: false,
      clustered: false,
      comment: null,
      constraintComment: null,
      targets: [],
      keys: [],
      predicate: null,
      nullsDistinct: true,
    })),
  ];
}

/** The same index over the other column; its comment may name the column and stays as it is. */
function over(definition: string, from: string, to: string): string {
  const rest = / COMMENT '/u.exec(definition)?.index ?? definition.length;
  return definition.slice(0, rest).replaceAll(identifier(from), identifier(to)) + definition.slice(rest);
}
