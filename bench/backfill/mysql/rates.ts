import type { Connection, RowDataPacket } from 'mysql2/promise';
import { timed } from '../prepared.ts';
import { plain, underTheSame, type Measured, type Ways } from '../results.ts';
import type { Bench } from '../section.ts';
import { onceConnected, runAll, settle, underTriggers, written } from './prepared.ts';
import type { MysqlSubject } from './subjects.ts';
import { countProcessorTime, processorTime } from './processor-time.ts';
import { throughTheWholePath } from './whole-path.ts';

interface Measuring {
  readonly url: string;
  readonly rows: number;
  readonly subject: MysqlSubject;
}

/** Keys of the hand-written loop's statements, as examples of batch loops have it. */
const loopKeys = 10_000;

/** How a way fared, round by round. */
export interface MysqlMeasured extends Measured {
  /** Of the server's sessions, in microseconds a row. */
  readonly processorTime: Ways;
}

/** The rate of each way, and what it takes of the server. */
export async function ratesOf(bench: Bench, { url, rows, subject }: Measuring): Promise<MysqlMeasured> {
  const { options, folder } = bench;
  const ways: Record<string, number[]> = {};
  const spent: Record<string, number[]> = {};
  const note = async (way: string, measure: () => Promise<number>): Promise<void> => {
    await countProcessorTime(url);
    const rate = await measure();
    const us = (await processorTime(url)) / rows;
    (ways[way] ??= []).push(rate);
    (spent[way] ??= []).push(us);
    bench.say(subject.name, way, `${Math.round(rate)} rows/s, ${us.toFixed(1)} µs`);
  };
  const under = (work: (connection: Connection) => Promise<number>) => () =>
    onceConnected(url, (connection) =>
      underTriggers(connection, subject, () => timed(() => work(connection))),
    );
  for (let round = 1; round <= options.rounds; round += 1) {
    await note(plain, () => onceConnected(url, (connection) => plainCopy(connection, subject)));
    await note(
      underTheSame,
      under((connection) => written(connection, subject.copy('TRUE'))),
    );
    // Right behind what it is compared with: a machine whose cores are shared changes its speed within minutes.
    for (const workers of options.workers)
      await note(`the whole path, ${workers} worker${workers === 1 ? '' : 's'}`, async () => {
        await onceConnected(url, (connection) => settle(connection, subject));
        const course = { url, folder, rows, workers, traffic: 0, baselineMs: 0, approve: false };
        return (await throughTheWholePath(subject, course)).result.backfill.rowsPerSecond;
      });
    await note(
      'hand-written batches, triggers on',
      under((connection) => loop(connection, subject)),
    );
  }
  return { subject: subject.name, ways, processorTime: spent };
}

/** One statement for the whole table, into something of its own that goes again. */
async function plainCopy(connection: Connection, subject: MysqlSubject): Promise<number> {
  const { before = '', copy, after = '' } = subject.byHand;
  await runAll(connection, before);
  await settle(connection, subject);
  const rate = await timed(() => written(connection, copy));
  await runAll(connection, after);
  return rate;
}

/** Batches by key range, each its own transaction, one after the other: what teams write by hand. */
async function loop(connection: Connection, { table, copy }: MysqlSubject): Promise<number> {
  const [[ends]] = await connection.query<Ends[]>(
    `SELECT MIN(id) - 1 AS first, MAX(id) AS last FROM ${table}`,
  );
  const [first, last] = [Number(ends?.first), Number(ends?.last)];
  let done = 0;
  for (let from = first; from < last; from += loopKeys)
    done += await written(connection, copy(`id > ${from} AND id <= ${from + loopKeys}`));
  return done;
}

interface Ends extends RowDataPacket {
  readonly first: unknown;
  readonly last: unknown;
}
