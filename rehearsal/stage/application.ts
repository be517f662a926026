import { setTimeout as sleep } from 'node:timers/promises';
import type { Section } from '../../report/section.ts';
import { percentile, mergedLatencies } from '../traffic/latencies.ts';
import type { TrafficSnapshot } from '../traffic/measurements.ts';
import type { Traffic } from '../traffic/traffic.ts';

export interface TrafficResult {
  readonly requests: number;
  readonly failed: number;
  readonly lostWrites: number;
  readonly p95BaselineMs: number;
  readonly p95DuringMs: number;
  readonly longestLockWaitMs: number;
}

const warmUpMs = 1000;
const beforeTheMigration = new Set(['warm-up', 'baseline']);

/** The application's owners: they deploy and retire its versions at the right moments, and look after its writes. */
export class Application {
  private dualWriteOn = false;
  private backfilled = false;
  private lostWrites = 0;
  private readonly words: string[] = [];
  baselineP95 = 0;
  /** When the traffic had warmed up, in milliseconds since the epoch. */
  baselineFromMs = 0;

  constructor(private readonly traffic: Traffic | null) {}

  async takeBaseline(ms: number): Promise<void> {
    if (!this.traffic) return;
    // The first second warms caches and connections and would flatter the comparison.
    await this.traffic.mark('warm-up');
    await sleep(Math.min(warmUpMs, ms));
    await this.traffic.mark('baseline');
    this.baselineFromMs = Date.now();
    await sleep(ms);
    this.baselineP95 = (await this.traffic.snapshot()).labels['baseline']?.p95 ?? 0;
  }

  async entered(section: Section): Promise<void> {
    if (!this.traffic) return;
    await this.traffic.mark(section);
    if (section === 'backfill') this.dualWriteOn = true;
    if (section === 'verify') this.backfilled = true;
    // Where nothing is copied both names work as soon as reads may move.
    if (section === 'read-switch') this.dualWriteOn = this.backfilled = true;
    // The new version may be deployed once dual write is on; after a rollback the old one comes back beside it.
    if (this.dualWriteOn && (section === 'backfill' || section === 'read-switch' || section === 'rollback'))
      await this.traffic.setStage('both');
  }

  async retireOldVersion(): Promise<void> {
    await this.traffic?.setStage('new-only');
  }

  /** Before a gate is approved. */
  async readyFor(hold: string): Promise<void> {
    if (hold === 'remove-new-shape') {
      await this.traffic?.setStage('baseline');
      this.dualWriteOn = false;
      this.backfilled = false;
    }
    if (hold === 'contract') await this.checkWrites();
  }

  snapshot(): Promise<TrafficSnapshot | undefined> {
    return Promise.resolve(this.traffic?.snapshot());
  }

  async result(): Promise<TrafficResult> {
    await this.checkWrites();
    const measured = await this.snapshot();
    const during = Object.entries(measured?.labels ?? {}).filter(([label]) => !beforeTheMigration.has(label));
    return {
      requests: measured?.requests ?? 0,
      failed: measured?.failed ?? 0,
      lostWrites: this.lostWrites,
      p95BaselineMs: this.baselineP95,
      p95DuringMs: percentile(mergedLatencies(during.map(([, { latencies }]) => latencies)), 95),
      longestLockWaitMs: Math.round(measured?.lockWaits.longestMs ?? 0),
    };
  }

  /** What a reader of the result should know besides its numbers. */
  async notes(): Promise<readonly string[]> {
    const measured = await this.snapshot();
    const failures = (measured?.failures ?? []).map(
      ({ label, code, count, message }) => `${count} requests failed in ${label} with ${code}: ${message}`,
    );
    return [
      ...this.words,
      ...failures,
      ...(measured?.notes ?? []).map((note) => `the traffic leaves out: ${note}`),
    ];
  }

  private async checkWrites(): Promise<void> {
    if (!this.traffic) return;
    // Before the backfill is done, the new column, where it stands already, is nobody's promise.
    const { lost, examples } = await this.traffic.checkWrites(this.backfilled ? {} : { only: 'old' });
    this.lostWrites += lost;
    if (lost > 0) this.words.push(`lost writes at the keys ${examples.join(', ')}`);
  }
}
