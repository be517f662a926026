// Node 20 is what this machine may have; the deployed functions run on a newer one.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

import { writeFile } from 'node:fs/promises';
import type { ExitCode } from '../cli/failure.ts';
import { fitted } from '../cli/screen.ts';
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
  'UnusableMysql',
]);

// One Ctrl-C can arrive more than once, from the terminal and from whoever passes it on.
const oneInterruptMs = 1000;

/** Rehearses as the words say, at this process's terminal. Resolves to the code to exit with; an error that nobody foresaw is raised. */
export async function rehearseFromTerminal(words: readonly string[]): Promise<ExitCode> {
  const screen = new TerminalScreen({ input: process.stdin, output: process.stdout });
  const interrupted = interruption(screen);
  try {
    return await rehearsed(words, screen, interrupted);
  } catch (error) {
    screen.close();
    if (interrupted.aborted) {
      console.error('All of it is stopped.');
      process.exit(130);
    }
    return codeOf(error);
  }
}

async function rehearsed(
  words: readonly string[],
  screen: TerminalScreen,
  signal: AbortSignal,
): Promise<ExitCode> {
  const options = readOptions(words);
  if (options === null) {
    console.log(fitted(usage, process.stdout));
    return 0;
  }
  // The rest takes its time to load, and nobody should wonder meanwhile.
  screen.live(`Rehearsing ${options.file} …`);
  const { rehearse, resultTable, writeReport } = await import('./rehearse.ts');
  const { result, asAsked, notes, report } = await rehearse(options, screen, { signal });
  if (options.json !== null) await writeFile(options.json, `${JSON.stringify(result, null, 2)}\n`);
  screen.line(`\n${resultTable(result, notes, screen.styled)}`);
  if (options.report !== null && report !== null)
    screen.line(`  report           ${await writeReport(report, options.report)}`);
  return asAsked ? 0 : 1;
}

/** Aborts at the first signal, so that the rehearsal stops cleanly; ends at once when somebody insists. */
function interruption(screen: TerminalScreen): AbortSignal {
  const interrupted = new AbortController();
  let interruptedAtMs: number | undefined;
  const interrupt = (): void => {
    if (interruptedAtMs !== undefined && Date.now() - interruptedAtMs > oneInterruptMs) process.exit(130);
    if (interruptedAtMs !== undefined) return;
    interruptedAtMs = Date.now();
    screen.close();
    console.error('Interrupted. Stopping what the rehearsal has started.');
    interrupted.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  // Nobody reads it any more: the pipe is closed, or the terminal is gone. Ending at once would leave the servers behind.
  process.stdout.removeAllListeners('error');
  process.stdout.on('error', interrupt);
  process.stderr.on('error', interrupt);
  return interrupted.signal;
}

function codeOf(error: unknown): ExitCode {
  if (error instanceof Error && error.name === 'PartLost') {
    console.error(
      fitted(
        `${error.message}\nThe rehearsal cannot go on without it, and is stopped. Start it again.`,
        process.stderr,
      ),
    );
    process.exit(1);
  }
  if (!(error instanceof Error) || !badInput.has(error.name)) throw error;
  console.error(fitted(error.message, process.stderr));
  if (error.name === 'UsageError') console.error('\nunderpin rehearse --help shows all options.');
  return 2;
}
