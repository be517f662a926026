import { briefOf, type Brief } from '../notices/brief.ts';
import { livedPhases, type PhaseName, type Plan } from '../plan/plan.ts';
import { readsMove as shapeMovesReads, somethingLeaves } from '../shapes/shape.ts';
import type { Spec } from '../spec/spec.ts';

/** What the state machine needs to know of a migration: the small numbers by which it walks the phases. */
export interface Schedule {
  readonly goal: string;
  /** What notices say of its file. */
  readonly brief: Brief;
  /** Those that the plan has: nobody is asked about another, and nothing waits for it. */
  readonly phases: readonly PhaseName[];
  readonly workers: number;
  /** Who keeps both sides equal: `triggers` or nobody has to, or the application. */
  readonly follow: 'triggers' | 'application';
  readonly ramp: readonly number[];
  readonly bakeSeconds: number;
  /** One entry for each reconciliation of the confidence window, in order. */
  readonly segments: readonly { readonly segment: number; readonly seconds: number }[];
  readonly quarantineSeconds: number;
  readonly gateAtReadSwitch: boolean;
  readonly gateAtSwap: boolean;
  readonly gateAtContract: boolean;
  readonly gateDeadlineSeconds: number;
  /** Each of them fails an open hold of this migration: the team's own here, those of its target beside them. */
  readonly alarms: readonly string[];
}

export function schedule(spec: Spec, plan: Plan): Schedule {
  // Nothing is read in another place when a column was only added.
  const readsMove = shapeMovesReads(plan.shape);
  return {
    goal: spec.goal,
    brief: briefOf(spec),
    phases: livedPhases(plan),
    workers: spec.backfill.parallelism,
    follow: plan.follow ?? 'triggers',
    ramp: readsMove ? spec.reads.ramp : [],
    bakeSeconds: spec.reads.bakeSeconds,
    segments: segments(spec.confidence.windowSeconds, spec.confidence.reconcileEverySeconds),
    quarantineSeconds: somethingLeaves(plan.shape) ? spec.contract.quarantineSeconds : 0,
    gateAtReadSwitch: spec.gates.includes('read-switch'),
    gateAtSwap: spec.gates.includes('swap'),
    gateAtContract: spec.gates.includes('contract'),
    gateDeadlineSeconds: spec.gateDeadlineSeconds,
    alarms: spec.guardrails.rollback.alarms,
  };
}

function segments(windowSeconds: number, everySeconds: number): Schedule['segments'] {
  const count = Math.max(1, Math.ceil(windowSeconds / everySeconds));
  return Array.from({ length: count }, (_, at) => ({
    segment: at + 1,
    seconds: Math.max(1, Math.round(Math.min(everySeconds, windowSeconds - at * everySeconds))),
  }));
}
