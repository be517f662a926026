import { Histogram } from './histogram.ts';
import type { Path } from './paths.ts';
import { RollingWindow } from './rolling-window.ts';

/** What happened since the last report. */
export interface Report {
  readonly paths: Readonly<Record<Path, PathReport>>;
  readonly comparisons: number;
  readonly mismatches: number;
  readonly partialWrites: number;
  /** Of the last minute; undefined without enough reads to mean something. */
  readonly errorRate: number | undefined;
  readonly latencyRatio: number | undefined;
}

export interface PathReport {
  /** Reads whose outcome, good or bad, came from this path. */
  readonly reads: number;
  readonly errors: number;
  /** In milliseconds, at most 100, each standing for as many reads as the others. */
  readonly latencies: readonly number[];
}

interface Counted {
  reads: number;
  errors: number;
  readonly latency: Histogram;
}

const mostLatencies = 100;
/** A share of fewer reads would let one failure look like an outage. */
const enoughForARate = 50;
/** CloudWatch asks for 10 / (1 - p) samples before a percentile means something. */
const enoughForP95 = 200;

/** Counts reads and writes. Its memory does not grow with them. */
export class Measurements {
  readonly window = new RollingWindow();
  readonly #now: () => number;
  readonly #paths: Readonly<Record<Path, Counted>> = { old: counted(), new: counted() };
  #comparisons = 0;
  #mismatches = 0;
  #partialWrites = 0;

  /** @param now milliseconds; only differences matter */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** A read that a path has answered. */
  answered(path: Path, ms: number): void {
    this.#paths[path].reads += 1;
    this.#paths[path].latency.add(ms);
    this.window.answered(path, ms, this.#now());
  }

  /** A read that the old path answered after the new one had failed. */
  fellBack(): void {
    this.#paths.new.errors += 1;
  }

  /** A read whose failure the caller gets. */
  failed(path: Path): void {
    this.#paths[path].reads += 1;
    this.#paths[path].errors += 1;
  }

  /** A read of which it is known whether the new path was at fault: what the error rate is made of. */
  judged(isNewAtFault: boolean): void {
    this.window.judged(isNewAtFault, this.#now());
  }

  compared(isSame: boolean): void {
    this.#comparisons += 1;
    if (!isSame) this.#mismatches += 1;
  }

  wrotePartially(): void {
    this.#partialWrites += 1;
  }

  /** What there is to report, and begins anew. */
  report(): Report {
    const paths = { old: drained(this.#paths.old), new: drained(this.#paths.new) };
    const report = {
      paths,
      comparisons: this.#comparisons,
      mismatches: this.#mismatches,
      partialWrites: this.#partialWrites,
      ...this.#rates(paths.new.reads + paths.new.errors > 0),
    };
    this.#comparisons = 0;
    this.#mismatches = 0;
    this.#partialWrites = 0;
    return report;
  }

  /** Of the last minute; of a new path that nobody takes now there is nothing to say. */
  #rates(isTaken: boolean): Pick<Report, 'errorRate' | 'latencyRatio'> {
    if (!isTaken) return { errorRate: undefined, latencyRatio: undefined };
    const now = this.#now();
    const { judged, failed } = this.window.newPath(now);
    const [old, fresh] = [this.window.latency('old', now), this.window.latency('new', now)];
    const isEnough = old.total >= enoughForP95 && fresh.total >= enoughForP95;
    return {
      errorRate: judged < enoughForARate ? undefined : failed / judged,
      latencyRatio: isEnough ? fresh.percentile(95) / old.percentile(95) : undefined,
    };
  }
}

const counted = (): Counted => ({ reads: 0, errors: 0, latency: new Histogram() });

function drained(path: Counted): PathReport {
  const { reads, errors, latency } = path;
  const report = { reads, errors, latencies: latency.sample(mostLatencies) };
  path.reads = 0;
  path.errors = 0;
  latency.clear();
  return report;
}
