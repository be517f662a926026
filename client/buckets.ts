import { crc32 } from 'node:zlib';
import type { Key, Path } from './paths.ts';

/**
 * Keys are put into this many buckets, and the flag is asked for a bucket, not for a key. So a process can know all
 * answers beforehand, and a key that it has never seen takes the right path without a wait.
 */
export const bucketCount = 1000;

/** CRC-32 of the key's UTF-8, modulo 1,000: in the standard library of every language, so that all agree. */
export const bucketOf = (key: Key): number => crc32(String(key)) % bucketCount;

/** The agent's answer for each bucket, and which of them are of the present generation. */
export class Buckets {
  readonly #isNew = new Uint8Array(bucketCount);
  readonly #isFresh = new Uint8Array(bucketCount);
  #stale = bucketCount;
  #next = 0;

  path(bucket: number): Path {
    return this.#isNew[bucket] === 1 ? 'new' : 'old';
  }

  isFresh(bucket: number): boolean {
    return this.#isFresh[bucket] === 1;
  }

  set(bucket: number, path: Path): void {
    if (this.#isFresh[bucket] === 0) this.#stale -= 1;
    this.#isFresh[bucket] = 1;
    this.#isNew[bucket] = path === 'new' ? 1 : 0;
  }

  /** A share that has not shrunk keeps whom it has; any other begins on the old path. */
  renew({ keep }: { readonly keep: boolean }): void {
    this.#isFresh.fill(0);
    if (!keep) this.#isNew.fill(0);
    this.#stale = bucketCount;
    this.#next = 0;
  }

  /** A bucket without an answer of this generation; none when all have one. Goes round, so that none is starved. */
  nextStale(isBusy: (bucket: number) => boolean): number | undefined {
    if (this.#stale === 0) return undefined;
    for (let tried = 0; tried < bucketCount; tried += 1) {
      const bucket = this.#next;
      this.#next = (this.#next + 1) % bucketCount;
      if (this.#isFresh[bucket] === 0 && !isBusy(bucket)) return bucket;
    }
    return undefined;
  }
}
