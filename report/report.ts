import * as z from 'zod';

/**
 * What happened in one migration, as the page shows it and the JSON beside it holds it. Version 1.
 * Times are ISO 8601 in UTC; durations say their unit in their names. What was not measured says so and why: it is never
 * a zero. No secret and no value of a row is in it.
 */

export interface NotMeasured {
  /** Why, in words that follow "Not measured: ". */
  readonly notMeasured: string;
}
export type Measured<T> = T | NotMeasured;

export function isMeasured<T extends object>(part: T): part is Exclude<T, NotMeasured> {
  return !('notMeasured' in part);
}

const measured = <S extends z.ZodType>(part: S) =>
  z.union([z.strictObject({ notMeasured: z.string() }), part]);

const at = z.iso.datetime();
const count = z.number().nonnegative();
const fact = z.strictObject({ name: z.string(), value: z.string() });
const percentiles = z.strictObject({ p50: count, p95: count, p99: count });

const sectionName = z.enum([
  'plan',
  'expand',
  'dual-write',
  'backfill',
  'verify',
  'read-switch',
  'confidence',
  'quarantine',
  'contract',
  'rollback',
]);

const ticket = z.strictObject({
  goal: z.string(),
  owner: z.string().nullable(),
  ticket: z.string().nullable(),
  /** YYYY-MM-DD. */
  deadline: z.string().nullable(),
  table: z.string(),
  change: z.strictObject({ kind: z.string(), facts: z.array(fact) }),
  /** The execution's ARN. */
  execution: z.string(),
  startedBy: z.string().nullable(),
  from: at,
  to: at,
  /** Windows, gates and limits as they were lived, a rehearsal's shortened ones included. */
  settings: z.array(fact),
});

const outcome = z.strictObject({
  status: z.enum(['completed', 'rolled-back', 'needs-a-person']),
  /** What happened, in one sentence. */
  sentence: z.string(),
  /** What users noticed of it, in one sentence. */
  noticed: z.string(),
  /** Why it went back or stopped. */
  reason: z.string().nullable(),
});

/** What the application's users met. Reads alone where nobody counts whole requests. */
const users = z.strictObject({
  of: z.enum(['requests', 'reads']),
  total: count,
  failed: count,
  /** Acknowledged writes that were gone when looked for; null where nobody looked. */
  lostWrites: count.nullable(),
  p95BeforeMs: count.nullable(),
  p95DuringMs: count.nullable(),
});

const latency = z.strictObject({
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

const backfill = z.strictObject({
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

const reads = z.strictObject({
  source: z.string(),
  intervalSeconds: z.number().positive(),
  old: count,
  new: count,
  points: z.array(z.strictObject({ at, old: count, new: count })),
});

const lockWaits = z.strictObject({
  source: z.string(),
  longestMs: count,
  /** No statement of the migration waits longer for a lock. */
  limitMs: count.nullable(),
  byPhase: z.array(z.strictObject({ phase: z.string(), longestMs: count })),
  points: z.array(z.strictObject({ at, longestMs: count })),
});

const blocked = z.strictObject({
  source: z.string(),
  most: count,
  points: z.array(z.strictObject({ at, sessions: count })),
});

const pass = z.strictObject({
  name: z.string(),
  /** `repair`: the rows that differed were written again. */
  kind: z.enum(['verify', 'repair', 'reconcile', 'before-contract']),
  from: at,
  to: at,
  rows: count,
  /** Rows that differed, or, in a repair, rows that were written. */
  changed: count,
  finished: z.boolean(),
});

const decision = z.strictObject({
  decision: z.enum(['approve', 'reject']),
  reason: z.string(),
  by: z.string().nullable(),
  at,
  /** The hash that the decision named. */
  evidence: z.string().nullable(),
  override: z.boolean(),
});

const evidence = z.strictObject({
  gate: z.string(),
  collectedAt: at,
  hash: z.string().nullable(),
  open: z.boolean(),
  items: z.array(
    z.strictObject({
      what: z.string(),
      measured: z.string(),
      at: at.nullable(),
      verdict: z.enum(['pass', 'fail']),
    }),
  ),
  decision: decision.nullable(),
});

const database = z.strictObject({
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

const cost = z.strictObject({
  usd: count,
  items: z.array(z.strictObject({ what: z.string(), quantity: count, usd: count })),
  /** What is counted and not priced. */
  counts: z.array(fact),
  notes: z.array(z.string()),
});

const statements = z.strictObject({
  phase: z.string(),
  units: z.array(
    z.strictObject({
      does: z.string(),
      lock: z.string(),
      /** `brief`: one transaction under a lock timeout; `online`: beside the traffic; `batch`: again and again, by key. */
      kind: z.enum(['brief', 'online', 'batch']),
      sql: z.array(z.string()),
      /** When it was committed; null where it was not, or where it is sent again and again. */
      appliedAt: at.nullable(),
      /** It was not undone since. */
      stands: z.boolean(),
    }),
  ),
  undo: z.string().nullable(),
});

export const reportSchema = z.strictObject({
  version: z.literal(1),
  kind: z.enum(['rehearsal', 'run']),
  migration: z.string(),
  madeAt: at,
  ticket,
  outcome,
  phases: z.array(z.strictObject({ name: sectionName, from: at, to: at })),
  /** What happened at one moment: drawn on the time axis and listed. */
  marks: z.array(
    z.strictObject({
      at,
      kind: z.enum(['decision', 'alarm', 'rollback', 'failure', 'event']),
      says: z.string(),
    }),
  ),
  users: measured(users),
  latency: measured(latency),
  backfill: measured(backfill),
  reads: measured(reads),
  lockWaits: measured(lockWaits),
  blockedSessions: measured(blocked),
  database: measured(database),
  verification: measured(z.strictObject({ passes: z.array(pass) })),
  evidence: measured(z.strictObject({ gates: z.array(evidence) })),
  cost: measured(cost),
  statements: z.array(statements),
  warnings: z.array(z.string()),
});

export type Report = Readonly<z.infer<typeof reportSchema>>;
export type Users = z.infer<typeof users>;
export type Latency = z.infer<typeof latency>;
export type Backfill = z.infer<typeof backfill>;
export type Reads = z.infer<typeof reads>;
export type LockWaits = z.infer<typeof lockWaits>;
export type Blocked = z.infer<typeof blocked>;
export type Pass = z.infer<typeof pass>;
export type GateEvidence = z.infer<typeof evidence>;
export type Decision = z.infer<typeof decision>;
export type DatabaseLoad = z.infer<typeof database>;
export type Cost = z.infer<typeof cost>;
export type PhaseStatements = z.infer<typeof statements>;
export type Mark = Report['marks'][number];
export type TimedPhase = Report['phases'][number];
export type Fact = z.infer<typeof fact>;

/** Reads a report's JSON back. Raises zod's error for anything else. */
export const parseReport = (json: string): Report => reportSchema.parse(JSON.parse(json));

/** The report as JSON, checked against its own schema before anybody relies on it. */
export const reportJson = (report: Report): string =>
  `${JSON.stringify(reportSchema.parse(report), null, 2)}\n`;
