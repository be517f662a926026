import { setTimeout as sleep } from 'node:timers/promises';
import type { Shape } from '../../engine/shapes/shape.ts';
import type { Percentiles } from '../../rehearsal/traffic/latencies.ts';
import type { TrafficSnapshot } from '../../rehearsal/traffic/measurements.ts';
import { openTraffic } from '../../rehearsal/traffic/traffic.ts';
import { loopUnderTriggers, plainCopy } from './by-hand.ts';
import { askOnce, settle, shapeOf, type Measure } from './prepared.ts';
import { measuredPeers, peersFor } from './peers.ts';
import { bars } from './plot.ts';
import { machineLine, plain } from './results.ts';
import { chosen, rowsOf, type Bench, type Section } from './section.ts';
import { leftSince, sizesOf, type Left } from './space.ts';
import { shapes, tables, type Subject } from './subjects.ts';
import { WatchedTraffic } from './watched-traffic.ts';
import { bundledOnce, throughTheWholePath } from './whole-path.ts';

/** What the application met while its table was copied. Times in milliseconds. */
export interface Beside {
  readonly way: string;
  readonly seconds: number;
  readonly before: Percentiles;
  readonly during: Percentiles;
  readonly requests: number;
  readonly failed: number;
  readonly longestLockWaitMs: number;
  /** For how long somebody waited for a lock. */
  readonly lockWaitMs: number;
  readonly left: Left;
}

export interface Stand {
  readonly url: string;
  readonly folder: string;
  readonly rows: number;
  readonly requestsPerSecond: number;
  readonly baselineMs: number;
  /** The bundle of the traffic's process. */
  readonly program: string;
}

const warmUpMs = 2000;

/** What an application meets while its table is copied. */
export const besideTraffic: Section = async (bench) => {
  const { options, machine, folder } = bench;
  const { requestsPerSecond, baselineMs } = options;
  const rows = rowsOf(options, 300_000);
  const { traffic: program } = await bundledOnce(folder);
  const ways: (Beside & { readonly subject: string })[] = [];
  const failed: string[] = [];
  for (const subject of chosen(options, [...tables, ...shapes]))
    try {
      await bench.on(subject, rows, async (url) => {
        const stand = { url, folder, rows, requestsPerSecond, baselineMs, program };
        for await (const way of waysBeside(subject, stand, bench)) {
          bench.say(
            subject.name,
            way.way,
            `${way.seconds.toFixed(1)} s, p95 ${way.during.p95.toFixed(1)} ms`,
          );
          ways.push({ subject: subject.name, ...way });
        }
      });
    } catch (error) {
      // The others can still be measured.
      process.exitCode = 1;
      const said = error instanceof Error ? error.message : String(error);
      bench.say(subject.name, 'failed', said);
      failed.push(`${subject.name} failed: ${said}`);
    }
  const heading = `${requestsPerSecond} requests a second beside ${machineLine(rows, machine)}`;
  const plot = bars({
    title: `p95 of requests during the copy, as a multiple of p95 before it (logarithm + 1)`,
    groups: [...new Set(ways.map(({ subject }) => subject))].map((name) => ({
      name,
      bars: ways
        .filter(({ subject }) => subject === name)
        .map(({ way, before, during }) => ({ label: way, value: 1 + Math.log10(during.p95 / before.p95) })),
    })),
  });
  return {
    results: { machine, rows, requestsPerSecond, ways, failed },
    text: [heading, besideTable(ways), ...failed].join('\n\n'),
    plot,
  };
};

/** The ways one after the other, each on a heap that was written anew, beside the same traffic. */
async function* waysBeside(subject: Subject, stand: Stand, bench: Bench): AsyncGenerator<Beside> {
  const { url, folder } = stand;
  const shape = await askOnce(url, (client) => shapeOf(client, subject));
  const by = (way: string): Measure<Beside> => besideByHand(way, subject, shape, stand);
  yield await askOnce(url, (client) => plainCopy(client, subject, by(plain)));
  const loop = by('hand-written batches, triggers on');
  yield await askOnce(url, (client) => loopUnderTriggers(client, subject, loop));
  for await (const [, beside] of measuredPeers(
    peersFor(bench.options),
    { url, folder, subject },
    by,
    (way, said) => bench.say(subject.name, way, `failed: ${said}`),
  ))
    yield beside;
  // Gently, as a migration has it that says nothing of its backfill, and as fast as it can.
  yield await wholePath('the whole path, a tenth of the time', subject, stand, {
    workers: 1,
    dutyCycle: 0.1,
  });
  yield await wholePath('the whole path, as it comes', subject, stand, { workers: 2, dutyCycle: 0.8 });
  yield await wholePath('the whole path, without rests', subject, stand, { workers: 2, dutyCycle: 1 });
}

/** What the application meets beside a copy by hand. */
export const besideByHand =
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
      const before = await sizesOf(url, table);
      await traffic.mark('backfill');
      const began = performance.now();
      await copy();
      const seconds = (performance.now() - began) / 1000;
      const after = await sizesOf(url, table);
      const snapshot = await traffic.finish();
      return { way, seconds, left: await leftSince(url, table, before, after), ...met(snapshot) };
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
  const before = await sizesOf(url, subject.table);
  const watched = new WatchedTraffic(openTraffic(program));
  try {
    const { result } = await throughTheWholePath(subject, { ...stand, ...pace, traffic, program: watched });
    if (watched.last === undefined) throw new Error('the traffic has not finished');
    const after = await sizesOf(url, subject.table);
    const left = await leftSince(url, subject.table, before, after);
    return {
      way,
      seconds: result.backfill.rows / result.backfill.rowsPerSecond,
      left,
      ...met(await watched.last),
    };
  } finally {
    await watched.close();
  }
}

type Met = Omit<Beside, 'way' | 'seconds' | 'left'>;

function met({ labels, lockWaits }: TrafficSnapshot): Met {
  const { baseline, backfill } = labels;
  if (baseline === undefined || backfill === undefined) throw new Error('no request came during the copy');
  return {
    before: percentilesOf(baseline),
    during: percentilesOf(backfill),
    requests: backfill.requests,
    failed: backfill.failed,
    longestLockWaitMs: lockWaits.longestMsByLabel['backfill'] ?? 0,
    lockWaitMs: lockWaits.waitedMsByLabel['backfill'] ?? 0,
  };
}

const percentilesOf = ({ p50, p95, p99 }: Percentiles): Percentiles => ({ p50, p95, p99 });

/** A table for people. */
const besideTable = (all: readonly (Beside & { readonly subject: string })[]): string =>
  [
    '| change | way | copy | p50 before → during | p95 | p99 | failed | lock waits, longest | heap, after VACUUM | free in it | indexes, after VACUUM |',
    '|---|---|---|---|---|---|---|---|---|---|---|',
    ...all.map(
      ({ subject, way, seconds, before, during, requests, failed, longestLockWaitMs, lockWaitMs, left }) =>
        `| ${subject} | ${way} | ${seconds.toFixed(1)} s | ${stepOf(before.p50, during.p50)} | ${stepOf(before.p95, during.p95)} | ` +
        `${stepOf(before.p99, during.p99)} | ${failed} of ${requests} | ${lockWaitMs} ms, ${Math.round(longestLockWaitMs)} ms | ` +
        `${left.heap.toFixed(2)}, ${left.heapAfterVacuum.toFixed(2)} | ${Math.round(left.freeAfterVacuum * 100)} % | ` +
        `${left.indexes.toFixed(2)}, ${left.indexesAfterVacuum.toFixed(2)} |`,
    ),
  ].join('\n');

export const stepOf = (before: number, during: number): string =>
  `${before.toFixed(1)} → ${during.toFixed(1)} ms`;
