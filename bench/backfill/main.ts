import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fillTable } from '../../rehearsal/data/fill-table.ts';
import { startPostgres } from '../../rehearsal/database/embedded-postgres.ts';
import { loadDump } from '../../rehearsal/database/load-dump.ts';
import { bundleProgramsTogether } from '../../rehearsal/deployment/programs.ts';
import { apartTable, takenApart, type Apart } from './apart.ts';
import { besideTable, besideTraffic, type Beside } from './beside-traffic.ts';
import { askOnce, loopUnderTriggers, plainUpdate, settle, timed, updateUnderTriggers } from './by-hand.ts';
import { writeBetweenMarks } from './page.ts';
import { machineLine, machineOf, plain, resultsTable, type Measured } from './results.ts';
import { subjects, type Subject } from './subjects.ts';
import { throughTheWholePath } from './whole-path.ts';

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

const usage = `Usage: npm run bench -- [options]

The backfill through the whole path (state machine, Lambda processes, Data API, triggers on) beside one plain UPDATE of the
same rows, the same UPDATE with the triggers on, and a hand-written loop of batches, in one run, on a PostgreSQL of its own.

  --rows N          rows of each table (default 1000000)
  --rounds N        how often each is measured (default 3)
  --workers LIST    numbers of workers (default 1,2)
  --traffic N       what an application of N requests a second meets meanwhile, instead of rates:
                    one round, two workers
  --baseline S      seconds of traffic before each copy (default 10)
  --apart           whose processor time each way takes, instead of rates: one round, one worker; Linux only
  --only NAME       one migration of ${subjects.map(({ name }) => name).join(', ')}
  --json FILE       write what was measured there
  --write FILE.md   write the table between the two marks in this page
  --help            this text

Numbers of a machine that does other work beside it mean nothing.
`;

/** Ends the program where an option is no number. */
function whole(option: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  process.stderr.write(`--${option} is "${text}". Write a whole number above 0.\n`);
  return process.exit(2);
}

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    workers: { type: 'string', default: '1,2' },
    traffic: { type: 'string' },
    baseline: { type: 'string', default: '10' },
    apart: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'string' },
    write: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const rows = whole('rows', values.rows);
const rounds = whole('rounds', values.rounds);
const traffic = values.traffic === undefined ? 0 : whole('traffic', values.traffic);
const baselineMs = whole('baseline', values.baseline) * 1000;
const workers = values.workers.split(',').map((text) => whole('workers', text));
const chosen = subjects.filter(({ name }) => values.only === undefined || name === values.only);
if (chosen.length === 0) {
  process.stderr.write(
    `--only is "${values.only}". Write ${subjects.map(({ name }) => name).join(' or ')}.\n`,
  );
  process.exit(2);
}

async function rates(url: string, folder: string, subject: Subject): Promise<Measured> {
  const ways: Record<string, number[]> = {};
  const note = (way: string, rate: number): void => {
    (ways[way] ??= []).push(rate);
    process.stderr.write(`${subject.name.padEnd(8)} ${way.padEnd(38)} ${Math.round(rate)} rows/s\n`);
  };
  for (let round = 1; round <= rounds; round += 1) {
    note(plain, await askOnce(url, (client) => plainUpdate(client, subject, timed)));
    note(
      'the same UPDATE, triggers on',
      await askOnce(url, (client) => updateUnderTriggers(client, subject, timed)),
    );
    note(
      'hand-written batches, triggers on',
      await askOnce(url, (client) => loopUnderTriggers(client, subject, timed)),
    );
    note(
      'hand-written batches in two sessions',
      await askOnce(url, (client) =>
        askOnce(url, (other) => loopUnderTriggers(client, subject, timed, [other])),
      ),
    );
    for (const count of workers) {
      await askOnce(url, (client) => settle(client, subject));
      const course = { url, folder, rows, workers: count, traffic: 0, baselineMs: 0, dutyCycle: 1 };
      const { backfill } = await throughTheWholePath(subject, course);
      note(`the whole path, ${count} worker${count === 1 ? '' : 's'}`, backfill.rowsPerSecond);
    }
  }
  return { subject: subject.name, ways };
}

async function beside(url: string, folder: string, subject: Subject, program: string): Promise<Beside[]> {
  const all: Beside[] = [];
  const stand = { url, folder, rows, requestsPerSecond: traffic, baselineMs, program };
  for await (const way of besideTraffic(subject, stand)) {
    process.stderr.write(`${subject.name.padEnd(8)} ${way.way.padEnd(38)} ${way.seconds.toFixed(1)} s\n`);
    all.push(way);
  }
  return all;
}

async function apart(url: string, folder: string, subject: Subject): Promise<Apart[]> {
  const all: Apart[] = [];
  for await (const way of takenApart(subject, { url, folder, rows })) {
    const { backends } = way.cpuMs;
    process.stderr.write(
      `${subject.name.padEnd(8)} ${way.way.padEnd(52)} ${Math.round(backends)} ms of CPU\n`,
    );
    all.push(way);
  }
  return all;
}

/** The chosen migrations one after the other, each on a table that was filled for it. */
async function ofEach<T>(url: string, measure: (subject: Subject) => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (const subject of chosen) {
    await fillTable(url, { schema: 'public', name: subject.table }, rows);
    all.push(await measure(subject));
  }
  return all;
}

/** The results, and their table and its place in the page. */
async function measured(
  url: string,
  folder: string,
): Promise<[results: object, mark: string, table: string]> {
  const version = await askOnce(url, async (client) => {
    const answer = await client.query<{ server_version: string }>('SHOW server_version');
    return answer.rows[0]?.server_version ?? 'unknown';
  });
  const machine = machineOf(version);
  if (values.apart) {
    const ways = await ofEach(url, async (subject) => {
      const all = await apart(url, folder, subject);
      return all.map((way) => ({ subject: subject.name, ...way }));
    });
    const results = { machine, rows, ways: ways.flat() };
    const heading = `Milliseconds for 100,000 rows; ${machineLine(rows, machine)}`;
    return [results, 'measured apart', `${heading}\n\n${apartTable(results.ways)}`];
  }
  if (traffic === 0) {
    const results = { machine, rows, rounds, subjects: await ofEach(url, (it) => rates(url, folder, it)) };
    return [results, 'measured', resultsTable(results)];
  }
  const { traffic: program } = await bundleProgramsTogether(folder);
  const ways = await ofEach(url, async (subject) => {
    const all = await beside(url, folder, subject, program);
    return all.map((way) => ({ subject: subject.name, ...way }));
  });
  const results = { machine, rows, requestsPerSecond: traffic, ways: ways.flat() };
  const heading = `${traffic} requests a second beside ${machineLine(rows, machine)}`;
  return [results, 'measured beside traffic', `${heading}\n\n${besideTable(results.ways)}`];
}

const postgres = await startPostgres();
const folder = await mkdtemp(join(tmpdir(), 'underpin-bench-'));
try {
  const url = await postgres.createDatabase('bench');
  await loadDump(url, await readFile('rehearsal/data/example-schema.sql', 'utf8'));
  const [results, mark, table] = await measured(url, folder);
  process.stdout.write(`${table}\n`);
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(results, null, 2)}\n`);
  if (values.write !== undefined) await writeBetweenMarks(values.write, mark, table);
} finally {
  await rm(folder, { recursive: true, force: true });
  await postgres.stop();
}
