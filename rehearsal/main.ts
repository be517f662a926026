// Node 20 is what this machine may have; the deployed functions run on a newer one.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

import { writeFile } from 'node:fs/promises';
import { readOptions, usage } from './options.ts';
import { TerminalScreen } from './screen/screen.ts';

// Bad input, by name: the user's to fix, so no stack trace.
const badInput = new Set([
  'UsageError',
  'InvalidSpec',
  'PreflightFailed',
  'DataError',
  'DumpError',
  'TrafficError',
]);

const interrupted = new AbortController();
const screen = new TerminalScreen({ input: process.stdin, output: process.stdout });

// One Ctrl-C can arrive more than once, from the terminal and from whoever passes it on.
const oneInterruptMs = 1000;
let interruptedAtMs: number | undefined;

/** Stops the rehearsal cleanly; at once when somebody insists. */
function interrupt(): void {
  if (interruptedAtMs !== undefined && Date.now() - interruptedAtMs > oneInterruptMs) process.exit(130);
  if (interruptedAtMs !== undefined) return;
  interruptedAtMs = Date.now();
  screen.close();
  console.error('Interrupted. Stopping what the rehearsal has started.');
  interrupted.abort();
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === null) {
    console.log(usage);
    return 0;
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  // Nobody reads it any more: the pipe is closed, or the terminal is gone.
  process.stdout.on('error', interrupt);
  process.stderr.on('error', interrupt);
  // The rest takes its time to load, and nobody should wonder meanwhile.
  screen.live(`Rehearsing ${options.file} …`);
  const { rehearse, resultTable, writeReport } = await import('./rehearse.ts');
  const { result, asAsked, notes, report } = await rehearse(options, screen, { signal: interrupted.signal });
  if (options.json !== null) await writeFile(options.json, `${JSON.stringify(result, null, 2)}\n`);
  screen.line(`\n${resultTable(result, notes, screen.styled)}`);
  if (options.report !== null && report !== null)
    screen.line(`  report           ${await writeReport(report, options.report)}`);
  return asAsked ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  screen.close();
  if (interrupted.signal.aborted) {
    console.error('All of it is stopped.');
    process.exit(130);
  }
  if (error instanceof Error && error.name === 'PartLost') {
    console.error(`${error.message}\nThe rehearsal cannot go on without it, and is stopped. Start it again.`);
    process.exit(1);
  }
  if (!(error instanceof Error) || !badInput.has(error.name)) throw error;
  console.error(error.message);
  if (error.name === 'UsageError') console.error('\nnpm run rehearse -- --help shows all options.');
  process.exitCode = 2;
}
