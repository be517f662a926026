import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GuardrailMetrics } from '../../rehearsal/deployment/guardrail-alarms.ts';
import type { LocalCloud } from '../../rehearsal/deployment/local-cloud.ts';
import { rehearse } from '../../rehearsal/rehearse.ts';
import { noScreen } from '../../rehearsal/screen/screen.ts';
import { askOnce, migrationFile, migrationOf } from './prepared.ts';
import { machineLine } from './results.ts';
import { rowsOf, type Section } from './section.ts';
import { narrow, type Subject } from './subjects.ts';
import { bundledOnce, localCloudFor, quietly } from './whole-path.ts';

const pollMs = 20;
// Workers have started by then; at random, for they ask at times of their own.
const earliestMs = 2000;
const latestMs = 8000;
const workers = 2;
// With so many rows the copy outlasts the alarm's way through its periods, on a machine several times as fast as ours, too.
const dutyCycle = 0.05;
const usualRows = 500_000;

interface Stop {
  /** From the alarm's change of state to the end of the last batch of any worker. Below 0 where it was over before. */
  readonly seconds: number;
  readonly rowsBefore: number;
}

/** How long workers go on once a guardrail's alarm is on. */
export const stops: Section = async (bench) => {
  const { options, machine, folder } = bench;
  const rows = rowsOf(options, usualRows);
  const [subject] = narrow;
  if (subject === undefined) throw new Error('there is no table to stop on');
  const measured: Stop[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    const stop = await bench.on(subject, rows, (url) => stopped(subject, { url, folder, rows }));
    bench.say(subject.name, `round ${round}`, `${stop.seconds.toFixed(2)} s after the alarm`);
    measured.push(stop);
  }
  const seconds = measured.map((stop) => stop.seconds).toSorted((a, b) => a - b);
  const text = [
    `${options.rounds} round${options.rounds === 1 ? '' : 's'} of ${machineLine(rows, machine)}`,
    '',
    `The last batch of ${workers} workers ended ${seconds.map((each) => each.toFixed(1)).join(', ')} s after the alarm was on.`,
  ].join('\n');
  return { results: { machine, rows, workers, stops: measured }, text };
};

interface Course {
  readonly url: string;
  readonly folder: string;
  readonly rows: number;
}

async function stopped(subject: Subject, { url, folder, rows }: Course): Promise<Stop> {
  const document = await migrationOf(subject);
  document.setIn(['backfill', 'parallelism'], workers);
  document.setIn(['backfill', 'dutyCycle'], dutyCycle);
  const file = join(folder, migrationFile(subject));
  await writeFile(file, document.toString());
  const programs = await bundledOnce(folder);
  const { cloud, target } = await localCloudFor(file, { url, folder, programs });
  const over = new AbortController();
  let alarm: Promise<number | null> = Promise.resolve(null);
  const stopListening = cloud.beforeInvocation((name) => {
    if (name === 'BackfillShard') {
      stopListening();
      alarm = tripped(cloud, target, over.signal);
    }
    return Promise.resolve();
  });
  try {
    const { result, notes } = await rehearse(
      { ...quietly({ file, rows, url }), requestsPerSecond: 0, baselineMs: 0 },
      noScreen,
      { programs, cloud },
    );
    over.abort();
    const onMs = await alarm;
    const { last, copied } = await lastBatch(url);
    if (copied >= rows)
      throw new Error('the copy was over before its workers could be stopped: ask for more --rows');
    if (result.outcome !== 'rolled-back' || onMs === null || last === null)
      throw new Error(`the bench measures nothing: ${notes.join('; ')} ${JSON.stringify(result)}`);
    return { seconds: (last - onMs) / 1000, rowsBefore: copied };
  } finally {
    over.abort();
    await cloud.close();
  }
}

/**
 * Publishes after a while that every request fails, until it is over.
 * @returns when the alarm was first seen on, in milliseconds since 1970; null where it never was.
 */
async function tripped(cloud: LocalCloud, target: string, over: AbortSignal): Promise<number | null> {
  await sleep(earliestMs + Math.random() * (latestMs - earliestMs));
  const metrics = new GuardrailMetrics(cloud.cloudWatchPlace, target);
  let onMs: number | null = null;
  while (!over.aborted) {
    await metrics.publish({ errorRate: 1, latencyExcess: 0 });
    if (cloud.isAlarmOn(target)) onMs ??= Date.now();
    await sleep(pollMs);
  }
  return onMs;
}

/** The end of the last batch of all workers, in milliseconds since 1970, and how many rows the batches had. */
const lastBatch = (url: string): Promise<{ last: number | null; copied: number }> =>
  askOnce(url, async (client) => {
    const { rows } = await client.query<{ last: number | null; copied: number }>(
      `SELECT (extract(epoch FROM max(updated_at) FILTER (WHERE batches > 0)) * 1000)::float8 AS last,
              coalesce(sum(rows), 0)::float8 AS copied
       FROM underpin.checkpoint WHERE purpose = 'backfill'`,
    );
    const [row] = rows;
    if (row === undefined) throw new Error('the ledger has no checkpoint');
    return row;
  });
