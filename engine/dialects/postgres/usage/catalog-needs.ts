import * as z from 'zod';
import { describeDependents } from '../catalog.ts';
import { describeFunctions, describeNotes } from '../old-shape.ts';
import type { OldShapeMeasured } from '../../../evidence/measured.ts';
import type { SqlParser } from '../../../database/sql-parser.ts';
import { functionNames, type FunctionBody } from '../naming/function-naming.ts';
import { oldColumn, type ColumnPlace } from './old-column.ts';

const body = z.object({
  oid: z.number(),
  name: z.string(),
  language: z.string(),
  text: z.string().nullable(),
  mentionsTable: z.boolean(),
  isOnTable: z.boolean(),
  takesRow: z.boolean(),
});

type Needs = Pick<OldShapeMeasured, 'dependents' | 'functions' | 'notes'>;

/** What in the catalog still needs one of the old columns. */
export async function catalogNeeds(places: readonly ColumnPlace[], parser: SqlParser): Promise<Needs> {
  const each: Needs[] = [];
  for (const place of places) each.push(await needsOf(place, parser));
  const all = (key: keyof Needs): readonly string[] => [...new Set(each.flatMap((needs) => needs[key]))];
  return { dependents: all('dependents'), functions: all('functions'), notes: all('notes') };
}

async function needsOf(place: ColumnPlace, parser: SqlParser): Promise<Needs> {
  const { database, table, column } = place;
  const dependents = await database.rows(describeDependents(table, column), z.object({ what: z.string() }));
  const notes = await database.rows(describeNotes(table), z.object({ note: z.string() }));
  const bodies = await functionBodies(place);
  // A function's own queries are few; what else is called like the column is asked for all of them at once.
  const old = await oldColumn(place, bodies.map(sqlOf(parser)));
  return {
    dependents: dependents.map(({ what }) => what),
    functions: bodies.filter((each) => functionNames(each, old, parser)).map(({ name }) => name),
    notes: notes.map(({ note }) => note),
  };
}

async function functionBodies({ database, table, column }: ColumnPlace): Promise<readonly FunctionBody[]> {
  const all: FunctionBody[] = [];
  for (let after = 0; ;) {
    const statement = describeFunctions(table, column);
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
