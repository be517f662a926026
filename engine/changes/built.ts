import type { BuiltIndex } from '../dialects/partition-indexes.ts';
import type { Brief, Phase, Unit } from '../plan/plan.ts';
import type { ExpectedTable } from '../plan/expected.ts';
import { expectsNothing } from './expectations.ts';
import type { CompiledChange, Subject } from './kind.ts';
import { onPartitions } from './partition-indexes.ts';
import { brief } from '../plan/brief.ts';

/**
 * A build that is stopped leaves an INVALID index, and one that was stopped before its first unit stood would leave it for
 * good. This note in the ledger, and nothing else, makes a rollback look.
 */
const noted = (does: string): Brief => brief(does, 'none', []);

/** Beside the traffic, under a name that nobody else has: an index that somebody else made is never taken for ours. */
export const build = ({ migration, table, sql }: Subject, index: BuiltIndex): readonly Unit[] => [
  noted(`note that ${index.name} is built`),
  sql.indexes.build(migration, table, index),
];

/** The same on a partitioned table: there it is begun under its name, and the parts come one by one. */
export function buildAny(subject: Subject, index: BuiltIndex): readonly Unit[] {
  const { migration, table, catalog, sql } = subject;
  const on = onPartitions(catalog.partitions, sql);
  if (on === null) return build(subject, index);
  return [on.by.begin(table, index, on.partitions), ...on.by.build(migration, table, index, on.partitions)];
}

export function unbuildAny({ table, catalog, sql }: Subject, index: BuiltIndex): Brief {
  const on = onPartitions(catalog.partitions, sql);
  if (on === null) return sql.indexes.unbuild(table, index);
  return brief(`drop ${index.name}`, 'ACCESS EXCLUSIVE', [on.by.drop(table, index.name, on.partitions)]);
}

/** Takes an index away beside the traffic; `back` makes it again. */
export const takeAway = (
  { migration, table, sql }: Subject,
  index: BuiltIndex,
  back: readonly Unit[],
): Phase => ({
  run: [noted(`note that ${index.name} is dropped`), sql.indexes.takeAway(migration, table, index.name)],
  undo: [sql.indexes.build(migration, table, index), ...back],
});

/** What a change does that only builds or drops: one phase, which nobody has to be asked about. */
export const builtAlone = (
  { catalog }: Subject,
  verify: Phase,
  { warnings, expects }: { readonly warnings: readonly string[]; readonly expects: Partial<ExpectedTable> },
): CompiledChange => ({
  shape: { kind: 'none', breaks: null },
  phases: { verify },
  walks: [],
  warnings,
  expects: { ...expectsNothing(catalog.table.owner), ...expects },
});
