import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fillTable } from '../../rehearsal/data/fill-table.ts';
import { startPostgres } from '../../rehearsal/database/embedded-postgres.ts';
import { loadDump } from '../../rehearsal/database/load-dump.ts';
import { askOnce, loopUnderTriggers, plainUpdate, settle, updateUnderTriggers } from './by-hand.ts';
import { machineOf, plain, resultsTable, type Measured } from './results.ts';
import { subjects, type Subject } from './subjects.ts';
import { throughTheWholePath } from './whole-path.ts';

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

const usage = `Usage: npm run bench -- [options]

The backfill through the whole path (state machine, Lambda processes, Data API, triggers on) beside one plain UPDATE of the
same rows, the same UPDATE with the triggers on, and a hand-written loop of batches, in one run, on a PostgreSQL of its own.

  --rows N          rows of each table (default 1000000)
  --rounds N        how often each is measured (default 3)
  --workers LIST    numbers of workers (default 1,2)
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
const workers = values.workers.split(',').map((text) => whole('workers', text));
const chosen = subjects.filter(({ name }) => values.only === undefined || name === values.only);
if (chosen.length === 0) {
  process.stderr.write(
    `--only is "${values.only}". Write ${subjects.map(({ name }) => name).join(' or ')}.\n`,
  );
  process.exit(2);
}

const marks = ['<!-- measured -->', '<!-- end of measured -->'] as const;

async function measured(url: string, folder: string, subject: Subject): Promise<Measured> {
  const ways: Record<string, number[]> = {};
  const note = (way: string, rate: number): void => {
    (ways[way] ??= []).push(rate);
    process.stderr.write(`${subject.name.padEnd(8)} ${way.padEnd(38)} ${Math.round(rate)} rows/s\n`);
  };
  await fillTable(url, { schema: 'public', name: subject.table }, rows);
  for (let round = 1; round <= rounds; round += 1) {
    note(plain, await askOnce(url, (client) => plainUpdate(client, subject)));
    note(
      'the same UPDATE, triggers on',
      await askOnce(url, (client) => updateUnderTriggers(client, subject)),
    );
    note(
      'hand-written batches, triggers on',
      await askOnce(url, (client) => loopUnderTriggers(client, subject)),
    );
    for (const count of workers) {
      await askOnce(url, (client) => settle(client, subject));
      const course = { url, folder, rows, workers: count, traffic: 0, dutyCycle: 1 };
      const { backfill } = await throughTheWholePath(subject, course);
      note(`the whole path, ${count} worker${count === 1 ? '' : 's'}`, backfill.rowsPerSecond);
    }
  }
  return { subject: subject.name, ways };
}

async function written(file: string, table: string): Promise<void> {
  const page = await readFile(file, 'utf8');
  const [before = '', rest] = page.split(marks[0]);
  const after = rest?.split(marks[1])[1];
  if (after === undefined)
    throw new Error(`${file} has no place for the table, between ${marks.join(' and ')}`);
  await writeFile(file, `${before}${marks[0]}\n\n${table}\n\n${marks[1]}${after}`);
}

const postgres = await startPostgres();
const folder = await mkdtemp(join(tmpdir(), 'underpin-bench-'));
try {
  const url = await postgres.createDatabase('bench');
  await loadDump(url, await readFile('rehearsal/data/example-schema.sql', 'utf8'));
  const version = await askOnce(url, async (client) => {
    const answer = await client.query<{ server_version: string }>('SHOW server_version');
    return answer.rows[0]?.server_version ?? 'unknown';
  });
  const all: Measured[] = [];
  for (const subject of chosen) all.push(await measured(url, folder, subject));
  const results = { machine: machineOf(version), rows, rounds, subjects: all };
  const table = resultsTable(results);
  process.stdout.write(`${table}\n`);
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(results, null, 2)}\n`);
  if (values.write !== undefined) await written(values.write, table);
} finally {
  await rm(folder, { recursive: true, force: true });
  await postgres.stop();
}
