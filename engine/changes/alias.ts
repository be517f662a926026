import type { AttachedObject } from '../catalog/dependent-objects.ts';
import type { AliasView } from '../dialects/alias-view.ts';
import type { ThroughView } from '../dialects/inspector.ts';
import type { Phase } from '../plan/plan.ts';
import { plural } from '../words/amounts.ts';
import type { Refusal, Subject } from './kind.ts';
import { catalogBrief } from '../plan/brief.ts';
import type { OwnedSequence } from '../shapes/shape.ts';
import type { TableName } from '../spec/table-name.ts';

/**
 * What knows the table by its name, or could not stand behind a view, and what to do about it. All else follows the table by
 * its number.
 */
const refusedFor: Partial<
  Readonly<Record<AttachedObject['kind'], (what: string, table: string) => readonly [string, string]>>
> = {
  publication: (what, table) => [
    `${what} publishes ${table}, and subscribers would be sent the rows of a table by another name`,
    'Take the table out of it before the start, and publish it again when the migration has completed.',
  ],
  subscription: (what, table) => [
    `${what} writes into ${table}, by the table's name`,
    'Take the table out of what is published to it, and refresh the subscription, first.',
  ],
  'own rule': (what, table) => [
    `${what} rewrites statements on ${table}, and a view is rewritten itself`,
    'Drop the rule before the start; a trigger does most of what a rule does.',
  ],
  'row type': (what, table) => [
    `${what} uses the row type of ${table}, and rows of a view are of another one`,
    'Let it use a type of its own first, or the columns one by one.',
  ],
  'invisible column': (what, table) => [
    `${what} of ${table} is INVISIBLE, and a view shows all that it has`,
    'Make it visible first, once nobody minds.',
  ],
  'missing right': (what, table) => [
    `the role of the migration lacks ${what} on ${table}, and its view would have no more than the role has`,
    'Grant it to the role itself, on the schema.',
  ],
  extension: (what, table) => [`${table} belongs to ${what}`, 'Change the extension instead.'],
};

/** What helps where a view cannot have the name: the change by a copy, where it can be made so. */
export type Otherwise = 'copy' | 'nothing';

/** What forbids that a view has the table's name for a while. */
export function aliasRefusals({ table, catalog, sql }: Subject, otherwise: Otherwise): readonly Refusal[] {
  const key = 'change.by';
  const name = `${table.schema}.${table.name}`;
  const { since } = sql.aliases;
  const upgrade =
    otherwise === 'copy' ? 'Write `by: copy`; or upgrade the server first.' : 'Upgrade the server first.';
  return [
    ...(catalog.table.version < since.number
      ? [
          {
            key,
            fact: `the server is older than ${since.name}, the first whose views ask for the rights of whoever reads`,
            remedy: upgrade,
          },
        ]
      : []),
    ...(catalog.whole?.hanging ?? []).flatMap(({ kind, what }): readonly Refusal[] => {
      const said = refusedFor[kind]?.(what, name);
      if (said === undefined) return [];
      return otherwise === 'copy'
        ? [{ key, fact: said[0], remedy: 'Write `by: copy`.' }]
        : [{ key, fact: said[0], remedy: said[1], waitsFor: 'database' }];
    }),
  ];
}

/** What a reviewer must know: what fails through the view, and what tells the names apart. */
export function aliasWarnings(
  { table, catalog, sql }: Subject,
  { base, moreColumns }: { readonly base: TableName; readonly moreColumns: boolean },
): readonly string[] {
  const triggers = (catalog.whole?.hanging ?? []).filter(({ kind }) => kind === 'own trigger');
  return sql.aliases.cautions(table, {
    version: catalog.table.version,
    moreColumns,
    base,
    partitioned: catalog.table.kind === 'partitioned',
    triggers: triggers.map(({ what }) => what),
  });
}

/** Who has sent what would fail, as far as the server has counted. */
export function throughViewWarnings(
  { unmeasured, statements, functions }: ThroughView,
  otherwise: Otherwise,
): readonly string[] {
  const orCopy = otherwise === 'copy' ? ', or write `by: copy`' : '';
  const found = [
    ...statements
      .toSorted((a, b) => b.calls - a.calls)
      .map(
        ({ queryId, role, calls, fails }) =>
          `would fail through the view: ${fails.join(', ')}, ${plural(calls, 'call')} by ${role}, queryid ${queryId}. Change it before the start${orCopy}`,
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

type Placed = Pick<AliasView, 'view' | 'base' | 'columns'> & {
  /** Sequences of the table that stay where the view is. */
  readonly sequences?: readonly OwnedSequence[];
};

/** In one lock the table gets its other name and a view takes the old one; and back. `says`: what people read of either. */
export const viewInPlace = (
  placed: Placed,
  subject: Subject,
  says: { readonly put: string; readonly back: string },
): Phase => {
  const { view, base, columns, sequences = [] } = placed;
  const { sql } = subject;
  if (sql.aliases.inPlace !== null)
    return sql.aliases.inPlace(subject.migration, aliasView(placed, subject), says);
  const sequence = ({ name }: OwnedSequence): TableName => ({ ...view, name });
  return {
    run: [
      catalogBrief(says.put, 'ACCESS EXCLUSIVE', [
        ...sequences.map((each) => sql.columns.releaseSequence(sequence(each))),
        called(view, base, subject),
        ...sql.aliases.create(aliasView(placed, subject)),
      ]),
    ],
    undo: [
      catalogBrief(says.back, 'ACCESS EXCLUSIVE', [
        ...sql.aliases.takeAway(view, {
          naming: [called(base, view, subject)],
          to: view,
          columns: Object.fromEntries(
            columns.flatMap(({ name, of }) => (name === of ? [] : [[name, of] as const])),
          ),
        }),
        ...sequences.map((each) =>
          sql.columns.ownSequence(view, each.column, sql.names.qualified(sequence(each))),
        ),
      ]),
    ],
  };
};

/** What a view is called in the lock in which it goes must be free as well. */
export const leavingNames = ({ table, sql }: Subject): readonly string[] => {
  const name = sql.aliases.leavingName(table.name);
  return name === null ? [] : [name];
};

/** Gives a table its other name, or takes it to its other schema. */
const called = (from: TableName, to: TableName, { sql }: Subject): string =>
  from.schema === to.schema ? sql.tables.rename(from, to.name) : sql.tables.setSchema(from, to.schema);

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
