import { percentile, type Percentiles } from '../../../rehearsal/traffic/latencies.ts';
import type { LabelStatistics } from '../../../rehearsal/traffic/measurements.ts';
import { openTraffic } from '../../../rehearsal/traffic/traffic.ts';
import type { Bench } from '../section.ts';
import { WatchedTraffic } from '../watched-traffic.ts';
import { bundledOnce } from '../whole-path.ts';
import { countExchanges, exchangeTime, longestMetadataWait, type ExchangeTime } from './lock-times.ts';
import { exchanged } from './subjects.ts';
import { throughTheWholePath } from './whole-path.ts';

/** What an application met while two tables exchanged their names. Times in milliseconds. */
export interface Exchange extends ExchangeTime {
  /** The longest wait of one of its sessions for a table's metadata in the whole phase, its triggers included. */
  readonly longestWaitMs: number;
  readonly before: Met;
  readonly during: Met;
  /** Of the whole migration. */
  readonly requests: number;
  readonly failed: number;
  /** Writes that were acknowledged and are not in the table at the end. */
  readonly lostWrites: number;
}

interface Met extends Pick<Percentiles, 'p95' | 'p99'> {
  readonly longest: number;
}

/** A whole migration beside traffic, its exchange measured by the server. */
export async function exchangeOf(bench: Bench, rows: number): Promise<Exchange> {
  const { options, folder } = bench;
  const { requestsPerSecond, baselineMs } = options;
  const { traffic: program } = await bundledOnce(folder);
  return bench.on(exchanged, rows, async (url) => {
    const server = new URL('/', url).href;
    await countExchanges(server);
    const over = new AbortController();
    let waited: Promise<number> = Promise.resolve(0);
    const watched = new WatchedTraffic(openTraffic(program), (label) => {
      if (label === 'swap') waited = longestMetadataWait(server, over.signal);
      if (label === 'confidence') over.abort();
      return Promise.resolve();
    });
    try {
      const { result } = await throughTheWholePath(exchanged, {
        url,
        folder,
        rows,
        workers: 2,
        traffic: requestsPerSecond,
        baselineMs,
        approve: true,
        program: watched,
      });
      const measured = await watched.last;
      return {
        ...(await exchangeTime(server)),
        longestWaitMs: await waited,
        before: met(measured?.labels['baseline']),
        during: met(measured?.labels['swap']),
        requests: result.traffic.requests,
        failed: result.traffic.failed,
        lostWrites: result.traffic.lostWrites,
      };
    } finally {
      over.abort();
      await watched.close();
    }
  });
}

function met(label: LabelStatistics | undefined): Met {
  if (label === undefined) throw new Error('no request came during the exchange');
  const { p95, p99, latencies } = label;
  return { p95, p99, longest: percentile(latencies, 100) };
}

/** A table for people. */
export const exchangeTable = (exchanges: readonly Exchange[]): string =>
  [
    '| RENAME TABLE | gave up before | longest wait for a table | p95 before → in the phase | p99 | longest request | failed | lost writes |',
    '|---|---|---|---|---|---|---|---|',
    ...exchanges.map(
      ({ lockedMs, gaveUp, longestWaitMs, before, during, requests, failed, lostWrites }) =>
        `| ${lockedMs.toFixed(1)} ms | ${gaveUp} | ${longestWaitMs.toFixed(1)} ms | ${step(before.p95, during.p95)} | ${step(before.p99, during.p99)} | ` +
        `${step(before.longest, during.longest)} | ${failed} of ${requests} | ${lostWrites} |`,
    ),
  ].join('\n');

const step = (before: number, during: number): string => `${before.toFixed(1)} → ${during.toFixed(1)} ms`;
