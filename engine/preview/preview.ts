import * as z from 'zod';
import { tableName } from '../spec/table-name.ts';
import { checklistOf } from './checklist.ts';
import { movesReads } from '../changes/bound-kind.ts';
import { estimate, usualAssumptions, type Assumptions, type Estimate } from './estimate.ts';
import { engines } from '../dialects/engine.ts';
import { dialectOf } from '../dialects/dialects.ts';
import { findingsOf } from './findings.ts';
import {
  irreversible,
  lock,
  phaseNames,
  type Phase,
  type PhaseName,
  type Plan,
  type Unit,
  livedPhases,
  phaseOf,
} from '../plan/plan.ts';
import { schedule } from './schedule.ts';
import { statementsOfWalk } from '../plan/walk-statements.ts';
import { waysOf, waysSchema, type BothWays } from './ways.ts';
import type { Spec } from '../spec/spec.ts';
import { tableStatistics, type TableStatistics } from '../catalog/statistics.ts';

const statement = z.object({
  does: z.string(),
  /** The strongest table lock, as PostgreSQL names it; `none`. */
  lock,
  /** Strong locks are held only as long as the catalog takes to change. */
  held: z.enum(['milliseconds', 'its scans', 'its sample']),
  /** How long its scans take, estimated; null where it has none. */
  scanSeconds: z.number().nullable(),
  /** How often the whole table is read, beside the traffic. */
  scans: z.number(),
  /** How long the statement, and everybody behind it, may wait for its lock; null: it waits beside the traffic. */
  waitsAtMostMs: z.number().nullable(),
  sql: z.array(z.string()),
});
export type PreviewedStatement = Readonly<z.infer<typeof statement>>;

const phase = z.object({
  phase: z.enum(phaseNames),
  statements: z.array(statement),
  undo: z.union([z.array(statement), irreversible]),
});

const usage = z.object({
  stateTransitions: z.number(),
  lambdaInvocations: z.number(),
  lambdaGbSeconds: z.number(),
  dataApiRequests: z.number(),
});

const estimated = z.object({
  phases: z.array(
    z.object({ phase: z.enum(phaseNames), workSeconds: z.number(), windowSeconds: z.number() }),
  ),
  seconds: z.number(),
  passSeconds: z.number(),
  backfill: z.object({ batches: z.number(), batchRows: z.number(), shards: z.number() }),
  usage,
  bill: z.object({
    items: z.array(z.object({ what: z.string(), quantity: z.number(), usd: z.number() })),
    usd: z.number(),
  }),
  assumptions: z.object({
    rowsPerSecond: z.number(),
    bytesPerSecond: z.number(),
    comparedPerSecond: z.number(),
    scannedPerSecond: z.number(),
    callMs: z.number(),
  }),
});

/** A migration in what `underpin plan --format json` prints; docs/plan.md says what each key means. Keys are added, never renamed. */
export const previewSchema = z.object({
  format: z.literal('underpin-plan-1'),
  migration: z.string(),
  goal: z.string(),
  /** null: no database was asked. */
  engine: z.enum(engines).nullable(),
  /** This database has been through it: nothing is left to do. */
  completed: z.boolean(),
  table: tableName,
  change: z.looseObject({ kind: z.string() }),
  /** null: no database was asked, and only the checklist is reported. */
  statistics: tableStatistics.nullable(),
  phases: z.array(phase).nullable(),
  /** The statements that walk the rows; none where no row has to be written or compared. */
  walks: z.array(z.object({ purposes: z.array(z.string()), statements: z.record(z.string(), z.string()) })),
  /** Two ways to the same end, side by side; null where there is one only, or nobody was asked. */
  ways: waysSchema.nullable(),
  /** The first phase that nothing undoes; null: everything can be undone, or nobody knows yet. */
  reversibleUntil: z.enum(phaseNames).nullable(),
  /** Statements for `dependents:`, as YAML has them; none where every view reads what stays. */
  offers: z.array(z.string()),
  findings: z.array(z.object({ key: z.string(), fact: z.string(), remedy: z.string() })),
  checklist: z.array(
    z.object({ item: z.string(), state: z.enum(['done', 'open']), answer: z.string(), how: z.string() }),
  ),
  estimate: estimated.nullable(),
});
export type Preview = Readonly<z.infer<typeof previewSchema>>;

/** What the database told. */
export interface DatabaseFacts {
  readonly plan: Plan;
  readonly statistics: TableStatistics;
  /** How the migration stands already, for people; null where it never began. */
  readonly standing: string | null;
  readonly completed?: boolean;
  /** What it said of both ways, where a change has two and nothing of it stands. */
  readonly bothWays: BothWays | null;
}

export interface PreviewOptions {
  /** YYYY-MM-DD. */
  readonly today: string;
  readonly assumptions?: Assumptions;
}

/** All that can be said of a migration before it starts. */
export function preview(
  spec: Spec,
  seen: DatabaseFacts | null,
  { today, assumptions = usualAssumptions }: PreviewOptions,
): Preview {
  const readsMove = movesReads(spec.change);
  const sql = seen === null ? null : dialectOf(seen.plan.engine);
  // Never analysed or not: the bytes are known.
  const scanSeconds = (seen?.statistics.tableBytes ?? 0) / assumptions.scannedPerSecond;
  const known = seen === null ? null : foreseen(spec, seen, assumptions);
  return previewSchema.parse({
    format: 'underpin-plan-1',
    migration: spec.name,
    goal: spec.goal,
    engine: sql?.engine ?? null,
    completed: seen?.completed ?? false,
    table: spec.table,
    change: spec.change,
    statistics: seen?.statistics ?? null,
    phases:
      seen === null
        ? null
        : livedPhases(seen.plan).map((name) => shown(name, phaseOf(seen.plan, name), { spec, scanSeconds })),
    walks: (seen?.plan.walks ?? []).map((walk) => ({
      purposes: walk.purposes,
      statements: statementsOfWalk(walk),
    })),
    ways:
      seen === null || seen.bothWays === null ? null : waysOf({ spec, ...seen }, seen.bothWays, assumptions),
    reversibleUntil: seen === null ? null : pointOfNoReturn(seen.plan),
    offers: seen?.plan.offers ?? [],
    findings:
      seen === null || known === null || sql === null
        ? []
        : findingsOf({ spec, ...seen, sql, estimate: known, today }),
    checklist: checklistOf({ spec, statistics: seen?.statistics ?? null, sql, readsMove }),
    estimate: known === null ? null : { ...known, assumptions },
  });
}

const foreseen = (spec: Spec, seen: DatabaseFacts, assumptions: Assumptions): Estimate =>
  estimate({ spec, ...seen, schedule: schedule(spec, seen.plan) }, assumptions);

const pointOfNoReturn = (plan: Plan): PhaseName | null =>
  livedPhases(plan).find((name) => 'irreversible' in phaseOf(plan, name).undo) ?? null;

interface Shown {
  readonly spec: Spec;
  /** Of one scan of the table. */
  readonly scanSeconds: number;
}

const shown = (name: PhaseName, { run, undo }: Phase, known: Shown) => ({
  phase: name,
  statements: run.map((unit) => previewStatement(unit, known)),
  undo: 'irreversible' in undo ? undo : undo.map((unit) => previewStatement(unit, known)),
});

const previewStatement = (unit: Unit, { spec, scanSeconds }: Shown): PreviewedStatement =>
  unit.kind === 'brief'
    ? {
        does: unit.does,
        lock: unit.lock,
        held: 'milliseconds',
        scanSeconds: null,
        scans: 0,
        waitsAtMostMs: Math.min(spec.lockTimeoutMs, unit.waitsAtMostMs ?? spec.lockTimeoutMs),
        sql: [...unit.statements],
      }
    : {
        does: unit.does,
        lock: unit.lock,
        held: unit.scans === 0 ? 'its sample' : 'its scans',
        scanSeconds: unit.scans === 0 ? null : scanSeconds * unit.scans,
        scans: unit.scans,
        waitsAtMostMs: null,
        sql: [unit.statement],
      };
