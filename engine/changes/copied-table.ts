import type { CopiedFacts } from '../catalog/copied.ts';
import type { IndexFacts } from '../catalog/facts.ts';
import type { CopiedIndex, Partitions, TableCopy } from '../dialects/copies.ts';
import type { SessionSettings } from '../dialects/inspector.ts';
import type { ExpectedTable } from '../plan/expected.ts';
import { emptyPhase } from '../plan/plan.ts';
import { walksAroundSwap } from './exchanged-names.ts';
import { columnAsItIs, expectsNothing } from './expectations.ts';
import type { CompiledChange, Subject } from './kind.ts';
import { isPrimary } from './partition-refusals.ts';
import { columnNamed } from './refusals.ts';

interface Asked {
  readonly partitions: Partitions;
  readonly facts: CopiedFacts;
  readonly indexes: readonly IndexFacts[];
  readonly settings: SessionSettings;
  /** What the primary key becomes, and how the database prints its index; null: what it was. */
  readonly primaryKey: { readonly columns: readonly string[]; readonly printed: string } | null;
}

/** A table with its copy, and every name that must be free for them. */
export function copiedTable(
  { partitions, facts, indexes, settings, primaryKey }: Asked,
  { migration, table, catalog, sql }: Subject,
): { readonly table: TableCopy; readonly names: readonly string[] } {
  const aside = (name: string, side: 'old' | 'new'): string => sql.columns.asideName(name, side);
  const moved = [table.name, ...indexes.map(({ name }) => name), ...facts.statistics.map(({ name }) => name)];
  return {
    names: [
      ...partitions.parts.map(({ name }) => name),
      partitions.rest,
      ...moved.flatMap((name) => [aside(name, 'old'), aside(name, 'new')]),
    ],
    table: {
      migration,
      table,
      fresh: { schema: table.schema, name: aside(table.name, 'new') },
      aside: { schema: table.schema, name: aside(table.name, 'old') },
      owner: catalog.table.owner,
      comment: catalog.table.comment,
      columns: catalog.columns,
      key: catalog.key,
      freshKey:
        primaryKey === null
          ? catalog.key
          : primaryKey.columns.map((name) => ({ name, type: keyType(name, catalog) })),
      indexes: indexes.map((index) =>
        copiedIndex(index, facts, isPrimary(index, facts) ? primaryKey : null, sql),
      ),
      facts,
      partitions,
      settings,
    },
  };
}

const keyType = (name: string, catalog: Subject['catalog']): string => {
  const known = catalog.key.find((each) => each.name === name);
  if (known !== undefined) return known.type;
  const column = columnNamed(catalog, name);
  return `${column?.type ?? ''}${column?.collation ? ` COLLATE ${column.collation}` : ''}`;
};

function copiedIndex(
  index: IndexFacts,
  facts: CopiedFacts,
  primaryKey: Asked['primaryKey'],
  sql: Subject['sql'],
): CopiedIndex {
  const constraint = facts.constraints.find(({ name }) => name === index.constraint);
  const columns = primaryKey?.columns.map((name) => sql.names.quoted(name)).join(', ');
  return {
    ...index,
    definition: primaryKey?.printed ?? index.definition,
    constraint:
      constraint === undefined
        ? null
        : columns === undefined
          ? constraint.definition
          : `PRIMARY KEY (${columns})`,
    constraintComment: constraint?.comment ?? null,
  };
}

/** The phases of a table whose copy takes its place and its name. */
export function copyPlan(copy: TableCopy, { catalog, sql }: Subject): CompiledChange {
  const { table, fresh, aside, partitions } = copy;
  const columns = catalog.columns.map(({ name, type }) => ({ name, type }));
  const expects = expected(copy, sql, (name) => name);
  return {
    shape: {
      kind: 'tables',
      old: { table, columns },
      new: { table: fresh, columns },
      aside: aside.name,
      parts: [...partitions.parts.map(({ name }) => name), partitions.rest],
    },
    phases: {
      expand: { run: sql.copies.create(copy), undo: [sql.copies.drop(copy)] },
      'dual-write': { run: [sql.copies.start(copy)], undo: [sql.copies.end(copy)] },
      backfill: emptyPhase,
      verify: { run: sql.statistics.analyze(copy.migration, fresh), undo: [] },
      swap: { run: [sql.copies.swap(copy)], undo: [sql.copies.swapBack(copy)] },
      confidence: emptyPhase,
      contract: {
        run: [sql.copies.dropOld(copy)],
        undo: { irreversible: `${table.schema}.${table.name} is partitioned, and the old table is gone` },
      },
    },
    walks: walksAroundSwap(sql.copies.walk(copy), sql.copies.compareSwapped(copy)),
    warnings: warningsOf(copy),
    expects,
    differences: sql.copies.differences(copy),
    expectsBeforeSwap: expected(copy, sql, (name) => sql.columns.asideName(name, 'new')),
  };
}

const expected = (copy: TableCopy, sql: Subject['sql'], called: (name: string) => string): ExpectedTable => ({
  ...expectsNothing(copy.owner),
  columns: copy.columns.map((column) => ({
    ...columnAsItIs(column),
    notNull: column.notNull || copy.freshKey.some(({ name }) => name === column.name),
  })),
  indexes: copy.indexes.map(({ name, unique, definition }) => ({ name: called(name), unique, definition })),
  constraints: [
    ...copy.indexes.flatMap(({ name, constraint }) =>
      constraint === null ? [] : [{ name: called(name), valid: true }],
    ),
    ...copy.facts.constraints.flatMap(({ name, kind }) =>
      kind === 'check' || kind === 'foreign key' ? [{ name, valid: true }] : [],
    ),
  ],
  statistics: copy.facts.statistics.map(({ name }) => called(name)),
  ...(copy.facts.identities.length === 0
    ? {}
    : { identitySequences: copy.facts.identities.map(({ sequence }) => sequence.name) }),
  triggers: sql.copies.triggers(copy),
});

function warningsOf({
  table,
  key,
  freshKey,
  partitions,
  facts,
  columns,
  fresh,
}: TableCopy): readonly string[] {
  const name = `${table.schema}.${table.name}`;
  const alone = key.map((each) => each.name).join(', ');
  return [
    `rows that fit into no partition go to ${partitions.rest}; a partition for them can be made only when they have left it`,
    ...(freshKey.length > key.length
      ? [
          `until the contract no two rows have the same ${alone}, as before; from then on only (${freshKey.map((each) => each.name).join(', ')}) is unique`,
        ]
      : []),
    ...(facts.identities.length > 0
      ? [
          `the sequence of ${facts.identities.map(({ column }) => column).join(', ')} is recreated in the swap and counts on; lastval() of a session that drew a number before fails until it draws another`,
        ]
      : []),
    ...(columns.some(({ sequence }) => sequence !== null)
      ? [
          `sequences of ${name} belong to the new table from the swap on, and to the old one again after a rollback`,
        ]
      : []),
    `a transaction at REPEATABLE READ or SERIALIZABLE that writes a row which was copied after it began fails with 40001, and is to be tried again`,
    `do not change ${name} from the start until the swap, nor grant anything on it: ${fresh.name} would not have it, and the gate before the swap stays shut until both are alike again`,
    `from the swap until the contract do not drop, detach or truncate a partition by itself: the old table would keep its rows, and the way back would bring them back`,
    `each row takes its space twice until the contract`,
  ];
}
