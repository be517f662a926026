import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fillTable } from '../../rehearsal/data/fill-table.ts';
import { startPostgres } from '../../rehearsal/database/embedded-postgres.ts';
import { loadDump } from '../../rehearsal/database/load-dump.ts';
import { readOptions, sections, type SectionName } from './options.ts';
import { writeBetweenMarks } from './page.ts';
import { askOnce } from './prepared.ts';
import { machineOf } from './results.ts';
import type { Bench, Findings } from './section.ts';
import type { Subject } from './subjects.ts';

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

const { sections: asked, options, keep } = readOptions(process.argv.slice(2));
const postgres = await startPostgres();
const folder = await mkdtemp(join(tmpdir(), 'underpin-bench-'));

const say: Bench['say'] = (subject, way, what) =>
  process.stderr.write(`${subject.padEnd(12)} ${way.padEnd(52)} ${what}\n`);

let databases = 0;
async function on<T>({ table }: Subject, rows: number, work: (url: string) => Promise<T>): Promise<T> {
  const name = `bench_${++databases}`;
  const url = await postgres.createDatabase(name);
  for (const dump of ['rehearsal/data/example-schema.sql', 'bench/backfill/tables.sql'])
    await loadDump(url, await readFile(dump, 'utf8'));
  try {
    await fillTable(url, { schema: 'public', name: table }, rows);
    return await work(url);
  } finally {
    await askOnce(postgres.url, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
  }
}

/** Results, plot and table, each in its place. */
async function keptIn(place: string, name: SectionName, { results, text, plot }: Findings): Promise<void> {
  const into = join(place, 'results');
  await mkdir(into, { recursive: true });
  await writeFile(join(into, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`);
  if (plot !== undefined) await writeFile(join(into, `${name}.svg`), plot);
  const picture = plot === undefined ? '' : `\n\n![${name}](results/${name}.svg)`;
  await writeBetweenMarks(join(place, 'README.md'), `measured ${name}`, `${text}${picture}`);
}

try {
  const version = await askOnce(postgres.url, async (client) => {
    const answer = await client.query<{ server_version: string }>('SHOW server_version');
    return answer.rows[0]?.server_version ?? 'unknown';
  });
  const bench: Bench = { options, machine: machineOf(version), folder, on, say };
  for (const name of asked) {
    const began = performance.now();
    try {
      const findings = await sections[name](bench);
      process.stdout.write(`${findings.text}\n\n`);
      say(name, 'measured', `in ${((performance.now() - began) / 60_000).toFixed(1)} minutes`);
      if (keep !== undefined) await keptIn(keep, name, findings);
    } catch (error) {
      // What comes later can still be measured.
      process.exitCode = 1;
      process.stderr.write(`${name} failed: ${error instanceof Error ? error.stack : String(error)}\n`);
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
  await postgres.stop();
}
