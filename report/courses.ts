import * as z from 'zod';
import { at, count } from './measured.ts';

/** The parts of a report that have a course over time. */

const percentiles = z.strictObject({ p50: count, p95: count, p99: count });

/** What the application's users met. Reads alone where nobody counts whole requests. */
export const users = z.strictObject({
  of: z.enum(['requests', 'reads']),
  total: count,
  failed: count,
  /** Acknowledged writes that were gone when looked for; null where nobody looked. */
  lostWrites: count.nullable(),
  /** Of all requests before and during the migration; of reads, the median of the intervals' p95 on the old and the new path. */
  p95BeforeMs: count.nullable(),
  p95DuringMs: count.nullable(),
});

export const latency = z.strictObject({
  /** Who measured, and from which moment of a request on. */
  source: z.string(),
  intervalSeconds: z.number().positive(),
  lines: z.array(
    z.strictObject({
      name: z.string(),
      before: percentiles.nullable(),
      during: percentiles.nullable(),
      /** In milliseconds; null in an interval without requests. */
      points: z.array(
        z.strictObject({
          at,
          requests: count.nullable(),
          failed: count.nullable(),
          p50: count.nullable(),
          p95: count.nullable(),
          p99: count.nullable(),
        }),
      ),
    }),
  ),
});

export const backfill = z.strictObject({
  rows: count,
  batches: count,
  workers: count,
  seconds: count,
  /** Rows whose data refused the change; null where the ledger's list is gone. */
  stubbornRows: count.nullable(),
  intervalSeconds: z.number().positive(),
  /** `batchRows`: rows in one statement, on average; null where no batch ended or nobody counted. */
  points: z.array(z.strictObject({ at, rowsPerSecond: count, batchRows: count.nullable() })),
});

export const reads = z.strictObject({
  source: z.string(),
  intervalSeconds: z.number().positive(),
  old: count,
  new: count,
  points: z.array(z.strictObject({ at, old: count, new: count })),
});

export const lockWaits = z.strictObject({
  source: z.string(),
  longestMs: count,
  /** No statement of the migration waits longer for a lock. */
  limitMs: count.nullable(),
  byPhase: z.array(z.strictObject({ phase: z.string(), longestMs: count })),
  points: z.array(z.strictObject({ at, longestMs: count })),
});

export const blockedSessions = z.strictObject({
  source: z.string(),
  most: count,
  points: z.array(z.strictObject({ at, sessions: count })),
});

export const database = z.strictObject({
  source: z.string(),
  intervalSeconds: z.number().positive(),
  lines: z.array(
    z.strictObject({
      name: z.string(),
      unit: z.string(),
      points: z.array(z.strictObject({ at, value: z.number() })),
    }),
  ),
});

export type Users = z.infer<typeof users>;
export type Latency = z.infer<typeof latency>;
export type Backfill = z.infer<typeof backfill>;
export type Reads = z.infer<typeof reads>;
export type LockWaits = z.infer<typeof lockWaits>;
export type BlockedSessions = z.infer<typeof blockedSessions>;
export type DatabaseLoad = z.infer<typeof database>;
