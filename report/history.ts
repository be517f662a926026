import { sectionBegun, type HistoryEvent, type Section } from './section.ts';
import type { TimedPhase } from './report.ts';

/** The phases that an execution's history tells, in order; the last one lasts until `endMs` unless the execution has ended. */
export function phasesOf(events: readonly HistoryEvent[], endMs: number): readonly TimedPhase[] {
  const entries: { readonly name: Section; readonly atMs: number }[] = [];
  let end = endMs;
  for (const event of events) {
    const { type = '', timestamp } = event;
    const atMs = timestamp?.getTime() ?? endMs;
    if (type.startsWith('Execution') && type !== 'ExecutionStarted' && type !== 'ExecutionRedriven')
      end = atMs;
    const name = sectionBegun(event);
    if (name !== undefined && name !== entries.at(-1)?.name) entries.push({ name, atMs });
  }
  return entries.map(({ name, atMs }, at) => ({
    name,
    from: new Date(atMs).toISOString(),
    to: new Date(Math.max(atMs, entries[at + 1]?.atMs ?? end)).toISOString(),
  }));
}

/** Counts what Step Functions bills: each state that is entered, and each retry of one. */
export class Transitions {
  private entered = 0;
  private tasksEntered = 0;
  private tasksScheduled = 0;

  hear({ type = '' }: HistoryEvent): void {
    if (type.endsWith('StateEntered')) this.entered += 1;
    if (type === 'TaskStateEntered') this.tasksEntered += 1;
    if (type === 'TaskScheduled' || type === 'LambdaFunctionScheduled') this.tasksScheduled += 1;
  }

  get count(): number {
    return this.entered + Math.max(0, this.tasksScheduled - this.tasksEntered);
  }
}
