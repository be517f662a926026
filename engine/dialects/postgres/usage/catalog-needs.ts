import * as z from 'zod';
import { dependent } from '../../../catalog/dependent-objects.ts';
import { describeDependents } from '../column-dependents.ts';
import { describeFunctions, describeNotes, describeUserTriggers } from '../old-shape.ts';
import type { OldShapeMeasured } from '../../../evidence/measured.ts';
import type { SqlParser } from '../../../database/sql-parser.ts';
import { functionNaming, type BodyNaming, type FunctionBody } from '../naming/function-naming.ts';
import { keepingAlias, publishingMeanwhile, type Keeping } from './keeping-table.ts';
import { oldColumn, type ColumnPlace } from './old-column.ts';
import { stuckDependents } from './stuck-dependents.ts';

const body = z.object({
  oid: z.number(),
  name: z.string(),
  language: z.string(),
  text: z.string().nullable(),
  mentionsTable: z.boolean(),
  isOnTable: z.boolean(),
  takesRow: z.boolean(),
  transitionTables: z.array(z.string()),
});

type Needs = Pick<OldShapeMeasured, 'dependents' | 'functions' | 'notes'>;

/** What in the catalog still needs one of the old columns. */
export async function catalogNeeds(places: readonly ColumnPlace[], parser: SqlParser): Promise<Needs> {
  const each: Needs[] = [];
  for (const place of places) each.push(await needsOf(place, parser));
  const all = (key: keyof Needs): readonly string[] => [...new Set(each.flatMap((needs) => needs[key]))];
  return { dependents: all('dependents'), functions: all('functions'), notes: all('notes') };
}

/** What knows one of the columns by its number, and has nothing beside it that knows the new one. */
export async function boundTo(
  places: readonly ColumnPlace[],
  which: 'all' | 'but remade' = 'all',
): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const { database, table, column } of places) {
    const all = await database.rows(describeDependents(table, column), dependent);
    for (const { what, bound, doubled, view, remade } of all)
      if (bound && !doubled && !((view || remade) && which === 'but remade')) found.add(what);
    if (which === 'but remade')
      for (const what of await stuckDependents({ database, table, column })) found.add(what);
  }
  return [...found];
}

async function needsOf(place: ColumnPlace, parser: SqlParser): Promise<Needs> {
  const { database, table, column, base } = place;
  // A foreign key that has one beside it on the new column goes with the old one, by the plan.
  const { dependents, carried } =
    base === undefined ? await boundByNumber(place) : await keepingAlias(database, table);
  const notes = await database.rows(describeNotes(table), z.object({ note: z.string() }));
  const bodies = await bodiesNaming(place, parser);
  const given = (await userTriggers(place)).filter((each) => each.arguments.includes(column));
  return {
    dependents: [
      ...dependents,
      ...(base === undefined ? [] : await publishingMeanwhile(database, base, false)),
    ],
    functions: [
      ...bodies.filter(({ naming }) => naming !== 'no').map(({ name }) => name),
      ...given.map((each) => `trigger ${each.name}, which is given ${column} as an argument`),
    ],
    notes: [...carried, ...notes.map(({ note }) => note)],
  };
}

async function boundByNumber({ database, table, column }: ColumnPlace): Promise<Keeping> {
  const all = await database.rows(describeDependents(table, column), dependent);
  return { dependents: all.flatMap(({ what, doubled }) => (doubled ? [] : [what])), carried: [] };
}

/** What each function that mentions the column has to do with it. */
export async function bodiesNaming(
  place: ColumnPlace,
  parser: SqlParser,
): Promise<readonly { readonly name: string; readonly naming: BodyNaming }[]> {
  const bodies = await functionBodies(place);
  // A function's own queries are few; what else is called like the column is asked for all of them at once.
  const column = await oldColumn(place, bodies.map(sqlOf(parser)));
  return bodies.map((each) => ({ name: each.name, naming: functionNaming(each, column, parser) }));
}

const trigger = z.object({
  name: z.string(),
  function: z.string(),
  columns: z.array(z.string()),
  arguments: z.array(z.string()),
});

/** Other people's triggers on the table, with the columns that they fire on, ask in their condition, or are given as arguments. */
export const userTriggers = ({ database, table }: ColumnPlace): Promise<readonly z.infer<typeof trigger>[]> =>
  database.rows(describeUserTriggers(table), trigger);

/** Functions whose bodies are text that holds the column's name. */
export async function functionBodies({
  database,
  table,
  column,
  base = table,
}: ColumnPlace): Promise<readonly FunctionBody[]> {
  const all: FunctionBody[] = [];
  for (let after = 0; ;) {
    const statement = describeFunctions({ table, rows: base }, column);
    const page = await database.rows(
      { ...statement, parameters: { ...statement.parameters, after: String(after) } },
      body,
    );
    all.push(...page);
    const last = page.at(-1);
    if (!last) return all;
    after = last.oid;
  }
}

const sqlOf =
  (parser: SqlParser) =>
  ({ language, text }: FunctionBody): unknown => {
    try {
      return language === 'sql' && text !== null ? parser.sql(text) : null;
    } catch {
      return null;
    }
  };
