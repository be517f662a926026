import { isDeepStrictEqual } from 'node:util';
import type { SwitchEvent, OnEvent } from './events.ts';
import { nameOf, other, type Key, type Path, type ReadPaths } from './paths.ts';
import { within } from './within.ts';

export interface ComparisonParts {
  readonly flag: string;
  /** Of 1, now. */
  readonly share: () => number;
  readonly onEvent: OnEvent;
  readonly counted: (isSame: boolean) => void;
  readonly random?: () => number;
}

/** At once; a candidate that would be one more is not run. */
const mostUnderway = 4;
/** A candidate that takes longer is forgotten. */
const longestMs = 10_000;
/** Between the answers that differ and the second look. */
const secondLookMs = 100;

type Answer<T> = { readonly value: T } | { readonly error: unknown };
type Answers<T> = Readonly<Record<Path, Answer<T>>>;

/**
 * Runs the other path for a share of the reads and says where the answers differ. After github/scientist: the caller's
 * answer is never touched or delayed, nothing of the candidate reaches it, the order is left to chance, and a difference is
 * ignored where the application says so.
 */
export class Comparison {
  readonly #parts: ComparisonParts;
  readonly #random: () => number;
  readonly #underway = new Set<Promise<void>>();

  constructor(parts: ComparisonParts) {
    this.#parts = parts;
    this.#random = parts.random ?? Math.random;
  }

  /** Whether this read is one of the share, and there is room. */
  wanted(): boolean {
    const share = this.#parts.share();
    return share > 0 && this.#underway.size < mostUnderway && this.#random() < share;
  }

  /**
   * Asks `flagged`, which is what the caller gets, and the other path beside it. Rejects as `flagged` does; then nothing is
   * compared.
   */
  run<T>(key: Key, paths: ReadPaths<T>, taken: Path, flagged: () => Promise<T>): Promise<T> {
    const ask = (): Promise<Answer<T>> => later(() => attempt(paths[other(taken)]));
    // Beside or after, by chance: whoever comes second finds warm caches. In either case behind the caller's own turn.
    const beside = this.#random() < 0.5 ? ask() : undefined;
    // The caller may change what it gets; the comparison keeps what it was.
    const kept: { answer?: Answer<T> } = {};
    const result = flagged().then((value) => {
      kept.answer = { value: paths.equal || paths.ignore ? value : copyOf(value) };
      return value;
    });
    this.#inBackground(async () => {
      await result.catch(() => undefined);
      if (kept.answer === undefined) return;
      await this.#judge(key, paths, taken, both(taken, kept.answer, (await beside) ?? (await ask())));
    });
    return result;
  }

  /** Resolves when no comparison is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#underway);
  }

  #inBackground(work: () => Promise<void>): void {
    const running = within(longestMs, work(), false)
      .catch((error: unknown) => this.#fault('compare', error))
      .finally(() => this.#underway.delete(running));
    this.#underway.add(running);
  }

  async #judge<T>(key: Key, paths: ReadPaths<T>, taken: Path, answers: Answers<T>): Promise<void> {
    if (this.#isSame(paths, answers)) return this.#parts.counted(true);
    // A write between the two answers looks like a difference; one that is real is still there a moment later.
    await pause(secondLookMs);
    const [old, fresh] = await Promise.all([attempt(paths.old), attempt(paths.new)]);
    const again = { old, new: fresh };
    // What the taken path fails to answer now is no difference between shapes.
    if (!('value' in again[taken])) return;
    const isSame = this.#isSame(paths, again);
    this.#parts.counted(isSame);
    if (!isSame) this.#parts.onEvent(this.#mismatch(key, paths, again));
  }

  #isSame<T>(paths: ReadPaths<T>, { old, new: fresh }: Answers<T>): boolean {
    if (!('value' in old) || !('value' in fresh)) return false;
    const equal = paths.equal ?? ((one: T, two: T) => isDeepStrictEqual(copyOf(one), copyOf(two)));
    return (
      this.#asked('equal', () => equal(old.value, fresh.value)) ||
      (paths.ignore !== undefined &&
        this.#asked('ignore', () => paths.ignore?.(old.value, fresh.value) === true))
    );
  }

  #mismatch<T>(key: Key, { clean }: ReadPaths<T>, { old, new: fresh }: Answers<T>): SwitchEvent {
    const said = { flag: this.#parts.flag, what: 'mismatch', key } as const;
    if ('error' in old) return { ...said, kind: 'old-failed', error: nameOf(old.error) };
    if ('error' in fresh) return { ...said, kind: 'new-failed', error: nameOf(fresh.error) };
    if (clean === undefined) return { ...said, kind: 'different' };
    try {
      return { ...said, kind: 'different', old: clean(old.value), new: clean(fresh.value) };
    } catch (error) {
      this.#fault('clean', error);
      return { ...said, kind: 'different' };
    }
  }

  /** A comparator that throws has not said that the answers are the same. */
  #asked(where: string, question: () => boolean): boolean {
    try {
      return question();
    } catch (error) {
      this.#fault(where, error);
      return false;
    }
  }

  #fault(where: string, error: unknown): void {
    this.#parts.onEvent({ flag: this.#parts.flag, what: 'fault', where, error: nameOf(error) });
  }
}

const both = <T>(taken: Path, answer: Answer<T>, candidate: Answer<T>): Answers<T> =>
  taken === 'old' ? { old: answer, new: candidate } : { old: candidate, new: answer };

async function attempt<T>(path: () => T | Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await path() };
  } catch (error) {
    return { error };
  }
}

/** Behind what is running now, so that a candidate that works before its first await delays nobody's answer. */
const later = <T>(work: () => Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    setImmediate(() => {
      work().then(resolve, reject);
    });
  });

/** Plain data of the value; the value itself where it is not data. */
function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  try {
    return structuredClone(value);
  } catch {
    return value;
  }
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
