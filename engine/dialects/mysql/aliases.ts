import { brief } from '../../plan/brief.ts';
import type { Online, Phase } from '../../plan/plan.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { Aliases, AliasView } from '../alias-view.ts';
import { identifier, qualifiedName, shortName } from './quote.ts';
import { isRunning, tag } from './running-statement.ts';
import { renameTable } from './tables.ts';
import { isAsPlanned, isExchanged, isOf, takeNameCall } from './take-name.ts';
import { onlineCall } from './units.ts';

/** Where the view waits until it gets the table's name. */
const waiting = ({ view }: AliasView): TableName => ({
  ...view,
  name: shortName(`underpin_view_${view.name}`),
});

/**
 * A view is made over what is not there yet: over a view of its columns' names, under the name that the table is to have. Dropped
 * as a view, that can be nobody's table.
 */
function prepared(alias: AliasView): readonly string[] {
  const { base, columns } = alias;
  const list = columns.map(({ name, of }) => `${identifier(of)} AS ${identifier(name)}`).join(', ');
  return [
    `CREATE VIEW ${qualifiedName(base)} AS\n  SELECT ${columns.map(({ of }) => `NULL AS ${identifier(of)}`).join(', ')}`,
    // The right of whoever has granted himself the table's name suffices, as before.
    `CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY DEFINER VIEW ${qualifiedName(waiting(alias))} AS\n  SELECT ${list} FROM ${qualifiedName(base)}`,
    `DROP VIEW ${qualifiedName(base)}`,
  ];
}

const moved = ([from, to]: readonly [TableName, TableName]): string =>
  `${qualifiedName(from)} TO ${qualifiedName(to)}`;

/** Two names change in one statement: nobody finds the name without a table or a view behind it. */
const bothMoved = (
  migration: string,
  does: string,
  first: readonly [TableName, TableName],
  second: readonly [TableName, TableName],
): string => `${tag(migration, does)}\nRENAME TABLE ${moved(first)}, ${moved(second)}`;

/** `statement`: the call that sends such a one. */
const exchanged = (migration: string, does: string, statement: string, isDone: string): Online => ({
  kind: 'online',
  does,
  lock: 'metadata',
  statement,
  scans: 0,
  state: `SELECT JSON_OBJECT('state', CASE
  WHEN ${isDone} THEN 'done'
  WHEN ${isRunning(migration, does)} THEN 'running'
  ELSE 'absent' END)`,
  clean: null,
});

/** The table gets its other name, and the view the old one; and back. */
function aliasInPlace(
  migration: string,
  alias: AliasView,
  says: { readonly put: string; readonly back: string },
): Phase {
  const { view, base } = alias;
  const aside = waiting(alias);
  const there = bothMoved(migration, says.put, [view, base], [aside, view]);
  const back = (does: string): string => bothMoved(migration, does, [view, aside], [base, view]);
  const columns = [...new Set(alias.columns.map(({ of }) => of))];
  return {
    run: [
      brief(`make the view that is to be called ${view.name}`, 'none', prepared(alias)),
      exchanged(
        migration,
        says.put,
        // Its way back is its own: while that goes on, nobody sends it a second time.
        takeNameCall(
          { table: view, base, columns },
          { there, back: back(says.put), mark: tag(migration, says.put) },
        ),
        `${isExchanged(view, base)}\n    AND ${isAsPlanned(base, columns)}`,
      ),
    ],
    undo: [
      exchanged(migration, says.back, onlineCall(back(says.back)), isOf(view, 'BASE TABLE')),
      brief(`drop the view that was called ${view.name}`, 'none', [
        `DROP VIEW IF EXISTS ${qualifiedName(aside)}`,
      ]),
    ],
  };
}

const cautions: Aliases['cautions'] = ({ schema, name }, { base }) => {
  const table = `${schema}.${name}`;
  return [
    `while ${table} is a view, these fail by that name: TRUNCATE, ALTER TABLE, CREATE INDEX and TRIGGER, a foreign key to it, OPTIMIZE and ANALYZE, HANDLER, ` +
      'index hints (USE, FORCE and IGNORE INDEX), PARTITION (…), and INSERT … SELECT or UPDATE that reads the same table by its other name',
    `tools that ask the catalog for the table ${table} find a view without keys and indexes: ORMs that read its primary key at their start, schema ` +
      'comparisons, dumps of that table alone',
    `rights that somebody has on ${table} alone, and not on ${schema}, are for that name: grant them on ${base.schema}.${base.name} before its readers move`,
  ];
};

const bytes = (name: string): string =>
  Array.from(new TextEncoder().encode(name), (byte) => byte.toString(16).padStart(2, '0')).join('');

/**
 * MySQL locks names in the order of their bytes. Where the new one comes first, a statement that has come through the view waits
 * for it while the view is being taken away, and then looks for the table by the name that it had (1356). Names are in lower
 * case where the server does not tell cases apart.
 */
const nameFault: Aliases['nameFault'] = (table, base) =>
  bytes(base) > bytes(table) && bytes(base.toLowerCase()) > bytes(table.toLowerCase())
    ? undefined
    : {
        fact: `MySQL locks names in their order, and \`${base}\` sorts before \`${table}\`: statements under way would fail when a rollback gives the name back (1356, ER_VIEW_INVALID)`,
        remedy: 'Choose a name that sorts behind the old one, byte by byte.',
      };

type Made =
  'takeAway' | 'leavingName' | 'rename' | 'inPlace' | 'cautions' | 'nameFault' | 'keptNames' | 'since';
export const aliases: Pick<Aliases, Made> = {
  leavingName: () => null,
  // A view on it names it, and is read anew each time.
  takeAway: (view, { naming }) => [`DROP VIEW ${qualifiedName(view)}`, ...naming],
  rename: renameTable,
  inPlace: aliasInPlace,
  cautions,
  nameFault,
  keptNames: 'indexes and the constraints that were given one',
  since: { number: 0, name: 'MySQL' },
};
