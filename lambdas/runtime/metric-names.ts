/** The CloudWatch namespace of what Underpin measures itself; dimensions `service`, and `service` with `migration`. */
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
  /** The share of reads that was sent to the new shape, 0 to 100. */
  ReadShare: 'Percent',
} as const;
export type UnderpinMetric = keyof typeof underpinMetrics;

/**
 * What the application publishes about its reads (the client does it), in a namespace of the application's own choice,
 * with the dimension `path` = `old` | `new` where it says so.
 */
export const applicationMetrics = {
  /** Reads, by path. */
  Reads: 'Count',
  /** Failed reads of the new path as a share of all its reads, 0 to 1. */
  ReadErrorRate: 'None',
  /** p95 of the new path's reads over the p95 of the old path's: 1.1 is 10 % slower. */
  ReadLatencyRatio: 'None',
} as const;
