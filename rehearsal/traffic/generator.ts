import { AcknowledgedWrites } from './acknowledged-writes.ts';
import { ApplicationVersion } from './application-version.ts';
import { Arrivals } from './arrivals.ts';
import type { CheckOptions, WritesChecked } from './check-writes.ts';
import { isOutcomeUnknown } from './failures.ts';
import { LockWatch } from './lock-watch.ts';
import { Measurements, type TrafficSnapshot } from './measurements.ts';
import type { Preparation } from './preparation.ts';
import { pick, seededRandom, type Random } from './random.ts';
import { Readers } from './readers.ts';
import { nextKind } from './request-mix.ts';
import { Requests, RowMissing, type Request } from './requests.ts';
import { KilledInBetween } from './side-by-side.ts';
import { versionsIn, type Stage, type Version } from './stages.ts';
import { trafficEngineOf, type TrafficEngine } from './traffic-engine.ts';
import type { TrafficOptions } from './traffic-options.ts';

/** Sends the traffic. Lives in a process of its own, so that its clock is not disturbed; `traffic.ts` is its other end. */
export class TrafficGenerator {
  readonly #options: TrafficOptions;
  readonly #engine: TrafficEngine;
  readonly #preparation: Preparation;
  readonly #random: Random;
  readonly #requests: Requests;
  readonly #readers: Readers;
  readonly #watch: LockWatch;
  readonly #arrivals: Arrivals;
  readonly #writes = new AcknowledgedWrites();
  readonly #measurements = new Measurements();
  readonly #versions = new Map<Version, ApplicationVersion>();
  readonly #underway = new Set<Promise<void>>();
  /** Whoever finishes waits for it: a version that comes later would stay connected. */
  #deploying: Promise<void> = Promise.resolve();
  #stage: Stage = 'baseline';
  #label = 'baseline';

  private constructor(options: TrafficOptions, engine: TrafficEngine, preparation: Preparation) {
    this.#options = options;
    this.#engine = engine;
    this.#preparation = preparation;
    this.#random = seededRandom(options.seed);
    this.#readers = new Readers(options.readSwitch, preparation.target.shape);
    this.#watch = new LockWatch(
      engine.lockSampler(options.databaseUrl),
      () => this.#underway.size > 0,
      () => this.#label,
      (ms) => this.#measurements.waited(ms),
    );
    this.#arrivals = new Arrivals(options.requestsPerSecond, (scheduled) => this.#arrive(scheduled));
    this.#requests = new Requests({
      ...preparation,
      writes: this.#writes,
      measurements: this.#measurements,
      readers: this.#readers,
      random: this.#random,
      writesBoth: options.writesBoth,
    });
  }

  /** Deploys the old version and begins. */
  static async start(options: TrafficOptions): Promise<TrafficGenerator> {
    const engine = trafficEngineOf(options.databaseUrl);
    const generator = new TrafficGenerator(options, engine, await engine.prepare(options));
    await generator.#watch.start();
    await generator.setStage('baseline');
    generator.resume();
    return generator;
  }

  /** Deploys and retires versions; resolves when those that are retired have had their last answer. */
  setStage(stage: Stage): Promise<void> {
    const deployed = this.#deploying.then(() => this.#deploy(stage));
    this.#deploying = deployed.catch(() => {});
    return deployed;
  }

  async #deploy(stage: Stage): Promise<void> {
    const { databaseUrl, connectionsPerVersion, statementTimeoutMs } = this.#options;
    for (const version of versionsIn[stage]) {
      if (this.#versions.has(version)) continue;
      const application = new ApplicationVersion(
        this.#engine.pool(version, { databaseUrl, connections: connectionsPerVersion, statementTimeoutMs }),
      );
      await application.start();
      this.#versions.set(version, application);
    }
    this.#stage = stage;
    // Also of the versions that stay: none of their requests may still be of the stage before.
    await this.#settled();
    for (const [version, application] of this.#versions) {
      if (versionsIn[stage].includes(version)) continue;
      this.#versions.delete(version);
      await application.stop();
    }
  }

  mark(label: string): void {
    this.#label = label;
  }

  relabel({ from, to }: { readonly from: string; readonly to: string }): void {
    this.#measurements.relabel(from, to);
  }

  snapshot(): TrafficSnapshot {
    return this.#measurements.snapshot(this.#watch.waits, this.#preparation.possible.notes);
  }

  /** Resolves when nothing is under way. */
  async pause(): Promise<void> {
    this.#arrivals.pause();
    await this.#settled();
  }

  resume(): void {
    this.#arrivals.resume();
  }

  /** Holds all acknowledged writes against the table, while no others are made. */
  async checkWrites(options: CheckOptions): Promise<WritesChecked> {
    const wasRunning = this.#arrivals.running;
    await this.pause();
    try {
      return await this.#preparation.checkWrites(this.#writes.all(), options);
    } finally {
      if (wasRunning) this.resume();
    }
  }

  /** Drains, and closes every connection. */
  async finish(): Promise<TrafficSnapshot> {
    await this.#deploying;
    await this.pause();
    await this.#readers.close();
    for (const application of this.#versions.values()) await application.stop();
    this.#versions.clear();
    await this.#watch.stop();
    await this.#preparation.close();
    return this.snapshot();
  }

  async #settled(): Promise<void> {
    await Promise.all(this.#underway);
  }

  #arrive(scheduled: number): void {
    const sending = this.#send(scheduled, this.#label).finally(() => this.#underway.delete(sending));
    this.#underway.add(sending);
  }

  async #send(scheduled: number, label: string): Promise<void> {
    const stage = this.#stage;
    const version = pick(versionsIn[stage], this.#random) ?? 'old';
    const application = this.#versions.get(version);
    const kind = nextKind(this.#random, this.#preparation.possible.kinds);
    // A few new values at a time, beside the traffic; should it fail, those that are left run out and reads take over.
    this.#preparation.pool.refill().catch(() => {});
    const request = this.#requests.make(kind, version, stage);
    if (request === undefined || application === undefined) return;
    await this.#measured(request, application, scheduled, label);
  }

  async #measured(
    request: Request,
    application: ApplicationVersion,
    scheduled: number,
    label: string,
  ): Promise<void> {
    const latencyMs = (): number => performance.now() - scheduled;
    try {
      const answer = await request.send((query) => application.run(query));
      const measured = { label, latencyMs: latencyMs(), queryMs: answer.queryMs, waitMs: answer.waitMs };
      request.acknowledged(answer);
      this.#measurements.add(measured);
    } catch (error) {
      if (!(error instanceof RowMissing) && isOutcomeUnknown(error)) request.unknown();
      // Nobody is left to whom it could have failed.
      if (error instanceof KilledInBetween) return;
      this.#measurements.add({ label, latencyMs: latencyMs(), error });
    } finally {
      request.done();
    }
  }
}
