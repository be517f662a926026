import { setTimeout as sleep } from 'node:timers/promises';
import type { Shape } from '../../engine/shapes/shape.ts';
import type { Percentiles } from '../../rehearsal/traffic/latencies.ts';
import type { TrafficSnapshot } from '../../rehearsal/traffic/measurements.ts';
import { openTraffic, type TrafficProgram } from '../../rehearsal/traffic/traffic.ts';
import { askOnce, loopUnderTriggers, plainUpdate, settle, shapeOf, type Measure } from './by-hand.ts';
import { plain } from './results.ts';
import type { Subject } from './subjects.ts';
import { throughTheWholePath } from './whole-path.ts';

/** What the application met while its table was copied. Times in milliseconds. */
export interface Beside {
  readonly way: string;
  readonly seconds: number;
  readonly before: Percentiles;
  readonly during: Percentiles;
  readonly requests: number;
  readonly failed: number;
  readonly longestLockWaitMs: number;
  /** The table's heap after the copy, as a multiple of the one before. */
  readonly heap: number;
}

interface Stand {
  readonly url: string;
  readonly folder: string;
  readonly rows: number;
  readonly requestsPerSecond: number;
  readonly baselineMs: number;
  /** The bundle of the traffic's process. */
  readonly program: string;
}

const warmUpMs = 2000;

/** The ways one after the other, each on a heap that was written anew, beside the same traffic. */
export async function* besideTraffic(subject: Subject, stand: Stand): AsyncGenerator<Beside> {
  const { url } = stand;
  const shape = await askOnce(url, (client) => shapeOf(client, subject));
  const by = (way: string): Measure<Beside> => byHand(way, subject, shape, stand);
  yield await askOnce(url, (client) => plainUpdate(client, subject, by(plain)));
  const loop = by('hand-written batches, triggers on');
  yield await askOnce(url, (client) => loopUnderTriggers(client, subject, loop));
  // As a migration has it that says nothing of its backfill, and as fast as it can.
  yield await wholePath('the whole path, as it comes', subject, stand, { workers: 2, dutyCycle: 0.8 });
  yield await wholePath('the whole path, without rests', subject, stand, { workers: 2, dutyCycle: 1 });
}

const byHand =
  (way: string, { table }: Subject, shape: Shape, stand: Stand): Measure<Beside> =>
  async (copy) => {
    const { url, requestsPerSecond, baselineMs } = stand;
    const program = openTraffic(stand.program);
    try {
      const traffic = await program.start({
        databaseUrl: url,
        table: { schema: 'public', name: table },
        shape,
        requestsPerSecond,
        connectionsPerVersion: 8,
        seed: 42,
        statementTimeoutMs: 10_000,
        readSwitch: { kind: 'none' },
      });
      await traffic.mark('warm-up');
      await sleep(warmUpMs);
      await traffic.mark('baseline');
      await sleep(baselineMs);
      const heapBefore = await heapBytes(url, table);
      await traffic.mark('backfill');
      const began = performance.now();
      await copy();
      const seconds = (performance.now() - began) / 1000;
      const heap = (await heapBytes(url, table)) / heapBefore;
      return { way, seconds, heap, ...met(await traffic.finish()) };
    } finally {
      await program.close();
    }
  };

async function wholePath(
  way: string,
  subject: Subject,
  { requestsPerSecond: traffic, program, ...stand }: Stand,
  pace: { readonly workers: number; readonly dutyCycle: number },
): Promise<Beside> {
  const { url } = stand;
  await askOnce(url, (client) => settle(client, subject));
  const heapBefore = await heapBytes(url, subject.table);
  const watched = new WatchedTraffic(openTraffic(program));
  try {
    const { backfill } = await throughTheWholePath(subject, { ...stand, ...pace, traffic, program: watched });
    if (watched.last === undefined) throw new Error('the traffic has not finished');
    const heap = (await heapBytes(url, subject.table)) / heapBefore;
    return { way, seconds: backfill.rows / backfill.rowsPerSecond, heap, ...met(await watched.last) };
  } finally {
    await watched.close();
  }
}

/** A rehearsal's traffic, whose last words are kept. */
class WatchedTraffic implements TrafficProgram {
  last: Promise<TrafficSnapshot> | undefined;

  constructor(private readonly program: TrafficProgram) {}

  async start(...given: Parameters<TrafficProgram['start']>): ReturnType<TrafficProgram['start']> {
    const traffic = await this.program.start(...given);
    const close = async (): Promise<void> => {
      this.last = traffic.finish();
      await traffic.close();
    };
    return { ...traffic, close };
  }

  close(): Promise<void> {
    return this.program.close();
  }
}

type Met = Omit<Beside, 'way' | 'seconds' | 'heap'>;

function met({ labels, lockWaits }: TrafficSnapshot): Met {
  const { baseline, backfill } = labels;
  if (baseline === undefined || backfill === undefined) throw new Error('no request came during the copy');
  return {
    before: percentilesOf(baseline),
    during: percentilesOf(backfill),
    requests: backfill.requests,
    failed: backfill.failed,
    longestLockWaitMs: lockWaits.longestMsByLabel['backfill'] ?? 0,
  };
}

const percentilesOf = ({ p50, p95, p99 }: Percentiles): Percentiles => ({ p50, p95, p99 });

const heapBytes = (url: string, table: string): Promise<number> =>
  askOnce(url, async (client) => {
    const { rows } = await client.query<{ bytes: string }>('SELECT pg_relation_size($1) AS bytes', [table]);
    return Number(rows[0]?.bytes);
  });

/** A table for people. */
export const besideTable = (all: readonly (Beside & { readonly subject: string })[]): string =>
  [
    '| migration | way | copy | p50 before → during | p95 | p99 | failed | longest lock wait | heap |',
    '|---|---|---|---|---|---|---|---|---|',
    ...all.map(
      ({ subject, way, seconds, before, during, requests, failed, longestLockWaitMs, heap }) =>
        `| ${subject} | ${way} | ${seconds.toFixed(1)} s | ${step(before.p50, during.p50)} | ${step(before.p95, during.p95)} | ` +
        `${step(before.p99, during.p99)} | ${failed} of ${requests} | ${Math.round(longestLockWaitMs)} ms | ${heap.toFixed(2)} |`,
    ),
  ].join('\n');

const step = (before: number, during: number): string => `${before.toFixed(1)} → ${during.toFixed(1)} ms`;
