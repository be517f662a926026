// Buckets that grow by 2 %, from 10 µs to more than a minute: any percentile is right within 1 %, in 3 KB, whatever the
// number of reads. Slower ones count as the slowest.
const smallestMs = 0.01;
const growth = Math.log(1.02);
const buckets = 800;

/** How often each latency was seen. */
export class Histogram {
  readonly #counts = new Uint32Array(buckets);
  #total = 0;

  get total(): number {
    return this.#total;
  }

  add(ms: number): void {
    const bucket = ms > smallestMs ? Math.round(Math.log(ms / smallestMs) / growth) : 0;
    const place = Math.min(bucket, buckets - 1);
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#total += 1;
  }

  merge(more: Histogram): void {
    for (let place = 0; place < buckets; place += 1)
      this.#counts[place] = (this.#counts[place] ?? 0) + (more.#counts[place] ?? 0);
    this.#total += more.#total;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }

  /** Milliseconds; of nothing, 0. */
  percentile(percent: number): number {
    const rank = Math.ceil((this.#total * percent) / 100);
    return rank === 0 ? 0 : (this.#atRanks([rank])[0] ?? 0);
  }

  /** At most `most` latencies, of which each stands for as many reads as the others. */
  sample(most: number): readonly number[] {
    const size = Math.min(most, this.#total);
    const step = this.#total / Math.max(1, size);
    return this.#atRanks(Array.from({ length: size }, (_, place) => Math.ceil((place + 0.5) * step)));
  }

  /** The latencies at these ranks, which ascend. */
  #atRanks(ranks: readonly number[]): number[] {
    let place = 0;
    let seen = this.#counts[0] ?? 0;
    return ranks.map((rank) => {
      while (seen < rank && place < buckets - 1) {
        place += 1;
        seen += this.#counts[place] ?? 0;
      }
      return Number((smallestMs * Math.exp(place * growth)).toPrecision(4));
    });
  }
}
