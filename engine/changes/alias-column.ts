import { emptyPhase, type Phases } from '../plan/plan.ts';
import {
  aliasRefusals,
  aliasWarnings,
  leavingNames,
  throughViewWarnings,
  viewInPlace,
  type Otherwise,
} from './alias.ts';
import { takenAside } from './drop-table-refusals.ts';
import { columnAsItIs, expectsNothing } from './expectations.ts';
import type { CompiledChange, DatabaseQuestions, Refusal, RefusedChange, Subject } from './kind.ts';
import { columnNamed, knownColumn, missingColumn, takenColumn } from './refusals.ts';
import { catalogBrief } from '../plan/brief.ts';
import { mentioning } from './mentioning.ts';

interface RenamedColumn {
  readonly from: string;
  readonly to: string;
}

/** What forbids that a view has the column under both of its names. */
export function aliasColumnRefusals({ from, to }: RenamedColumn, subject: Subject): readonly Refusal[] {
  const { table, catalog } = subject;
  return [
    ...(columnNamed(catalog, from) ? [] : [missingColumn(subject, from, 'change.from')]),
    ...takenColumn(subject, to, 'change.to'),
    ...aliasRefusals(subject, otherwise(subject)),
    // What is bound to the column follows it to its new name; a body of text does not.
    ...catalog.dependents
      .filter(({ trigger, bound }) => trigger && !bound)
      .map(({ what }) => ({
        key: 'change.by',
        fact: `${what} reads ${table.name}.${from} from its row, and the row has the column under one name at a time: every write would fail from the contract on`,
        remedy: `Write \`by: copy\`; or let it read the row by to_jsonb(NEW), under whichever name is there.`,
      })),
  ];
}

/** Whatever keeps a second column from being filled, a view has no need of one. */
export function orByAlias(
  refused: readonly Refusal[],
  { from, to }: RenamedColumn,
  { catalog, sql }: Subject,
): readonly Refusal[] {
  if (
    columnNamed(catalog, from) === undefined ||
    sql.notYet({ kind: 'rename-column', from, to, by: 'alias' })
  )
    return refused;
  if (catalog.table.version < sql.aliases.since.number) return refused;
  return refused.map((each) =>
    each.key === 'change.from'
      ? { ...each, remedy: `${each.remedy} Or write \`by: alias\`, which writes no row.` }
      : each,
  );
}

/**
 * A rename that moves no data. The table is renamed away, and a view with the column under both names takes its name, in one
 * lock; at the end the view goes, and column and table get their names for good.
 */
export async function aliasColumn(
  { from, to }: RenamedColumn,
  subject: Subject,
  { taken, throughView }: DatabaseQuestions,
): Promise<CompiledChange | RefusedChange> {
  const { table, catalog, sql } = subject;
  const old = knownColumn(catalog, from);
  const base = { schema: table.schema, name: sql.aliases.baseName(table.name) };
  const refused = takenAside(await taken([base.name, ...leavingNames(subject)]));
  if (refused.length > 0) return { refused };
  const quarantined = sql.columns.quarantinedName(from);
  return {
    shape: {
      kind: 'columns',
      old: { table, columns: [{ name: from, type: old.type }] },
      new: { table, columns: [{ name: to, type: old.type }] },
      up: [sql.names.quoted(from)],
      down: [sql.names.quoted(to)],
      quarantined: [quarantined],
      base: base.name,
    },
    phases: phases({ from, to, quarantined, base: base.name }, subject),
    walks: [],
    warnings: [
      ...throughViewWarnings(await throughView(), otherwise(subject)),
      ...aliasWarnings(subject, { base, moreColumns: true }),
      ...triggerWarnings(from, subject),
    ],
    expects: {
      ...expectsNothing(catalog.table.owner),
      columns: [{ ...columnAsItIs(old), name: to }],
    },
  };
}

/** Rows of a partitioned table cannot be copied. */
const otherwise = ({ catalog }: Subject): Otherwise =>
  catalog.table.kind === 'partitioned' ? 'nothing' : 'copy';

interface AliasNames extends RenamedColumn {
  readonly quarantined: string;
  readonly base: string;
}

function phases({ from, to, quarantined, base: name }: AliasNames, subject: Subject): Phases {
  const { table, catalog, sql } = subject;
  const base = { schema: table.schema, name };
  const columns = [
    ...catalog.columns.map((column) => ({ name: column.name, of: column.name })),
    { name: to, of: from },
  ];
  return {
    expand: viewInPlace({ view: table, base, columns }, subject, {
      put: `put a view in the place of ${table.name}, with ${from} under both names`,
      back: `put the table ${table.name} back in the place of the view`,
    }),
    'read-switch': emptyPhase,
    confidence: emptyPhase,
    quarantine: {
      run: [
        catalogBrief(`take the name ${from} from the view`, 'ACCESS EXCLUSIVE', [
          sql.aliases.renameColumn(table, from, quarantined),
        ]),
      ],
      undo: [
        catalogBrief(`give the view the name ${from} back`, 'ACCESS EXCLUSIVE', [
          sql.aliases.renameColumn(table, quarantined, from),
        ]),
      ],
    },
    contract: {
      run: [
        catalogBrief(`drop the view, and rename ${from} to ${to} for good`, 'ACCESS EXCLUSIVE', [
          ...sql.aliases.takeAway(table, {
            naming: [sql.columns.rename(base, from, to), sql.tables.rename(base, table.name)],
            to: table,
            columns: { [quarantined]: to },
          }),
        ]),
      ],
      undo: { irreversible: `${table.name}.${from} is called ${to}` },
    },
  };
}

const triggerWarnings = (from: string, { table, catalog }: Subject): readonly string[] =>
  catalog.mentions.map((each) =>
    each.trigger
      ? `${mentioning(each, `${table.name}.${from}`)}: every write that reads it from its row fails from the contract on; look before the start`
      : `${mentioning(each, `${table.name}.${from}`)}: it fails from the quarantine on, and the contract gate stays shut until it names the new name`,
  );
