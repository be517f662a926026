import { Command, CommanderError } from 'commander';
import { authoring, operating } from './commands.ts';
import { failureOf, type ExitCode } from './failure.ts';
import { nameOf, type ListedCommand } from './listed-command.ts';
import type { Screen } from './screen.ts';
import type { Session } from './session.ts';
import { version } from './version.ts';
import { wrapLines } from './wrap-text.ts';

const exitCodes =
  'Exit codes: 0 done; 1 the answer is no, or it failed; 2 the input is wrong: its author has to change it; ' +
  '3 the database has to change first; 4 nobody could be asked (no connection, no credentials, a lock). ' +
  'After 2 and 3 nothing was touched.';

/** Runs a command line, without the words before it; `more` are commands of other rooms. Resolves to the exit code; raises nothing. */
export async function run(
  words: readonly string[],
  screen: Screen,
  more: readonly ListedCommand[] = [],
): Promise<ExitCode> {
  let code: ExitCode = 0;
  const program = frame();
  const session: Session = { screen, end: (ended) => void (code = ended) };
  const listed = [...authoring, ...more, ...operating];
  await addCommands(program, listed, words, session);
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

/** Completes the command that is called, or is to be explained; of the others the overview shows a line. */
async function addCommands(
  program: Command,
  listed: readonly ListedCommand[],
  words: readonly string[],
  session: Session,
): Promise<void> {
  const [called, explained] = words.filter((word) => !word.startsWith('-'));
  for (const each of listed) {
    const name = nameOf(each);
    const isAsked = name === called || (called === 'help' && name === explained);
    const command = program.command(isAsked ? name : each.usage).description(each.does);
    if (isAsked) (await each.load())(command, session);
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
    // What a command adds to its help is as wide as it was written.
    writeOut: (text) => screen.line(wrapLines(text.trimEnd(), screen.columns)),
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
