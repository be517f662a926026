import * as z from 'zod';
import { one, type Database } from '../../../database/database.ts';
import { refusalOf } from '../../../database/refusal.ts';
import type { SqlParser } from '../../../database/sql-parser.ts';
import type { TableName } from '../../../spec/table-name.ts';
import type { DependentsAsked, DependentsPlanned, RefusedDependent } from '../../dependents.ts';
import { qualifiedName, shortName } from '../quote.ts';
import { addedColumns } from './changed-columns.ts';
import { offCopy, onCopy } from './on-copy.ts';
import { askDependentViews, askHash, installDependentViews } from './dependent-views.ts';
import { askTriedReplacement, installTriedReplacement } from './tried-replacement.ts';
import { isFault, ofView, viewReplaced } from './view-statement.ts';
import { queryOf, replaceView, restoreView, type ViewChange } from './view-unit.ts';
import { withNewColumns } from './with-new-columns.ts';

const view = z.object({
  schema: z.string(),
  name: z.string(),
  materialized: z.boolean(),
  owned: z.boolean(),
  options: z.array(z.string()),
  lockedBy: z.string().nullable(),
  table: z.string(),
  hash: z.string(),
  definition: z.string().nullable(),
});
type DependentView = z.infer<typeof view>;
const tried = z.object({ definition: z.string(), still: z.array(z.string()) });
const hashed = z.object({ hash: z.string() });

/** What the author's definitions of dependent views become, and what can be offered for the others. `authored`: with their places. */
export async function planReplacedViews(
  database: Database,
  asked: DependentsAsked,
  authored: readonly (readonly [at: number, statement: string])[],
  parser: SqlParser,
): Promise<Omit<DependentsPlanned, 'policies'>> {
  await database.run(installDependentViews);
  await database.run(installTriedReplacement);
  const columns = asked.old.map(({ name }) => name);
  const views = await database.rows(askDependentViews(asked.table, columns), view);
  const trial = new Trial(database, asked, parser);
  const refused: RefusedDependent[] = [];
  const changes: ViewChange[] = [];
  for (const [at, statement] of authored) {
    const found = await written(statement, views, trial);
    if (!('fact' in found)) changes.push(found);
    else refused.push({ at, ...found });
  }
  const open = views.filter((each) => !changes.some((change) => isSame(change.view, each)));
  const offers: string[] = [];
  const unable: string[] = [];
  for (const each of refused.length > 0 ? [] : open) {
    const offer = await offered(each, trial);
    if ('statement' in offer) offers.push(offer.statement);
    else unable.push(`${spoken(each)}: ${offer.why}`);
  }
  const fresh = asked.new.map(({ name }) => name).join(', ');
  return {
    refused,
    replaced: changes.map((change) => change.view),
    run: changes.map((change) => replaceView(change, fresh)),
    undo: changes.map((change) => restoreView(change, columns.join(', '))).toReversed(),
    offers,
    unable,
  };
}

const isSame = (a: TableName, b: TableName): boolean => a.schema === b.schema && a.name === b.name;

const spoken = ({ schema, name, materialized }: DependentView): string =>
  `${materialized ? 'materialized view' : 'view'} ${schema}.${name}`;

/** What stands against any new definition of a view. */
function obstacle({ materialized, owned, definition }: DependentView): string | null {
  if (materialized)
    return 'PostgreSQL cannot replace it: make another one over the new columns beside it, and let its readers move, by a migration of its own (`kind: sql`)';
  if (!owned) return 'it belongs to another role: its owner has to replace it';
  return definition === null ? 'its definition is too long to be read here' : null;
}

/** An author's definition, tried; or what is wrong with it. */
async function written(
  statement: string,
  views: readonly DependentView[],
  trial: Trial,
): Promise<ViewChange | Omit<RefusedDependent, 'at'>> {
  const name = viewReplaced(statement, trial.parser);
  if (isFault(name)) return name;
  const found = views.find((each) => isSame(each, name));
  if (found === undefined)
    return {
      fact: `no view ${name.schema}.${name.name} names a column that goes`,
      remedy: `These do: ${views.map(({ schema, name: its }) => `${schema}.${its}`).join(', ') || 'none'}`,
    };
  const against = obstacle(found);
  if (against !== null) return { fact: `${spoken(found)} cannot be replaced`, remedy: against };
  const now = await trial.replaced(found, statement);
  return 'why' in now ? { fact: `${spoken(found)} cannot become this: ${now.why}`, remedy: keep } : now;
}

const keep =
  'Keep the names, types and order of its columns, and let it read the new columns of the table alone';

/** The definition that a view could have, tried. */
async function offered(
  found: DependentView,
  trial: Trial,
): Promise<{ readonly statement: string } | { readonly why: string }> {
  const against = obstacle(found);
  if (against !== null) return { why: against };
  const now = await trial.rewritten(found);
  if ('why' in now) return now;
  const name = qualifiedName({ schema: found.schema, name: found.name });
  return { statement: `CREATE OR REPLACE VIEW ${name} AS\n${queryOf(now.new.definition)}` };
}

const unread = 'it cannot be rewritten for sure; write its new definition';

/** Definitions over an empty copy of the table. */
class Trial {
  private readonly copy: TableName;
  private readonly markers: Readonly<Record<string, string>>;

  constructor(
    private readonly database: Database,
    private readonly asked: DependentsAsked,
    readonly parser: SqlParser,
  ) {
    this.copy = { schema: 'underpin', name: shortName(`dependents_of_${asked.migration}`) };
    this.markers = Object.fromEntries(asked.old.map(({ name }, at) => [name, `underpin old ${at}`]));
  }

  /** The view with the new columns in the place of the old ones. */
  async rewritten(found: DependentView): Promise<ViewChange | { readonly why: string }> {
    const printed = await this.ask(found, null);
    if ('why' in printed) return printed;
    const query = withNewColumns(
      queryOf(printed.definition),
      this.asked.old.map(({ name, type }, at) => ({
        marker: this.markers[name] ?? '',
        type,
        down: this.asked.down[at] ?? '',
        downType: this.asked.new.length === 1 ? (this.asked.new[0]?.type ?? '') : '',
      })),
      this.parser,
    );
    if (query === null) return { why: unread };
    const real = offCopy(
      query,
      { table: this.asked.table, copy: this.copy, printed: found.table },
      this.parser,
    );
    return real === null ? { why: unread } : this.replaced(found, `${heading(found)}${real}`);
  }

  /** The view by another definition. */
  async replaced(found: DependentView, statement: string): Promise<ViewChange | { readonly why: string }> {
    const printed = await this.ask(found, statement);
    if ('why' in printed) return printed;
    if (printed.still.length > 0) return { why: `it would still name ${printed.still.join(', ')}` };
    const definition = offCopy(
      printed.definition,
      { table: this.asked.table, copy: this.copy, printed: found.table },
      this.parser,
    );
    if (definition === null) return { why: 'it gives the columns of the table names by their places' };
    const { schema, name, options, lockedBy } = found;
    const { hash } = await one(this.database, askHash(definition, options), hashed);
    return {
      view: { schema, name },
      options,
      lockedBy,
      old: { definition: found.definition ?? '', hash: found.hash },
      new: { definition, hash },
    };
  }

  private async ask(
    found: DependentView,
    statement: string | null,
  ): Promise<PrintedTrial | { readonly why: string }> {
    const trialView = { ...this.copy, name: `${this.copy.name}_view` };
    const over = (sql: string): string | null => {
      const there = onCopy(sql, { table: this.asked.table, copy: this.copy }, this.parser);
      return there === null ? null : ofView(there, trialView, this.parser);
    };
    const made = over(`${heading(found)}${queryOf(found.definition ?? '')}`);
    const replaced = statement === null ? null : over(statement);
    if (made === null || (statement !== null && replaced === null)) return { why: unread };
    const added = addedColumns(this.asked.added, this.parser).map(
      (sql) => onCopy(sql, { table: this.asked.table, copy: this.copy }, this.parser) ?? '',
    );
    try {
      return await one(
        this.database,
        askTriedReplacement({
          table: this.asked.table,
          copy: this.copy.name,
          markers: this.markers,
          added,
          made,
          replaced,
        }),
        tried,
      );
    } catch (error) {
      const why = refusalOf(error);
      if (why === undefined) throw error;
      return { why };
    }
  }
}

type PrintedTrial = Readonly<z.infer<typeof tried>>;

const heading = ({ schema, name }: DependentView): string =>
  `CREATE OR REPLACE VIEW ${qualifiedName({ schema, name })} AS\n`;
