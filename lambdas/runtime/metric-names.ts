import type { TargetedMigration } from '../../engine/words/target.ts';

/** The CloudWatch namespace of what Underpin measures itself; dimensions `service` and `target`, and both with `migration`. */
export const underpinNamespace = 'Underpin';

/** What Underpin measures itself: the name, and the unit in which it is published. */
export const underpinMetrics = {
  /** Rows that a walk has passed since the last time it was published. */
  RowsWalked: 'Count',
  /** Share of the rows that the backfill has passed, 0 to 100. */
  PercentDone: 'Percent',
  /** How long the backfill will take at its average rate. */
  SecondsLeft: 'Seconds',
  /** How long a worker has waited without finishing a statement. */
  SecondsWithoutProgress: 'Seconds',
  /** Rows whose data refuse the change. */
  StubbornRows: 'Count',
  /** Rows that differed in a comparison that a repair follows. */
  RowsToRepair: 'Count',
  /** Rows that differed in a comparison that nothing follows but the way back. */
  Mismatches: 'Count',
  /** Sessions that wait for a lock, by the workers' own probe. */
  BlockedSessions: 'Count',
  /** Statements of clients that have run for more than ten seconds, by the workers' own probe. */
  SlowStatements: 'Count',
  /** Rows in one statement of a walk, on average since the last time it was published. */
  BatchRows: 'Count',
  /** Invocations of functions, with what each took in memory times duration, and the statements that it sent: the bill. */
  Invocations: 'Count',
  GbSeconds: 'None',
  DataApiRequests: 'Count',
  /** The share of reads that was sent to the new shape, 0 to 100. */
  ReadShare: 'Percent',
  /** Migrations of a target that are under way, published as one is claimed, with each of its steps, and when it ends. */
  OpenMigrations: 'Count',
} as const;
export type UnderpinMetric = keyof typeof underpinMetrics;

/** Where the application publishes, unless the configuration says otherwise. */
export const applicationNamespace = 'Underpin/Application';

/**
 * What the application publishes about its reads (`client/` does it), in a namespace of the application's own choice:
 * counts and latencies with the dimensions `target`, `migration` and `path` (`old` | `new`), what alarms watch with `target` and
 * once more with `target` and `migration`, the rest with these two.
 */
export const applicationMetrics = {
  /** Reads whose outcome came from the path, by migration and path. A read of the new path that fell back is one of the old. */
  Reads: 'Count',
  /** Reads that failed on the path, by migration and path. Of the new path only those that the old one could answer. */
  ReadErrors: 'Count',
  /** At most 100 in a report, each standing for as many reads as the others, by migration and path. */
  ReadLatency: 'Milliseconds',
  /** Failed reads of the new path as a share of all its reads in the last minute, 0 to 1. */
  ReadErrorRate: 'None',
  /** p95 of the new path's reads over the p95 of the old path's in the last minute: 1.1 is 10 % slower. */
  ReadLatencyRatio: 'None',
  /** Reads for which both paths ran, by migration. */
  Comparisons: 'Count',
  /** Those whose answers differed, by migration. */
  ComparisonMismatches: 'Count',
  /** 1 from a process that has left the new path by itself, 0 from the others: its average is their share. */
  BreakerOpen: 'None',
  /** Writes that only the side of truth is known to have, by migration. */
  PartialWrites: 'Count',
} as const;
export type ApplicationMetric = keyof typeof applicationMetrics;

/** How the reads of one path of one migration are found in that namespace. */
export const readDimensions = (
  { migration, target }: TargetedMigration,
  path: 'old' | 'new',
): readonly { readonly Name: string; readonly Value: string }[] => [
  { Name: 'target', Value: target },
  { Name: 'migration', Value: migration },
  { Name: 'path', Value: path },
];
