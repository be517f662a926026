import { setTimeout as sleep } from 'node:timers/promises';
import type { GuardrailMetrics } from '../deployment/guardrail-alarms.ts';
import type { Mark } from '../../report/report.ts';
import type { Section } from '../../report/section.ts';

const pollMs = 20;

/**
 * Trips a guardrail on purpose in one phase: the application's error rate is published as if half of its requests
 * failed, and everything after that is the real thing. Work of a phase that is over in milliseconds is held back until
 * the alarm is on, so that the phase meets it.
 */
export class Breach {
  /** What is published while the breach lasts, of 1. */
  readonly errorRate = 0.5;
  private publishedMs: number | undefined;
  private invocations = 0;
  private over = false;

  constructor(
    private readonly phase: Section,
    private readonly metrics: GuardrailMetrics,
    private readonly isAlarmOn: () => boolean,
  ) {}

  /** Called as the migration enters a section. */
  async entered(section: Section): Promise<void> {
    if (section === 'rollback') this.over = true;
    if (section !== this.phase || this.publishedMs !== undefined) return;
    this.publishedMs = Date.now();
    await this.metrics.publish({ errorRate: this.errorRate, latencyExcess: 0 });
  }

  /** Called before each function is invoked: waits until the alarm is on, but lets long phases do some work first. */
  async beforeInvocation(section: Section | undefined, functionName: string): Promise<void> {
    if (section !== this.phase || this.over) return;
    this.invocations += 1;
    if (lets[functionName]?.(this.invocations)) return;
    while (!this.over && !this.isAlarmOn()) await sleep(pollMs);
  }

  /** Whether the error rate is still to be published as too high. */
  get lasts(): boolean {
    return this.publishedMs !== undefined && !this.over;
  }

  get startedMs(): number | undefined {
    return this.publishedMs;
  }

  /** On the time axis of the report. */
  get marks(): readonly Mark[] {
    if (this.publishedMs === undefined) return [];
    const says = `The rehearsal tripped a guardrail: it published an error rate of ${this.errorRate * 100} %`;
    return [{ at: new Date(this.publishedMs).toISOString(), kind: 'event', says }];
  }
}

// By function: which of the phase's invocations go ahead although the breach is on its way.
const lets: Readonly<Record<string, (invocation: number) => boolean>> = {
  CutShards: () => true,
  BackfillShard: (invocation) => invocation <= 2,
  VerifyShard: (invocation) => invocation <= 2,
  // Their windows are what the alarm should meet.
  SetReadShare: () => true,
};
