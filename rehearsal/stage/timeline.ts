import type { HistoryEventRecord } from '../cloud/step-functions/step-functions.ts';
import { sectionBegun, type Section } from '../../report/section.ts';

export interface TimedSection {
  readonly name: Section;
  readonly durationMs: number;
}

export interface HistoryCount {
  /** Of all executions. */
  readonly events: number;
  readonly executions: number;
  /** Events of the migration's own execution, of which Step Functions takes 25,000. */
  readonly parentEvents: number;
}

/** What the histories of a rehearsal's executions tell: which phases there were, how long, and how many events. */
export class Timeline {
  private readonly entries: { readonly section: Section; readonly atMs: number }[] = [];
  private readonly executions = new Set<string>();
  private count = 0;
  private parentCount = 0;
  private endedMs: number | undefined;

  constructor(private readonly mainExecution: () => string | undefined) {}

  /** Takes an event in; gives the section that the migration enters with it, if it is a new one. */
  hear({ executionArn, event }: HistoryEventRecord): Section | undefined {
    this.count += 1;
    this.executions.add(executionArn);
    if (executionArn !== this.mainExecution()) return undefined;
    this.parentCount += 1;
    const atMs = event.timestamp?.getTime() ?? Date.now();
    if (event.type?.startsWith('Execution') && event.type !== 'ExecutionStarted') this.endedMs = atMs;
    const section = sectionBegun(event);
    if (section === undefined || section === this.current) return undefined;
    this.entries.push({ section, atMs });
    return section;
  }

  get current(): Section | undefined {
    return this.entries.at(-1)?.section;
  }

  get history(): HistoryCount {
    return { events: this.count, executions: this.executions.size, parentEvents: this.parentCount };
  }

  phases(): readonly TimedSection[] {
    const end = this.endedMs ?? Date.now();
    return this.entries.map(({ section, atMs }, at) => ({
      name: section,
      durationMs: Math.round((this.entries[at + 1]?.atMs ?? end) - atMs),
    }));
  }
}
