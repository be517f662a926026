import { Client } from 'pg';
import { besideByHand, stepOf, type Beside, type Stand } from './beside-traffic.ts';
import { loopUnderTriggers } from './by-hand.ts';
import { askOnce, shapeOf, type Measure } from './prepared.ts';
import { machineLine, median } from './results.ts';
import { rowsOf, type Section } from './section.ts';
import { narrow } from './subjects.ts';
import { bundledOnce } from './whole-path.ts';

/** A way that the database itself has to be gentle. */
interface Setting {
  readonly name: string;
  /** What the session that copies is given. */
  readonly session?: string;
  /** The `vacuum_cost_delay` of a VACUUM that goes over the table again and again meanwhile. */
  readonly vacuumDelay?: string;
}

const settings: readonly Setting[] = [
  { name: 'as every session is' },
  { name: '`synchronous_commit = off`', session: 'SET synchronous_commit = off' },
  { name: '`backend_flush_after = 512kB`', session: `SET backend_flush_after = '512kB'` },
  { name: '`effective_io_concurrency = 0`', session: 'SET effective_io_concurrency = 0' },
  { name: 'beside VACUUM, `vacuum_cost_delay = 0`', vacuumDelay: '0' },
  { name: 'beside VACUUM, 2 ms (as autovacuum)', vacuumDelay: '2ms' },
  { name: 'beside VACUUM, 20 ms', vacuumDelay: '20ms' },
];

interface Measured extends Pick<Beside, 'seconds' | 'before' | 'during' | 'requests' | 'failed'> {
  readonly setting: string;
  readonly round: number;
}

/** What each of the database's own ways to be gentle costs a loop of batches, and gives the application beside it. */
export const gentle: Section = async (bench) => {
  const { options, machine, folder } = bench;
  const { requestsPerSecond, baselineMs, rounds } = options;
  const rows = rowsOf(options, 1_000_000);
  const [subject] = narrow;
  if (subject === undefined) throw new Error('there is no table to copy');
  const { traffic: program } = await bundledOnce(folder);
  const measured: Measured[] = [];
  await bench.on(subject, rows, async (url) => {
    const stand: Stand = { url, folder, rows, requestsPerSecond, baselineMs, program };
    const shape = await askOnce(url, (client) => shapeOf(client, subject));
    for (let round = 1; round <= rounds; round += 1)
      // Each round begins with another one: what comes first meets a colder machine.
      for (const setting of rotated(settings, round - 1)) {
        const met = await askOnce(url, async (client) => {
          if (setting.session !== undefined) await client.query(setting.session);
          const measure = besideByHand(setting.name, subject, shape, stand);
          return loopUnderTriggers(client, subject, vacuuming(measure, setting, stand, subject.table));
        });
        const { seconds, before, during, requests, failed } = met;
        bench.say(
          subject.name,
          setting.name,
          `${seconds.toFixed(1)} s, p95 ${stepOf(before.p95, during.p95)}`,
        );
        measured.push({ setting: setting.name, round, seconds, before, during, requests, failed });
      }
  });
  const heading =
    `${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${requestsPerSecond} requests a second beside ` +
    machineLine(rows, machine);
  return {
    results: { machine, rows, requestsPerSecond, measured },
    text: `${heading}\n\n${gentleTable(measured)}`,
  };
};

const rotated = <T>(all: readonly T[], by: number): readonly T[] => {
  const at = by % all.length;
  return [...all.slice(at), ...all.slice(0, at)];
};

/** With a VACUUM beside the copy, from its start to its end, where the setting has one. */
const vacuuming =
  (measure: Measure<Beside>, { vacuumDelay }: Setting, { url }: Stand, table: string): Measure<Beside> =>
  (copy) =>
    measure(async () => {
      if (vacuumDelay === undefined) return copy();
      const client = new Client({ connectionString: url });
      await client.connect();
      try {
        const { rows } = await client.query<{ pid: number }>(
          `SELECT pg_backend_pid() AS pid, set_config('vacuum_cost_delay', $1, false)`,
          [vacuumDelay],
        );
        const over = new AbortController();
        const vacuums = async (): Promise<void> => {
          while (!over.signal.aborted) await client.query(`VACUUM ${table}`).catch(unlessCancelled);
        };
        const copying = async (): Promise<number> => {
          try {
            return await copy();
          } finally {
            over.abort();
            // One that rests would go on for long: what it has done counts, its end does not.
            await askOnce(url, (other) => other.query('SELECT pg_cancel_backend($1)', [rows[0]?.pid]));
          }
        };
        const [count] = await Promise.all([copying(), vacuums()]);
        return count;
      } finally {
        await client.end();
      }
    });

function unlessCancelled(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === '57014')) throw error;
}

/** A table for people: medians of the rounds. */
function gentleTable(measured: readonly Measured[]): string {
  const medianOf = (name: string, value: (each: Measured) => number): number =>
    median(measured.filter(({ setting }) => setting === name).map(value));
  const usual = medianOf(settings[0]?.name ?? '', ({ seconds }) => seconds);
  const lines = settings.map(({ name }) => {
    const of = (value: (each: Measured) => number): number => medianOf(name, value);
    const seconds = of((each) => each.seconds);
    const step = (p: 'p50' | 'p95' | 'p99'): string =>
      stepOf(
        of(({ before }) => before[p]),
        of(({ during }) => during[p]),
      );
    return `| ${name} | ${seconds.toFixed(1)} s | ${(usual / seconds).toFixed(2)} | ${step('p50')} | ${step('p95')} | ${step('p99')} |`;
  });
  return [
    '| the session that copies | copy | rate beside the first | p50 before → during | p95 | p99 |',
    '|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}
