import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineOf, readOptions, sections, type SectionName } from './options.ts';
import { writeBetweenMarks } from './page.ts';
import type { Bench, Findings } from './section.ts';
import { Servers } from './servers.ts';

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

const { sections: asked, options, keep } = readOptions(process.argv.slice(2));
const servers = new Servers();
const folder = await mkdtemp(join(tmpdir(), 'underpin-bench-'));

const say: Bench['say'] = (subject, way, what) =>
  process.stderr.write(`${subject.padEnd(12)} ${way.padEnd(52)} ${what}\n`);

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
  for (const name of asked) {
    const began = performance.now();
    try {
      const { machine, on } = await servers.of(engineOf(name));
      const findings = await sections[name]({ options, machine, folder, on, say });
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
  await servers.stop();
}
