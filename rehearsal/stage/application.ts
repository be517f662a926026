import { setTimeout as sleep } from 'node:timers/promises';
import { baselineText, labelsBefore, measureBaseline, type Baseline } from './baseline.ts';
import type { Section } from '../../report/section.ts';
import { percentile, mergedLatencies } from '../traffic/latencies.ts';
import type { LabelStatistics, TrafficSnapshot } from '../traffic/measurements.ts';
import type { Traffic } from '../traffic/traffic.ts';

/** What the application met while the migration ran; what came before is no doing of the migration. */
export interface TrafficResult {
  readonly requests: number;
  readonly failed: number;
  /** Requests that failed before the migration began. */
  readonly failedBefore: number;
  readonly lostWrites: number;
  /** Null where it was not stable, so that nothing can be compared with it. */
  readonly p95BaselineMs: number | null;
  readonly p95DuringMs: number;
  readonly longestLockWaitMs: number;
}

const warmUpMs = 1000;

/** What a team needs to deploy the earlier version again; the one that is there writes on meanwhile. */
const deploymentMs = 1500;

/** The application's owners: they deploy and retire its versions at the right moments, and look after its writes. */
export class Application {
  private dualWriteOn = false;
  private backfilled = false;
  /** Of an application that writes both sides itself: the side that it has promised by. */
  private truth: 'old' | 'new' = 'old';
  private isOldRetired = false;
  /** Whoever deploys something else waits for it. */
  private deployed: Promise<void> = Promise.resolve();
  private lostWrites = 0;
  private readonly words: string[] = [];
  /** Null before it is measured, and without traffic. */
  baseline: Baseline | null = null;

  /** `writesBoth`: without a trigger, each side by a statement of its own. */
  constructor(
    private readonly traffic: Traffic | null,
    private readonly writesBoth = false,
  ) {}

  async takeBaseline(ms: number): Promise<void> {
    if (!this.traffic) return;
    this.baseline = await measureBaseline(this.traffic, ms, Math.min(warmUpMs, ms));
    if (!this.baseline.isStable) this.words.push(baselineText(this.baseline));
  }

  async entered(section: Section): Promise<void> {
    if (!this.traffic) return;
    await this.traffic.mark(section);
    if (section === 'backfill') this.dualWriteOn = true;
    if (section === 'verify') this.backfilled = true;
    if (section === 'rollback') this.truth = 'old';
    // Where nothing is copied both names work as soon as reads may move.
    if (section === 'read-switch') this.dualWriteOn = this.backfilled = true;
    // The new version may be deployed once dual write is on; after a rollback the old one comes back beside it.
    if (this.dualWriteOn && (section === 'backfill' || section === 'read-switch' || section === 'rollback'))
      await (this.deployed = this.deployBoth());
  }

  /** Without a trigger nobody but the way back itself sees what the new version writes until the old one is there again. */
  private async deployBoth(): Promise<void> {
    if (this.writesBoth && this.isOldRetired) await sleep(deploymentMs);
    await this.traffic?.setStage('both');
    this.isOldRetired = false;
  }

  async retireOldVersion(): Promise<void> {
    await this.traffic?.setStage('new-only');
    this.isOldRetired = true;
  }

  /** Before a gate is approved. */
  async readyFor(hold: string): Promise<void> {
    await this.deployed;
    if (hold === 'remove-new-shape') {
      await this.traffic?.setStage('baseline');
      this.dualWriteOn = false;
      this.backfilled = false;
    }
    if (hold !== 'contract') return;
    this.truth = 'new';
    await this.checkWrites();
  }

  snapshot(): Promise<TrafficSnapshot | undefined> {
    return Promise.resolve(this.traffic?.snapshot());
  }

  async result(): Promise<TrafficResult> {
    await this.checkWrites();
    const measured = await this.snapshot();
    const during = measured === undefined ? [] : requestsDuring(measured);
    const failed = sumOf(during, (each) => each.failed);
    return {
      requests: sumOf(during, (each) => each.requests),
      failed,
      failedBefore: (measured?.failed ?? 0) - failed,
      lostWrites: this.lostWrites,
      p95BaselineMs: this.baseline?.isStable === true ? this.baseline.p95Ms : null,
      p95DuringMs: percentile(mergedLatencies(during.map(({ latencies }) => latencies)), 95),
      longestLockWaitMs: Math.round(measured?.lockWaits.longestMs ?? 0),
    };
  }

  /** What a reader of the result should know besides its numbers. */
  async notes(): Promise<readonly string[]> {
    const measured = await this.snapshot();
    const failures = (measured?.failures ?? []).map(
      ({ label, code, count, message }) =>
        `${count} requests failed ${labelsBefore.has(label) ? `before the migration began, in the ${label},` : `in ${label}`} with ${code}: ${message}`,
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
    // Where the application writes both, the other side may be as old as the last reconciliation.
    const only = this.writesBoth ? this.truth : this.backfilled ? undefined : 'old';
    const { lost, examples } = await this.traffic.checkWrites(only === undefined ? {} : { only });
    this.lostWrites += lost;
    if (lost > 0) this.words.push(`lost writes at the keys ${examples.join(', ')}`);
  }
}

/** What was measured while the migration ran, by what ran. */
const requestsDuring = ({ labels }: TrafficSnapshot): readonly LabelStatistics[] =>
  Object.entries(labels)
    .filter(([label]) => !labelsBefore.has(label))
    .map(([, each]) => each);

export const failedDuring = (measured: TrafficSnapshot): number =>
  sumOf(requestsDuring(measured), ({ failed }) => failed);

const sumOf = (all: readonly LabelStatistics[], count: (one: LabelStatistics) => number): number =>
  all.reduce((total, one) => total + count(one), 0);
