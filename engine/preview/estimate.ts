import { bill, type BillItem, type Usage } from './prices.ts';
import { livedPhases, phaseOf, type Phase, type PhaseName, type Plan } from '../plan/plan.ts';
import type { Schedule } from './schedule.ts';
import type { Spec } from '../spec/spec.ts';
import type { TableStatistics } from '../catalog/statistics.ts';
import { countStates } from './transitions.ts';
import { declaredDutyCycle, paceLimits } from '../walk/pace.ts';
import { shardsOf } from '../walk/shards.ts';

/** What is assumed of the database and of AWS; measured ones win. */
export interface Assumptions {
  /** Rows of a batch that one worker writes in a second, at most; wide rows take longer. */
  readonly rowsPerSecond: number;
  /** What one worker writes in a second, at most. */
  readonly bytesPerSecond: number;
  /** Rows of a range that one worker compares in a second. */
  readonly comparedPerSecond: number;
  /** How fast an index build or a validation reads the table. */
  readonly scannedPerSecond: number;
  /** A call of the Data API beside the statement itself. */
  readonly callMs: number;
}

/** A rehearsal on two small cores writes about this; a provisioned Aurora instance should not be slower. */
export const usualAssumptions: Assumptions = {
  rowsPerSecond: 60_000,
  bytesPerSecond: 30_000_000,
  comparedPerSecond: 350_000,
  scannedPerSecond: 100_000_000,
  callMs: 10,
};

export interface PhaseEstimate {
  readonly phase: PhaseName;
  /** That something works. */
  readonly workSeconds: number;
  /** That the migration waits by the clock, as its file says. */
  readonly windowSeconds: number;
}

export interface Estimate {
  readonly phases: readonly PhaseEstimate[];
  /** From the start to the end, without what people need to answer gates. */
  readonly seconds: number;
  /** One comparison of all rows in the confidence window. */
  readonly passSeconds: number;
  readonly backfill: { readonly batches: number; readonly batchRows: number; readonly shards: number };
  readonly usage: Usage;
  readonly bill: { readonly items: readonly BillItem[]; readonly usd: number };
}

export interface EstimatedMigration {
  readonly spec: Spec;
  readonly plan: Plan;
  readonly schedule: Schedule;
  readonly statistics: TableStatistics;
}

// Of a function's 10 minutes the last one is kept for the hand-over.
const invocationSeconds = 540;
const memoryGb = 0.5;
// What a function takes that only asks or tells: its start, a few calls.
const shortSeconds = 1;
// One brief unit: a call, a lock, the catalog.
const unitSeconds = 0.1;
// How often the machine looks at something that builds, and the workers at the database's health.
const pollSeconds = 2;
const probeSeconds = 1;

/**
 * How long a migration takes and what it costs, from what the server has counted of its table. Of orders of magnitude
 * it is sure; of the rest `assumptions` decide. Waits for people are not in it.
 */
export function estimate(known: EstimatedMigration, assumptions: Assumptions = usualAssumptions): Estimate {
  const { plan, schedule } = known;
  const copy = walked(known, 'write', assumptions);
  const compare = walked(known, 'compare', assumptions);
  const reconcile = reconciled(known.spec, compare);
  const building = onlineSeconds(known, assumptions);
  const phases = livedPhases(plan).map((phase) => ({
    phase,
    workSeconds:
      briefSeconds(phaseOf(plan, phase)) + work(phase, { copy, compare, reconcile, building, schedule }),
    windowSeconds: windowOf(phase, schedule),
  }));
  // Nearly all comparisons are those of the confidence window.
  const usage = usageOf({ copy, compare: reconcile, building, known });
  return {
    phases,
    seconds: phases.reduce((sum, { workSeconds, windowSeconds }) => sum + workSeconds + windowSeconds, 0),
    passSeconds: reconcile.seconds,
    backfill: { batches: copy.calls, batchRows: copy.callRows, shards: copy.shards },
    usage,
    bill: bill(usage),
  };
}

interface Walked {
  readonly seconds: number;
  readonly calls: number;
  readonly callRows: number;
  readonly shards: number;
  readonly workers: number;
}

/** One walk over all rows: calls as large as their target time allows, each followed by its rest, shared by the workers. */
function walked(
  { spec, plan, statistics }: EstimatedMigration,
  does: 'write' | 'compare',
  assumptions: Assumptions,
): Walked {
  const rows = Math.max(0, statistics.rows);
  if (plan.walks.length === 0 || rows === 0)
    return { seconds: 0, calls: 0, callRows: 0, shards: plan.walks.length === 0 ? 0 : 1, workers: 1 };
  const { parallelism, dutyCycle } = spec.backfill;
  const rowBytes = Math.max(1, statistics.tableBytes / rows);
  const speed =
    does === 'compare'
      ? assumptions.comparedPerSecond
      : Math.min(assumptions.rowsPerSecond, assumptions.bytesPerSecond / rowBytes);
  const { targetMs, maxRows } = paceLimits(spec.backfill, rowBytes);
  const workingMs = Math.max(1, targetMs - assumptions.callMs);
  const callRows = Math.max(1, Math.min(maxRows, Math.floor((speed * workingMs) / 1000)));
  const shards = shardsOf(rows, parallelism);
  const workers = Math.min(parallelism, shards);
  const calls = Math.max(shards, Math.ceil(rows / callRows));
  const working = rows / speed + (calls * assumptions.callMs) / 1000;
  return { seconds: working / dutyCycle / workers, calls, callRows, shards, workers };
}

/** The same comparison by the budget of the confidence window. */
const reconciled = (spec: Spec, compare: Walked): Walked => ({
  ...compare,
  seconds: (compare.seconds * spec.backfill.dutyCycle) / declaredDutyCycle(spec, 'reconcile'),
});

/** An index is built in two passes over the table, a constraint is validated in one. */
function onlineSeconds({ plan, statistics }: EstimatedMigration, { scannedPerSecond }: Assumptions): number {
  const scans = livedPhases(plan)
    .flatMap((phase) => phaseOf(plan, phase).run)
    .reduce((sum, unit) => sum + (unit.kind === 'online' ? unit.scans : 0), 0);
  return (scans * statistics.tableBytes) / scannedPerSecond;
}

const briefSeconds = ({ run }: Phase): number => run.length * unitSeconds;

interface Parts {
  readonly copy: Walked;
  readonly compare: Walked;
  readonly reconcile: Walked;
  readonly building: number;
  readonly schedule: Schedule;
}

function work(phase: PhaseName, { copy, compare, reconcile, building, schedule }: Parts): number {
  if (phase === 'backfill') return copy.seconds;
  if (phase === 'verify') return compare.seconds + building;
  if (phase === 'confidence') return reconcile.seconds * schedule.segments.length;
  return phase === 'quarantine' ? compare.seconds : 0;
}

function windowOf(phase: PhaseName, { ramp, bakeSeconds, segments, quarantineSeconds }: Schedule): number {
  if (phase === 'read-switch') return ramp.length * bakeSeconds;
  if (phase === 'confidence') return segments.reduce((sum, { seconds }) => sum + seconds, 0);
  return phase === 'quarantine' ? quarantineSeconds : 0;
}

interface Used {
  readonly copy: Walked;
  readonly compare: Walked;
  readonly building: number;
  readonly known: EstimatedMigration;
}

function usageOf({ copy, compare, building, known: { plan, schedule } }: Used): Usage {
  const units = livedPhases(plan).flatMap((phase) => phaseOf(plan, phase).run).length;
  const polls = Math.ceil(building / pollSeconds);
  const counted = countStates(schedule, {
    shards: copy.shards,
    builds: Math.max(1, Math.ceil(building / invocationSeconds)),
    copyInvocations: invocations(copy),
    passInvocations: invocations(compare),
  });
  const { passes } = counted;
  const workerSeconds = copy.seconds * copy.workers + passes * compare.seconds * compare.workers + building;
  const workers = invocations(copy) + passes * invocations(compare);
  return {
    stateTransitions: counted.transitions,
    lambdaInvocations: counted.invocations,
    lambdaGbSeconds: memoryGb * (workerSeconds + Math.max(0, counted.invocations - workers) * shortSeconds),
    dataApiRequests: Math.ceil(
      copy.calls +
        passes * compare.calls +
        workerSeconds / probeSeconds +
        polls * 3 +
        units * 2 +
        counted.invocations * 3,
    ),
  };
}

const invocations = ({ seconds, workers, shards }: Walked): number =>
  Math.max(shards, Math.ceil((seconds * workers) / invocationSeconds));
