import { Buckets } from './buckets.ts';
import type { SwitchEvent } from './events.ts';
import type { FlagAnswer } from './flag-answer.ts';
import type { Path } from './paths.ts';
import type { SaidOfWrites } from './write-mode.ts';

export interface WatchOptions {
  readonly flag: string;
  /** The agent's answer for a key, or for nobody in particular. */
  readonly ask: (key?: string) => Promise<FlagAnswer>;
  readonly refreshMs: number;
  /** After so long without an answer from the agent the old path is taken. */
  readonly trustMs: number;
  readonly onEvent: (event: SwitchEvent) => void;
  /** Milliseconds of a clock that goes on while the process sleeps. */
  readonly now?: () => number;
  /** Between two rounds of asking for buckets. */
  readonly restMs?: number;
}

const asksAtOnce = 16;
const mostAsksUnderway = 32;
const restBetweenAsksMs = 10;
// A configuration that says no version is taken for a new one this often.
const unversionedMs = 45_000;

/**
 * Knows the flag: asks the agent for it in the background, every `refreshMs`, and where the flag splits the keys asks for
 * each bucket once in a generation. A read only looks at what is known.
 */
export class FlagWatch {
  readonly #options: WatchOptions;
  readonly #now: () => number;
  readonly #buckets = new Buckets();
  readonly #asking = new Map<number, Promise<void>>();
  #generation: string | undefined;
  #share: number | null = null;
  #compare: number | null = null;
  #writes: SaidOfWrites | null = null;
  /** The path of everybody, where the flag does not split. */
  #everybody: Path | undefined;
  #heardMs = -Infinity;
  #triedMs = -Infinity;
  #lost: string | undefined;
  #refreshing: Promise<void> | undefined;
  #filling: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  start(): void {
    void this.refresh();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** In percent; null when it cannot be known. */
  get share(): number | null {
    return this.#share;
  }

  /** The share of the reads that the flag wants compared, of 1; null when it does not say. */
  get compare(): number | null {
    return this.#compare;
  }

  /** What the flag says of writes; null when it says nothing. */
  get writes(): SaidOfWrites | null {
    return this.#writes;
  }

  /** Whether the agent has ever answered. */
  get isKnown(): boolean {
    return this.#generation !== undefined;
  }

  get heardMsAgo(): number {
    return this.#now() - this.#heardMs;
  }

  /** The path of a bucket by what is known now: the last good answer, else the old path. */
  path(bucket: number): Path {
    if (this.heardMsAgo > this.#options.trustMs) return 'old';
    return this.#everybody ?? this.#buckets.path(bucket);
  }

  /** Whether an answer for this bucket may be had that is not known yet. False while the agent is lost. */
  wantsAnswer(bucket: number): boolean {
    if (this.#closed) return false;
    if (this.#isOverdue || (!this.isKnown && this.#refreshing !== undefined)) return true;
    return this.#mayAsk(bucket);
  }

  /** Asks what is not known, in the background; never rejects. */
  async learn(bucket: number): Promise<void> {
    if (this.#isOverdue || !this.isKnown) await this.refresh();
    if (this.#mayAsk(bucket)) await this.#askBucket(bucket);
  }

  /** Asks the agent for the flag, now. Never rejects. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
      this.#again();
    });
    return this.#refreshing;
  }

  /** Resolves when the flag is known as well as it can be now: all buckets, where it splits. Never rejects. */
  async learnAll(): Promise<void> {
    await this.refresh();
    await this.#filling;
  }

  /** No timer has refreshed for long: the process was asleep. */
  get #isOverdue(): boolean {
    return this.#now() - this.#triedMs > 2 * this.#options.refreshMs;
  }

  #mayAsk(bucket: number): boolean {
    return (
      this.#everybody === undefined &&
      this.#lost === undefined &&
      this.isKnown &&
      !this.#buckets.isFresh(bucket) &&
      this.#asking.size < mostAsksUnderway
    );
  }

  async #refresh(): Promise<void> {
    this.#triedMs = this.#now();
    try {
      this.#adopt(await this.#options.ask());
      this.#filling ??= this.#fill().finally(() => (this.#filling = undefined));
    } catch (error) {
      this.#failed(error);
    }
  }

  #again(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.refresh(), this.#options.refreshMs);
    this.#timer.unref();
  }

  #adopt(answer: FlagAnswer): void {
    const { flag, onEvent } = this.#options;
    this.#heardMs = this.#now();
    if (this.#lost !== undefined && this.isKnown) onEvent({ flag, what: 'agent-found' });
    this.#lost = undefined;
    this.#compare = answer.compare;
    this.#writes = answer.writes;
    const generation = this.#generationOf(answer);
    if (generation === this.#generation) return;
    const before = { share: this.#share, generation: this.#generation };
    this.#generation = generation;
    this.#share = answer.share;
    this.#everybody = answer.share === 0 ? 'old' : answer.share === 100 ? 'new' : undefined;
    // Nobody knows which way an unknown share has gone: whom it has is kept for the moment that it takes to ask.
    const shrank = before.share !== null && answer.share !== null && answer.share < before.share;
    this.#buckets.renew({ keep: !shrank });
    if (before.generation === undefined || before.share !== answer.share)
      onEvent({ flag, what: 'flag-moved', share: answer.share });
  }

  /** The share alone would not do: somebody may have changed the rule and left the variants their names. */
  #generationOf({ share, version }: FlagAnswer): string {
    return `${share ?? ''} of ${version ?? Math.floor(this.#now() / unversionedMs)}`;
  }

  #failed(error: unknown): void {
    if (this.#closed) return;
    const reason = error instanceof Error ? error.message : 'unknown';
    if (reason !== this.#lost)
      this.#options.onEvent({ flag: this.#options.flag, what: 'agent-lost', reason });
    this.#lost = reason;
  }

  /** Asks for every bucket that has no answer of this generation, a few at a time; what fails is left to the next refresh. */
  async #fill(): Promise<void> {
    while (!this.#closed && this.#lost === undefined && this.#everybody === undefined) {
      const asks: Promise<void>[] = [];
      while (asks.length < asksAtOnce) {
        const bucket = this.#buckets.nextStale((one) => this.#asking.has(one));
        if (bucket === undefined) break;
        asks.push(this.#askBucket(bucket));
      }
      if (asks.length === 0) return;
      await Promise.all(asks);
      await rest(this.#options.restMs ?? restBetweenAsksMs);
    }
  }

  #askBucket(bucket: number): Promise<void> {
    const known = this.#asking.get(bucket);
    if (known !== undefined) return known;
    const asking = this.#bucketAnswer(bucket).finally(() => this.#asking.delete(bucket));
    this.#asking.set(bucket, asking);
    return asking;
  }

  async #bucketAnswer(bucket: number): Promise<void> {
    try {
      const answer = await this.#options.ask(String(bucket));
      // Answers overtake each other: only the refresh, of which there is one at a time, says what the flag is now.
      if (this.#generationOf(answer) === this.#generation)
        this.#buckets.set(bucket, answer.enabled ? 'new' : 'old');
      else void this.refresh();
    } catch (error) {
      this.#failed(error);
    }
  }
}

const rest = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
