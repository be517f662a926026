import { phaseNames, type PhaseName } from '../engine/plan/plan.ts';

/** A part of an execution's life: a phase, what comes before the first, or the way back. */
export type Section = PhaseName | 'plan' | 'rollback';

/** What is read of an event of Step Functions' history; the SDK's own shape has more. */
export interface HistoryEvent {
  readonly type?: string | undefined;
  readonly timestamp?: Date | undefined;
  readonly stateEnteredEventDetails?: { readonly name?: string | undefined } | undefined;
}

const framed: ReadonlyMap<string, Section> = new Map(
  [...phaseNames, 'rollback' as const].map((section) => [section, section]),
);

/** The section that begins with an event. A phase is a frame of its name: "Dual write" is dual-write. */
export function sectionBegun({ type, stateEnteredEventDetails }: HistoryEvent): Section | undefined {
  if (type === 'ExecutionStarted') return 'plan';
  if (type !== 'ParallelStateEntered') return undefined;
  return framed.get((stateEnteredEventDetails?.name ?? '').toLowerCase().replaceAll(' ', '-'));
}
