import * as z from 'zod';
import type { Database } from '../../../database/database.ts';
import type { SqlParser } from '../../../database/sql-parser.ts';
import type { TableName } from '../../../spec/table-name.ts';
import type { RemadeAsked } from '../../dependents.ts';
import { shortName } from '../quote.ts';
import { changedColumns } from './changed-columns.ts';
import { offCopy, onCopy } from './on-copy.ts';
import { askTriedViews } from './tried-views.ts';
import { ofView } from './view-statement.ts';

const columns = z.array(z.object({ name: z.string(), type: z.string() }));
export const viewOver = z.object({
  schema: z.string(),
  name: z.string(),
  /** It and its table as PostgreSQL prints them. */
  printed: z.string(),
  table: z.string(),
  obstacle: z.string().nullable(),
  options: z.array(z.string()),
  hash: z.string(),
  definition: z.string().nullable(),
  columns,
});
export type ViewOver = Readonly<z.infer<typeof viewOver>>;
const tried = z.union([
  z.object({ refused: z.string() }),
  z.object({ definition: z.string(), columns, stays: z.boolean() }),
]);
type Tried = Readonly<z.infer<typeof tried>>;

/** A view with the text that it will have: its own or the author's. */
export interface Remade {
  readonly view: ViewOver;
  /** `CREATE OR REPLACE VIEW …` of the author's, or of its own. */
  readonly statement: string;
  readonly isAuthored: boolean;
}

/** What came of a view on the copy. */
export interface TriedView {
  readonly remade: Remade;
  readonly answer:
    | { readonly unread: true }
    | Extract<Tried, { readonly refused: string }>
    /** `definition`: as PostgreSQL would print it; null where it cannot be told. */
    | (Omit<Extract<Tried, { readonly stays: boolean }>, 'definition'> & {
        readonly definition: string | null;
      });
}

/** Something and what stands for it in the trial. */
interface Copied {
  readonly table: TableName;
  readonly copy: TableName;
  /** As PostgreSQL prints it. */
  readonly printed: string;
}

const named = (name: string): TableName => ({ schema: 'underpin', name: shortName(name) });

/** Views over an empty copy of their table, made in the order in which they will be. */
export class ViewsTrial {
  constructor(
    private readonly database: Database,
    private readonly asked: RemadeAsked,
    private readonly parser: SqlParser,
  ) {}

  /** Those that cannot be read alone, if there are any; else all up to the first that the database refuses. */
  async tried(remade: readonly Remade[]): Promise<readonly TriedView[]> {
    const copied = this.copiedOf(remade);
    const views = remade.map(({ view, statement }) => {
      const copy = copied.find((each) => each.table === view)?.copy ?? { schema: '', name: '' };
      const renamed = ofView(statement, copy, this.parser);
      return { name: copy.name, statement: renamed === null ? null : this.there(renamed, copied) };
    });
    const unread = remade.filter((_, at) => views[at]?.statement === null);
    if (unread.length > 0) return unread.map((each) => ({ remade: each, answer: { unread: true } }));
    const answers = await this.ask(copied, views);
    return answers.flatMap((answer, at): readonly TriedView[] => {
      const each = remade[at];
      if (each === undefined) return [];
      if ('refused' in answer) return [{ remade: each, answer }];
      return [{ remade: each, answer: { ...answer, definition: this.back(answer.definition, copied) } }];
    });
  }

  private copiedOf(remade: readonly Remade[]): readonly Copied[] {
    const { migration, table } = this.asked;
    return [
      { table, copy: named(`views_of_${migration}`), printed: remade[0]?.view.table ?? '' },
      ...remade.map(({ view }, at) => ({
        table: view,
        copy: named(`view_${at}_of_${migration}`),
        printed: view.printed,
      })),
    ];
  }

  private ask(
    copied: readonly Copied[],
    views: readonly { readonly name: string; readonly statement: string | null }[],
  ): Promise<readonly Tried[]> {
    const { table, leaving, changing } = this.asked;
    const changed = changedColumns(changing, this.parser).map((sql) => this.there(sql, copied) ?? '');
    const made = views.flatMap(({ name, statement }) => (statement === null ? [] : [{ name, statement }]));
    const copy = copied[0]?.copy.name ?? '';
    return this.database.rows(askTriedViews({ table, copy, changed, leaving, views: made }), tried);
  }

  private there(sql: string, copied: readonly Copied[]): string | null {
    return copied.reduce<string | null>(
      (text, each) => (text === null ? null : onCopy(text, each, this.parser)),
      sql,
    );
  }

  private back(sql: string, copied: readonly Copied[]): string | null {
    return copied.reduce<string | null>(
      (text, each) => (text === null ? null : offCopy(text, each, this.parser)),
      sql,
    );
  }
}
