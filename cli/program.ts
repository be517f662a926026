import { Command, CommanderError } from 'commander';
import { approve } from './commands/approve.ts';
import { convert } from './commands/convert.ts';
import { init } from './commands/init.ts';
import { orders } from './commands/orders.ts';
import { lint } from './commands/lint.ts';
import { plan } from './commands/plan.ts';
import { reject } from './commands/reject.ts';
import { report } from './commands/report.ts';
import { runbook } from './commands/runbook.ts';
import { start } from './commands/start.ts';
import { status } from './commands/status.ts';
import { failureOf, type ExitCode } from './failure.ts';
import type { Screen } from './screen.ts';
import type { Session } from './session.ts';
import { version } from './version.ts';

/** One file for each command: it adds itself to the program. */
export type Registers = (program: Command, session: Session) => void;

const authoring: readonly Registers[] = [init, convert, lint, plan];
const operating: readonly Registers[] = [start, status, approve, reject, orders, report, runbook];

const exitCodes =
  'Exit codes: 0 done; 1 the answer is no, or it failed; 2 the input is wrong: its author has to change it; ' +
  '3 the database has to change first; 4 nobody could be asked (no connection, no credentials, a lock). ' +
  'After 2 and 3 nothing was touched.';

/** Runs a command line, without the words before it; `more` are commands of other rooms. Resolves to the exit code; raises nothing. */
export async function run(
  words: readonly string[],
  screen: Screen,
  more: readonly Registers[] = [],
): Promise<ExitCode> {
  let code: ExitCode = 0;
  const program = frame();
  const session: Session = { screen, end: (ended) => void (code = ended) };
  for (const register of [...authoring, ...more, ...operating]) register(program, session);
  everyCommand(program, (command) => quiet(command, screen));
  try {
    await program.parseAsync(words, { from: 'user' });
    return code;
  } catch (error) {
    // Help, the version, and what is wrong with the words: commander has said it.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return reportError(error, screen, program.opts()['debug'] === true);
  }
}

function frame(): Command {
  return new Command('underpin')
    .description("Changes a database's schema while the application goes on living in it.")
    .version(version(), '--version', 'show the version')
    .option('--debug', 'show the trace of an error that nobody foresaw')
    .showSuggestionAfterError()
    .addHelpText('after', `\n${exitCodes}`);
}

function everyCommand(command: Command, use: (command: Command) => void): void {
  use(command);
  for (const each of command.commands) everyCommand(each, use);
}

/** Commander neither exits nor writes by itself: the screen does. */
function quiet(command: Command, screen: Screen): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => screen.line(text.trimEnd()),
    writeErr: (text) => screen.note(text.trimEnd()),
    getOutHelpWidth: () => screen.columns,
    getErrHelpWidth: () => screen.columns,
  });
}

function reportError(error: unknown, screen: Screen, debug: boolean): ExitCode {
  const { code, message, unexpected } = failureOf(error);
  screen.note(message);
  if (debug && error instanceof Error) screen.note(error.stack ?? '');
  else if (unexpected)
    screen.note('Nobody foresaw this. The same command with --debug shows where it happened.');
  return code;
}
