import { AppConfigAgent } from './agent.ts';
import { Breaker } from './breaker.ts';
import { bucketOf } from './buckets.ts';
import { Comparison } from './comparison.ts';
import { writeBoth } from './dual-write.ts';
import { FlagWatch } from './flag-watch.ts';
import { GuardedReads } from './guarded-reads.ts';
import { Measurements } from './measurements.ts';
import { metricSettings, settingsOf, type ReadSwitchOptions, type Settings } from './options.ts';
import { nameOf, type Key, type Path, type ReadPaths, type WritePaths } from './paths.ts';
import { Publisher } from './publisher.ts';
import { ShadowWrites } from './shadow-writes.ts';
import { within } from './within.ts';
import { writeMode, type WriteMode } from './write-mode.ts';

/** At 100 % nobody reads the old path any more: the last p95 that was known goes on to be the measure. */
const enoughForOldP95 = 100;

/** What is still under way in the background then is forgotten. */
const closingMs = 1000;

export interface SwitchState {
  /** Percent of the keys on the new path; null while it is not known. */
  readonly share: number | null;
  readonly breaker: 'closed' | 'open' | 'trying';
  /** Milliseconds since the agent's last good answer; Infinity before the first. */
  readonly heardMsAgo: number;
}

/** Decides for each read which shape it asks. Made once in a process, by `readSwitch`. */
export class ReadSwitch {
  readonly #settings: Settings;
  readonly #agent: AppConfigAgent;
  readonly #watch: FlagWatch;
  readonly #measurements = new Measurements();
  readonly #breaker: Breaker | null;
  readonly #reads: GuardedReads;
  readonly #comparison: Comparison;
  readonly #shadows = new ShadowWrites();
  readonly #publisher: Publisher;
  #oldP95: number | undefined;

  /** @throws TypeError for an option that cannot be meant */
  constructor(options: ReadSwitchOptions) {
    const settings = settingsOf(options);
    const { flag, agent, token, timeoutMs, refreshMs, trustMs, onEvent, breaker, compare } = settings;
    const metrics = metricSettings(options.metrics);
    this.#settings = settings;
    this.#agent = new AppConfigAgent({ url: agent, flag, token, timeoutMs });
    this.#watch = new FlagWatch({
      flag,
      ask: (key) => this.#agent.ask(key),
      refreshMs,
      trustMs,
      onEvent: (event) => {
        if (event.what === 'flag-moved' && event.share === 0) this.#breaker?.reset();
        onEvent(event);
      },
    });
    this.#breaker = breaker && this.#newBreaker(breaker);
    this.#reads = new GuardedReads(this.#measurements, this.#breaker);
    this.#comparison = new Comparison({
      flag,
      share: () => compare.share ?? this.#watch.compare ?? 0,
      onEvent,
      counted: (isSame) => this.#measurements.compared(isSame),
    });
    this.#publisher = new Publisher({
      flag,
      measurements: this.#measurements,
      settings: metrics,
      breakerOpen: () => (this.#isOldForAll() ? undefined : this.#isBreakerOpen()),
      tick: () => this.#tick(),
      failed: (error) => this.#fault('metrics.write', error),
    });
    this.#watch.start();
  }

  /**
   * The answer of the path that the flag chooses for this key. Rejects with what that path fails with, and with nothing
   * else; a read that fails on the new path is asked of the old one first.
   */
  async read<T>(key: Key, paths: ReadPaths<T>): Promise<T> {
    const path = await this.#pathFor(key);
    // null: there is no breaker. Undefined: it does not let this read on to the new path.
    const admission = path === 'new' ? this.#breaker && this.#breaker.admit() : undefined;
    const taken = admission === undefined ? 'old' : 'new';
    const flagged = (): Promise<T> =>
      admission === undefined ? this.#reads.old(paths) : this.#reads.new(paths, admission);
    return this.#compares() ? this.#comparison.run(key, paths, taken, flagged) : flagged();
  }

  /**
   * For applications that write both shapes themselves: writes the truth first, then the other side. Resolves and rejects
   * as the truth does; while the truth moves, it rejects too where the other side does.
   */
  write<T>(key: Key, paths: WritePaths<T>): Promise<T> {
    const { flag, otherWithinMs, onEvent } = this.#settings;
    return writeBoth(key, paths, {
      flag,
      otherWithinMs,
      onEvent,
      mode: () => this.writes,
      partial: () => this.#measurements.wrotePartially(),
      shadows: this.#shadows,
    });
  }

  /** The side that wins where both differ: as the flag says, else the new one once every read is there. */
  get truth(): Path {
    return this.writes.truth;
  }

  /** How a write is made now. */
  get writes(): WriteMode {
    return writeMode(this.#watch.share, this.#watch.writes, this.#watch.heardMsAgo);
  }

  /** The path of a key by what is known now. */
  pathOf(key: Key): Path {
    return this.#isBreakerOpen() ? 'old' : this.#watch.path(bucketOf(key));
  }

  get state(): SwitchState {
    return {
      share: this.#watch.share,
      breaker: this.#breaker?.state ?? 'closed',
      heardMsAgo: this.#watch.heardMsAgo,
    };
  }

  /**
   * Resolves when the path of every key is known, or after `withinMs`, and says whether the agent has answered at all. To be
   * awaited before serving: until then reads take the old path.
   */
  async ready(withinMs = 2000): Promise<boolean> {
    await within(withinMs, this.#watch.learnAll());
    return this.#watch.isKnown;
  }

  /** Writes the metrics now; for whoever is about to be frozen or ended. */
  flush(): void {
    this.#publisher.flush();
  }

  /** Stops asking, waits for what is under way in the background and writes the last metrics. Reads go on by the last good answer. */
  async close(): Promise<void> {
    this.#watch.close();
    await within(closingMs, Promise.all([this.#comparison.settled(), this.#shadows.settled()]));
    this.#publisher.close();
    this.#agent.close();
  }

  async #pathFor(key: Key): Promise<Path> {
    try {
      const bucket = bucketOf(key);
      if (this.#publisher.isOverdue) setImmediate(() => this.#publisher.flush());
      if (this.#watch.wantsAnswer(bucket)) {
        const learning = this.#watch.learn(bucket);
        if (this.#settings.waitMs > 0) await within(this.#settings.waitMs, learning);
      }
      return this.#watch.path(bucket);
    } catch (error) {
      this.#fault('choose', error);
      return 'old';
    }
  }

  #compares(): boolean {
    const share = this.#watch.share;
    const { compare } = this.#settings;
    const isRamp = this.#watch.isKnown && share !== 0 && share !== 100;
    return (compare.while === 'always' || isRamp) && !this.#isBreakerOpen() && this.#comparison.wanted();
  }

  #isBreakerOpen(): boolean {
    return this.#breaker !== null && this.#breaker.state !== 'closed';
  }

  #isOldForAll(): boolean {
    return !this.#watch.isKnown || this.#watch.share === 0;
  }

  #tick(): void {
    const old = this.#measurements.window.latency('old', performance.now());
    if (old.total >= enoughForOldP95) this.#oldP95 = old.percentile(95);
    this.#breaker?.tick();
  }

  #newBreaker(limits: NonNullable<Settings['breaker']>): Breaker {
    const { flag, onEvent } = this.#settings;
    return new Breaker({
      limits,
      now: () => performance.now(),
      oldP95: () => this.#oldP95,
      opened: (reason) => {
        onEvent({ flag, what: 'breaker-opened', reason });
        this.#publisher.flush();
      },
      closed: () => onEvent({ flag, what: 'breaker-closed' }),
    });
  }

  #fault(where: string, error: unknown): void {
    this.#settings.onEvent({ flag: this.#settings.flag, what: 'fault', where, error: nameOf(error) });
  }
}
