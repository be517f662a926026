import * as z from 'zod';
import { one, type Database } from '../../../database/database.ts';
import type { SqlParser } from '../../../database/sql-parser.ts';
import type { Fault } from '../../../spec/fault.ts';
import type { TableName } from '../../../spec/table-name.ts';
import type { DependentsRemade, RefusedDependent, RemadeAsked } from '../../dependents.ts';
import { qualifiedName } from '../quote.ts';
import { askHash } from './dependent-views.ts';
import { installTriedViews } from './tried-views.ts';
import { isFault, viewReplaced } from './view-statement.ts';
import { queryOf } from './view-unit.ts';
import { installViewsAside, viewsAgain, viewsAside, type ViewText } from './views-aside.ts';
import { askViewsOver, installViewsOver } from './views-over.ts';
import { viewOver, ViewsTrial, type Remade, type TriedView, type ViewOver } from './views-trial.ts';

const hashed = z.object({ hash: z.string() });

/**
 * The views over columns that keep their names and get another type, dropped and made again in the lock in which that
 * happens: each by its own text, or by the author's where that text does not fit the new type.
 */
export async function planViewsRemade(
  database: Database,
  asked: RemadeAsked,
  parser: SqlParser,
): Promise<DependentsRemade> {
  for (const statement of [...installViewsOver, ...installViewsAside, installTriedViews])
    await database.run(statement);
  const views = await database.rows(askViewsOver(asked.table, asked.columns), viewOver);
  const { written, refused } = authoredTexts(asked.statements, views, parser);
  const remade = views.map((view): Remade => {
    const statement = written.get(spoken(view));
    return {
      view,
      statement: statement ?? `${heading(view)}${queryOf(view.definition ?? '')}`,
      isAuthored: statement !== undefined,
    };
  });
  const stuck = views.flatMap((view) => {
    const why =
      view.obstacle ?? (view.definition === null ? 'its definition is too long to be read here' : null);
    return why === null ? [] : [obstructed(view, why)];
  });
  const isSound = refused.length + stuck.length === 0;
  const trial = isSound ? await new ViewsTrial(database, asked, parser).tried(remade) : [];
  const unfit = trial.flatMap(faultsOf);
  const texts = unfit.length > 0 ? none : await textsOf(trial, database);
  const { leaving, arriving } = asked;
  return {
    views: views.map(({ schema, name }) => ({ schema, name })),
    refused,
    faults: [...stuck, ...unfit],
    warnings: trial.flatMap(warningsOf),
    run: {
      before: [viewsAside(asked.table, asked.columns, { isWayBack: false })],
      after: [viewsAgain(asked.table, leaving, texts.run)],
    },
    undo: {
      before: [viewsAside(asked.table, asked.columns, { isWayBack: true })],
      after: [viewsAgain(asked.table, arriving, texts.undo)],
    },
  };
}

const spoken = ({ schema, name }: TableName): string => `${schema}.${name}`;

const heading = (view: TableName): string =>
  `CREATE OR REPLACE VIEW ${qualifiedName({ schema: view.schema, name: view.name })} AS\n`;

const obstructed = (view: ViewOver, why: string): Fault => ({
  fact: `view ${spoken(view)} has to be made again when the column gets its new type, and cannot be: ${why}`,
  remedy:
    'Drop it, or what depends on it, before and create it again afterwards; or give the new column a name of its own, with `to`.',
});

/** The author's statements by the views that they are about. */
function authoredTexts(
  statements: readonly string[],
  views: readonly ViewOver[],
  parser: SqlParser,
): { readonly written: ReadonlyMap<string, string>; readonly refused: readonly RefusedDependent[] } {
  const written = new Map<string, string>();
  const refused: RefusedDependent[] = [];
  for (const [at, statement] of statements.entries()) {
    const name = viewReplaced(statement, parser);
    if (isFault(name)) refused.push({ at, ...name });
    else if (views.some((view) => spoken(view) === spoken(name))) written.set(spoken(name), statement);
    else
      refused.push({
        at,
        fact: `no view ${spoken(name)} reads a column that gets another type`,
        remedy: `These do: ${views.map(spoken).join(', ') || 'none'}`,
      });
  }
  return { written, refused };
}

const none = { run: [], undo: [] };

/** The texts that views get which are not their own; on the way back, those which PostgreSQL has since printed otherwise. */
async function textsOf(
  trial: readonly TriedView[],
  database: Database,
): Promise<{ readonly run: readonly ViewText[]; readonly undo: readonly ViewText[] }> {
  const run: ViewText[] = [];
  const undo: ViewText[] = [];
  for (const { remade, answer } of trial) {
    const { view, isAuthored } = remade;
    const own = view.definition ?? '';
    if (!('definition' in answer) || answer.definition === null || answer.definition === own) continue;
    const name = { schema: view.schema, name: view.name };
    const { hash } = await one(database, askHash(answer.definition, view.options), hashed);
    if (isAuthored) run.push({ ...name, was: view.hash, definition: queryOf(answer.definition) });
    undo.push({ ...name, was: hash, definition: queryOf(own) });
  }
  return { run, undo };
}

const answered =
  'Write what it is to read from then on under `dependents:`, as `CREATE OR REPLACE VIEW name AS SELECT …`.';

function faultsOf({ remade: { view, isAuthored }, answer }: TriedView): readonly Fault[] {
  if ('unread' in answer) return [obstructed(view, 'its text cannot be read for sure')];
  if ('refused' in answer)
    return [
      {
        fact: `view ${spoken(view)} cannot be made again by ${isAuthored ? 'this' : 'its own'} text over the new type: ${answer.refused}`,
        remedy: answered,
      },
    ];
  if (!answer.stays && (answer.definition !== null || !isAuthored)) return [];
  return [
    {
      fact: `view ${spoken(view)} gives the columns of a table names by their places, which are others afterwards`,
      remedy: answered,
    },
  ];
}

/** Columns of the view that are of another type afterwards. */
function warningsOf({ remade: { view }, answer }: TriedView): readonly string[] {
  if (!('columns' in answer)) return [];
  const was = new Map(view.columns.map(({ name, type }) => [name, type]));
  const other = answer.columns.filter(({ name, type }) => was.get(name) !== type);
  const types = other.map(({ name, type }) => `${name} is ${type}`).join(', ');
  return [
    `view ${spoken(view)} is dropped and made again in the same lock, with its owner, grants, comments, options, defaults, rules and triggers${types === '' ? '' : `; from then on its ${types}`}`,
  ];
}
