import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * `withdrawn`: the answer has come from elsewhere. `ended`: the input was closed, so nobody can answer here any more.
 * `nobody`: there is no terminal to ask at.
 */
export type Answer = 'yes' | 'no' | 'withdrawn' | 'ended' | 'nobody';

export interface Streams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

const answers: ReadonlyMap<string, Answer> = new Map([
  ['y', 'yes'],
  ['yes', 'yes'],
  ['n', 'no'],
  ['no', 'no'],
]);

/**
 * Asks until somebody answers y or n: there is no default, because both answers change a database. The terminal keeps its
 * own line editing, so Ctrl-C is the signal that it is everywhere else.
 */
export async function askYesOrNo(
  { input, output }: Streams,
  question: string,
  withdrawn: AbortSignal,
): Promise<Answer> {
  await discardTyped(input);
  if (withdrawn.aborted) return 'withdrawn';
  if (input.readableEnded) return 'ended';
  const lines = createInterface({ input, terminal: false });
  const answer = await new Promise<Answer>((resolve) => {
    lines.on('line', (text) => {
      const given = answers.get(text.trim().toLowerCase());
      if (given !== undefined) return resolve(given);
      output.write(`  Please answer y or n.\n${question}`);
    });
    // A terminal that hangs up fails the read instead of ending it.
    for (const end of ['close', 'error']) lines.once(end, () => resolve('ended'));
    withdrawn.addEventListener('abort', () => resolve('withdrawn'), { once: true });
    output.write(question);
  });
  lines.close();
  if (answer === 'withdrawn' || answer === 'ended') output.write('\n');
  return answer;
}

const typedMs = 50;

/** What was typed before the question was there answers nothing. */
async function discardTyped(input: NodeJS.ReadStream): Promise<void> {
  input.resume();
  await sleep(typedMs);
  input.pause();
}
