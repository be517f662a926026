import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Client } from 'pg';
import { parseDocument } from 'yaml';
import { fillTable } from '../rehearsal/data/fill-table.ts';
import { startPostgres } from '../rehearsal/database/embedded-postgres.ts';
import { loadDump } from '../rehearsal/database/load-dump.ts';
import { rehearse } from '../rehearsal/rehearse.ts';
import { noScreen } from '../rehearsal/screen/screen.ts';

// The backfill through the whole path (state machine, Lambda processes, Data API, triggers on) beside one plain UPDATE
// of the same rows, in one run. Usage: npm run bench -- [ROWS] [ROUNDS]

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

const rows = Number(process.argv[2] ?? 1_000_000);
const rounds = Number(process.argv[3] ?? 3);
const subjects = [
  { file: 'migrations/0001-rename-users-email.yaml', table: 'users', type: 'text', value: 'email' },
  {
    file: 'migrations/0002-orders-amount-to-decimal.yaml',
    table: 'orders',
    type: 'numeric(14,4)',
    value: 'amount / 100.0',
  },
] as const;
type Subject = (typeof subjects)[number];

/** A connection for each question: a rehearsal refuses a database on which somebody else is. */
async function asked<T>(url: string, question: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await question(client);
  } finally {
    await client.end();
  }
}

/** Rows per second of one UPDATE of the whole table, into a column that is dropped again. */
async function plain(client: Client, subject: Subject): Promise<number> {
  await client.query(`ALTER TABLE ${subject.table} ADD COLUMN bench ${subject.type}`);
  await settle(client, subject);
  const began = performance.now();
  const { rowCount } = await client.query(`UPDATE ${subject.table} SET bench = ${subject.value}`);
  const seconds = (performance.now() - began) / 1000;
  await client.query(`ALTER TABLE ${subject.table} DROP COLUMN bench`);
  return (rowCount ?? 0) / seconds;
}

// The same heap, the same statistics and no dirty pages before each measurement.
async function settle(client: Client, subject: Subject): Promise<void> {
  await client.query(`VACUUM (FULL, ANALYZE) ${subject.table}`);
  await client.query('CHECKPOINT');
}

/** Rows per second from the first batch to the last, as the ledger has them; everything is undone afterwards. */
async function throughThePath(
  url: string,
  subject: Subject,
  workers: number,
  folder: string,
): Promise<number> {
  const document = parseDocument(await readFile(subject.file, 'utf8'));
  document.set('onRollback', 'remove');
  document.setIn(['backfill', 'parallelism'], workers);
  document.setIn(['backfill', 'dutyCycle'], 1);
  const file = join(folder, basename(subject.file));
  await writeFile(file, document.toString());
  const { result } = await rehearse(
    {
      file,
      rows,
      requestsPerSecond: 0,
      approve: false,
      reject: 'read-switch',
      holdGates: false,
      breach: null,
      killWorker: false,
      schema: null,
      databaseUrl: url,
      timeScale: null,
      json: null,
      report: null,
      baselineMs: 0,
    },
    noScreen,
  );
  if (result.outcome !== 'rolled-back' || result.verification.mismatches > 0)
    throw new Error(JSON.stringify(result));
  return result.backfill.rowsPerSecond;
}

const postgres = await startPostgres();
const folder = await mkdtemp(join(tmpdir(), 'underpin-bench-'));
try {
  const url = await postgres.createDatabase('bench');
  await loadDump(url, await readFile('rehearsal/data/example-schema.sql', 'utf8'));
  console.log(`${rows.toLocaleString('en-US')} rows, ${rounds} rounds, rows per second`);
  for (const subject of subjects) {
    await fillTable(url, { schema: 'public', name: subject.table }, rows);
    for (let round = 1; round <= rounds; round += 1) {
      const one = await asked(url, (client) => plain(client, subject));
      const ratios: string[] = [];
      for (const workers of [1, 2]) {
        await asked(url, (client) => settle(client, subject));
        const rate = await throughThePath(url, subject, workers, folder);
        ratios.push(
          `${workers} worker${workers === 1 ? '' : 's'} ${Math.round(rate)} (${(rate / one).toFixed(2)})`,
        );
      }
      console.log(
        `${subject.table.padEnd(7)} round ${round}: plain UPDATE ${Math.round(one)}, ${ratios.join(', ')}`,
      );
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
  await postgres.stop();
}
