import { Failures, type Failure } from './failures.ts';
import {
  LatencyRecorder,
  percentile,
  percentiles,
  mergedLatencies,
  type Latencies,
  type Percentiles,
} from './latencies.ts';
import type { LockWaits } from './lock-watch.ts';

/** The requests that came under one label. All times in milliseconds. */
export interface LabelStatistics extends Percentiles {
  readonly requests: number;
  readonly failed: number;
  /** From the time at which the request should have started; what the percentiles are of. Can be added up (`together`). */
  readonly latencies: Latencies;
  /** Of the statement alone, on a connection already held. */
  readonly query: Percentiles;
  /** For a free connection of the pool. */
  readonly wait: Percentiles;
}

export interface TrafficSecond {
  /** Whole seconds since the traffic started. */
  readonly second: number;
  readonly requests: number;
  readonly failed: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Reads by the shape that they went to. */
  readonly reads: { readonly old: number; readonly new: number };
  /** The longest lock wait that was seen in it, in milliseconds; 0 where none was. */
  readonly longestLockWaitMs: number;
}

export interface TrafficSnapshot {
  /** When the traffic started, in milliseconds since the epoch: second 0 of the series. */
  readonly startedMs: number;
  readonly requests: number;
  readonly failed: number;
  /** Reads by the shape that they went to. */
  readonly reads: { readonly old: number; readonly new: number };
  /** Acknowledged writes of the column, inserts included, by the side that they named. */
  readonly writes: { readonly old: number; readonly new: number; readonly both: number };
  readonly labels: Readonly<Record<string, LabelStatistics>>;
  /** By the second in which requests were answered. */
  readonly series: readonly TrafficSecond[];
  /** Of the last five whole seconds. */
  readonly recentP95: number;
  readonly failures: readonly Failure[];
  readonly lockWaits: LockWaits;
  /** Kinds of requests that this table cannot take, and why. */
  readonly notes: readonly string[];
}

/** One answered or failed request. */
export interface MeasuredRequest {
  readonly label: string;
  readonly latencyMs: number;
  readonly queryMs?: number;
  readonly waitMs?: number;
  readonly error?: unknown;
}

interface Recorders {
  requests: number;
  failed: number;
  readonly total: LatencyRecorder;
  readonly query: LatencyRecorder;
  readonly wait: LatencyRecorder;
}

interface Counted {
  requests: number;
  failed: number;
  longestLockWaitMs: number;
  readonly reads: { old: number; new: number };
  readonly total: LatencyRecorder;
}

const recentSeconds = 5;

/** Collects what the requests took. */
export class Measurements {
  readonly #labels = new Map<string, Recorders>();
  readonly #seconds = new Map<number, Counted>();
  /** Seconds that are over: nothing comes to them any more. */
  readonly #past = new Map<number, TrafficSecond>();
  readonly #failures = new Failures();
  readonly #now: () => number;
  readonly #started: number;
  readonly #startedMs = Date.now();
  readonly reads = { old: 0, new: 0 };
  readonly writes = { old: 0, new: 0, both: 0 };

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#started = now();
  }

  add({ label, latencyMs, queryMs, waitMs, error }: MeasuredRequest): void {
    const recorders = this.#recorders(label);
    const second = this.#second();
    for (const counted of [recorders, second]) {
      counted.requests += 1;
      counted.total.add(latencyMs);
      if (error !== undefined) counted.failed += 1;
    }
    if (queryMs !== undefined) recorders.query.add(queryMs);
    if (waitMs !== undefined) recorders.wait.add(waitMs);
    if (error !== undefined) this.#failures.add(error, label);
  }

  /** What came under a label so far counts under another one. */
  relabel(from: string, to: string): void {
    const { requests, failed, total, query, wait } = this.#recorders(from);
    const taking = this.#recorders(to);
    taking.requests += requests;
    taking.failed += failed;
    taking.total.addAll(total.latencies);
    taking.query.addAll(query.latencies);
    taking.wait.addAll(wait.latencies);
    this.#labels.delete(from);
  }

  /** A read was answered by a shape. */
  read(side: 'old' | 'new'): void {
    this.reads[side] += 1;
    this.#second().reads[side] += 1;
  }

  /** A session of the traffic was seen waiting for a lock for so long. */
  waited(ms: number): void {
    const second = this.#second();
    second.longestLockWaitMs = Math.max(second.longestLockWaitMs, ms);
  }

  snapshot(lockWaits: LockWaits, notes: readonly string[]): TrafficSnapshot {
    const labels = [...this.#labels].map(([label, recorders]) => [label, statistics(recorders)] as const);
    const sum = (count: (one: LabelStatistics) => number): number =>
      labels.reduce((total, [, one]) => total + count(one), 0);
    return {
      startedMs: this.#startedMs,
      requests: sum((one) => one.requests),
      failed: sum((one) => one.failed),
      reads: { ...this.reads },
      writes: { ...this.writes },
      labels: Object.fromEntries(labels),
      series: [...this.#seconds.keys()].toSorted((a, b) => a - b).map((second) => this.#summary(second)),
      recentP95: this.#recentP95(),
      failures: this.#failures.all,
      lockWaits,
      notes,
    };
  }

  #summary(second: number): TrafficSecond {
    const past = this.#past.get(second);
    if (past !== undefined) return past;
    const { requests, failed, total, reads, longestLockWaitMs } = this.#at(second);
    const made = {
      second,
      requests,
      failed,
      ...percentiles(total.latencies),
      reads: { ...reads },
      longestLockWaitMs,
    };
    if (second < this.#elapsedSeconds()) this.#past.set(second, made);
    return made;
  }

  #recentP95(): number {
    const now = this.#elapsedSeconds();
    const recent = [...this.#seconds].filter(([second]) => second < now && second >= now - recentSeconds);
    return percentile(mergedLatencies(recent.map(([, { total }]) => total.latencies)), 95);
  }

  #recorders(label: string): Recorders {
    const known = this.#labels.get(label);
    if (known !== undefined) return known;
    const [total, query, wait] = [new LatencyRecorder(), new LatencyRecorder(), new LatencyRecorder()];
    const made = { requests: 0, failed: 0, total, query, wait };
    this.#labels.set(label, made);
    return made;
  }

  #second(): Counted {
    return this.#at(this.#elapsedSeconds());
  }

  #at(second: number): Counted {
    const known = this.#seconds.get(second);
    if (known !== undefined) return known;
    const made = {
      requests: 0,
      failed: 0,
      longestLockWaitMs: 0,
      reads: { old: 0, new: 0 },
      total: new LatencyRecorder(),
    };
    this.#seconds.set(second, made);
    return made;
  }

  #elapsedSeconds(): number {
    return Math.floor((this.#now() - this.#started) / 1000);
  }
}

function statistics({ requests, failed, total, query, wait }: Recorders): LabelStatistics {
  const { latencies } = total;
  return {
    requests,
    failed,
    ...percentiles(latencies),
    latencies,
    query: percentiles(query.latencies),
    wait: percentiles(wait.latencies),
  };
}
