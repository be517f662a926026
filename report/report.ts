import * as z from 'zod';
import { verdicts } from '../engine/evidence/verdict.ts';
import { backfill, blockedSessions, database, latency, lockWaits, reads, users } from './courses.ts';
import { at, count, fact, orNotMeasured } from './measured.ts';
import { sections } from './section.ts';

export type { Backfill, BlockedSessions, DatabaseLoad, Latency, LockWaits, Reads, Users } from './courses.ts';
export { isMeasured, type Measured, type NotMeasured } from './measured.ts';

const sectionName = z.enum(sections);

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

const pass = z.strictObject({
  name: z.string(),
  /** `repair`: the rows that differed were written again. */
  kind: z.enum(['verify', 'repair', 'reconcile', 'before-contract', 'before-drop']),
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
  /** What sent the migration back before this answer arrived; null where it counted. */
  overtakenBy: z.string().nullable(),
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
      verdict: z.enum(verdicts),
    }),
  ),
  decision: decision.nullable(),
});

const audit = z.strictObject({
  at,
  /** What is not as it was to be, or still there, and what to do about it. */
  open: z.array(z.strictObject({ what: z.string(), remedy: z.string() })),
  /** What was looked at and is well. */
  passed: z.array(z.string()),
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

/**
 * What happened in one migration, as the page shows it and the JSON beside it holds it. Version 1.
 * Times are ISO 8601 in UTC; durations say their unit in their names. What was not measured says so and why: it is never
 * a zero. No secret and no value of a row is in it.
 */
const reportSchema = z.strictObject({
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
  users: orNotMeasured(users),
  latency: orNotMeasured(latency),
  backfill: orNotMeasured(backfill),
  reads: orNotMeasured(reads),
  lockWaits: orNotMeasured(lockWaits),
  blockedSessions: orNotMeasured(blockedSessions),
  database: orNotMeasured(database),
  verification: orNotMeasured(z.strictObject({ passes: z.array(pass) })),
  evidence: orNotMeasured(z.strictObject({ gates: z.array(evidence) })),
  audit: orNotMeasured(audit),
  cost: orNotMeasured(cost),
  statements: z.array(statements),
  warnings: z.array(z.string()),
});

export type Report = Readonly<z.infer<typeof reportSchema>>;
export type Pass = z.infer<typeof pass>;
export type GateEvidence = z.infer<typeof evidence>;
export type Decision = z.infer<typeof decision>;
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
