import { phaseNames } from '../engine/plan/plan.ts';

/** The parts of an execution's life: what comes before the first phase, the phases, and the way back. */
export const sections = ['plan', ...phaseNames, 'rollback'] as const;
export type Section = (typeof sections)[number];

/** What is read of an event of Step Functions' history; the SDK's own shape has more. */
export interface HistoryEvent {
  readonly type?: string | undefined;
  readonly timestamp?: Date | undefined;
  readonly stateEnteredEventDetails?: { readonly name?: string | undefined } | undefined;
}

const framed: ReadonlyMap<string, Section> = new Map(
  sections.filter((section) => section !== 'plan').map((section) => [section, section]),
);

/** The section that begins with an event. A phase is a frame of its name: "Dual write" is dual-write. */
export function sectionBegun({ type, stateEnteredEventDetails }: HistoryEvent): Section | undefined {
  if (type === 'ExecutionStarted') return 'plan';
  if (type !== 'ParallelStateEntered') return undefined;
  return framed.get((stateEnteredEventDetails?.name ?? '').toLowerCase().replaceAll(' ', '-'));
}
