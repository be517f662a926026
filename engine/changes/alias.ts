import type { Hanging } from '../catalog/facts.ts';
import type { AliasView } from '../dialects/definitions.ts';
import type { ThroughView } from '../dialects/inspector.ts';
import type { Phase } from '../plan/plan.ts';
import { plural } from '../words/amounts.ts';
import type { Refusal, Subject } from './kind.ts';
import { brief } from './brief.ts';

const copy = 'Write `by: copy`.';

/** What knows the table by its name, or could not stand behind a view. All else follows the table by its number. */
const refusedFor: Partial<
  Readonly<Record<Hanging['kind'], (what: string, table: string) => readonly [string, string]>>
> = {
  publication: (what, table) => [
    `${what} publishes ${table}, and subscribers would be sent the rows of a table by another name`,
    copy,
  ],
  subscription: (what, table) => [`${what} writes into ${table}, by the table's name`, copy],
  'own rule': (what, table) => [
    `${what} rewrites statements on ${table}, and a view is rewritten itself`,
    copy,
  ],
  'row type': (what, table) => [
    `${what} uses the row type of ${table}, and rows of a view are of another one`,
    copy,
  ],
  extension: (what, table) => [`${table} belongs to ${what}`, copy],
};

/** What forbids that a view has the table's name for a while. */
export function aliasRefusals({ table, catalog, sql }: Subject, key: string): readonly Refusal[] {
  const name = `${table.schema}.${table.name}`;
  const { since } = sql.aliases;
  return [
    ...(catalog.table.version < since.number
      ? [
          {
            key,
            fact: `the server is older than ${since.name}, the first whose views ask for the rights of whoever reads`,
            remedy: 'Write `by: copy`; or upgrade the server first.',
          },
        ]
      : []),
    ...(catalog.whole?.hanging ?? []).flatMap(({ kind, what }): readonly Refusal[] => {
      const said = refusedFor[kind]?.(what, name);
      return said === undefined ? [] : [{ key, fact: said[0], remedy: said[1] }];
    }),
  ];
}

/** What a reviewer must know: what fails through the view, and what tells the names apart. */
export function aliasWarnings(
  { table, catalog, sql }: Subject,
  { base, moreColumns }: { readonly base: string; readonly moreColumns: boolean },
): readonly string[] {
  const triggers = (catalog.whole?.hanging ?? []).filter(({ kind }) => kind === 'own trigger');
  return [
    ...sql.aliases.cautions(table, { version: catalog.table.version, moreColumns }),
    ...(triggers.length === 0
      ? []
      : [
          `${triggers.map(({ what }) => what).join(', ')}: while a view has the name, TG_TABLE_NAME says ${base}`,
        ]),
    `what is granted on ${table.schema}.${table.name} while it is a view is lost with the view: grant before the start, or after the contract`,
  ];
}

/** Who has sent what would fail, as far as the server has counted. */
export function throughViewWarnings({ unmeasured, statements, functions }: ThroughView): readonly string[] {
  const found = [
    ...statements
      .toSorted((a, b) => b.calls - a.calls)
      .map(
        ({ queryId, role, calls, fails }) =>
          `would fail through the view: ${fails.join(', ')}, ${plural(calls, 'call')} by ${role}, queryid ${queryId}. Change it before the start, or write \`by: copy\``,
      ),
    ...functions.map(
      ({ name, fails }) =>
        `would fail through the view: ${fails.join(', ')} in function ${name}. Change it before the start`,
    ),
  ];
  if (unmeasured !== null)
    return [`not checked which statements would fail through the view: ${unmeasured}`, ...found];
  return found.length > 0
    ? found
    : [
        'no statement that pg_stat_statements has counted on this server, and no function, would fail through the view',
      ];
}

type Placed = Pick<AliasView, 'view' | 'base' | 'columns'>;

/** In one lock the table is renamed away and a view takes its name; and back. `says`: what people read of either. */
export const viewInPlace = (
  placed: Placed,
  subject: Subject,
  says: { readonly put: string; readonly back: string },
): Phase => {
  const { view, base } = placed;
  const { sql } = subject;
  return {
    run: [
      brief(says.put, 'ACCESS EXCLUSIVE', [
        sql.tables.rename(view, base.name),
        ...sql.aliases.create(aliasView(placed, subject)),
      ]),
    ],
    undo: [
      brief(says.back, 'ACCESS EXCLUSIVE', [sql.aliases.drop(view), sql.tables.rename(base, view.name)]),
    ],
  };
};

/** The view, with the rights of the table. */
const aliasView = ({ view, base, columns }: Placed, { catalog }: Subject): AliasView => ({
  view,
  base,
  columns,
  owner: catalog.table.owner,
  comment: catalog.table.comment,
  grants: catalog.table.grants,
  columnGrants: columns.flatMap(({ name, of }) =>
    (catalog.columns.find((column) => column.name === of)?.grants ?? [])
      .filter(({ privilege }) => privilege !== 'REFERENCES')
      .map((grant) => ({ ...grant, column: name })),
  ),
});
