import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { failureOf } from '../../cli/failure.ts';
import { InvalidSpec } from '../../engine/database/errors.ts';
import { RowKeys } from '../../engine/database/row-keys.ts';
import { authoring, operating } from '../../cli/commands.ts';
import { run } from '../../cli/program.ts';
import { wrapLines } from '../../cli/wrap-text.ts';
import { usage as usageOfRehearsals } from '../../rehearsal/options.ts';
import type { Screen } from '../../cli/screen.ts';

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

/** The packages that a file and all that it imports name in their `import` statements; what is imported later is left out. */
function packagesReadAtOnce(file: string, seen = new Set<string>()): ReadonlySet<string> {
  const packages = new Set<string>();
  if (seen.has(file)) return packages;
  seen.add(file);
  for (const [, from = ''] of readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (?!type\b)[^;]*?from '([^']+)'/gmu,
  ))
    if (!from.startsWith('.')) packages.add(from);
    else for (const each of packagesReadAtOnce(join(file, '..', from), seen)) packages.add(each);
  return new Set([...packages].filter((name) => !name.startsWith('node:')));
}

let lines: string[];
let notes: string[];
let screen: Screen;
beforeEach(() => {
  lines = [];
  notes = [];
  screen = {
    line: (text) => void lines.push(text),
    note: (text) => void notes.push(text),
    styled: (_, text) => text,
    interactive: false,
    columns: 100,
  };
});
// One thread for all pure tests.
afterEach(() => {
  lines = [];
  notes = [];
});

describe('the command line', () => {
  test('answers --help on standard output with code 0, for itself and for every command', async () => {
    expect(await run(['--help'], screen)).toBe(0);
    expect(lines.join('\n')).toContain('Exit codes: 0 done');
    const commands = [...lines.join('\n').matchAll(/^ {2}([a-z]+) .*$/gmu)].map(([, name = '']) => name);
    expect(commands).toContain('plan');
    for (const command of commands) {
      lines = [];
      expect(await run(command === 'help' ? ['help'] : [command, '--help'], screen), command).toBe(0);
      expect(lines.join('\n'), command).toContain('Usage: underpin');
    }
    expect(notes).toEqual([]);
  });

  test('explains itself in lines that fit an ordinary terminal, and keeps what it says in its column', async () => {
    screen = { ...screen, columns: 80 };
    await run(['--help'], screen);
    for (const { usage } of [...authoring, ...operating])
      await run([usage.split(' ')[0] ?? '', '--help'], screen);
    const shown = [
      ...lines.flatMap((text) => text.split('\n')),
      ...wrapLines(usageOfRehearsals, 80).split('\n'),
    ];
    expect(shown.length).toBeGreaterThan(150);
    expect(shown.filter((line) => line.length > 80)).toEqual([]);
    expect(shown.join('\n')).toContain(
      '  4  not asked  the database did not answer: no connection, no credentials, a\n                lock\n',
    );
  });

  test('lists each command with the words that it takes', async () => {
    for (const { usage } of [...authoring, ...operating]) {
      lines = [];
      await run([usage.split(' ', 1)[0] ?? '', '--help'], screen);
      expect(lines.join('\n').split('\n', 1)[0]).toBe(`Usage: underpin ${usage}`);
    }
  });

  test('has its first word from one package: no other is read before the command is known', () => {
    expect([...packagesReadAtOnce('bin/underpin.ts')]).toEqual(['commander']);
  });

  test('without a command shows what there is, as a mistake', async () => {
    expect(await run([], screen)).toBe(2);
    expect(notes.join('\n')).toContain('Usage: underpin');
    expect(lines).toEqual([]);
  });

  test.each([
    [['pln'], "error: unknown command 'pln'\n(Did you mean plan?)"],
    [['plan'], "error: missing required argument 'paths'"],
    [['plan', 'a.yaml', '--fromat'], "error: unknown option '--fromat'\n(Did you mean --format?)"],
    [['plan', 'a.yaml'], 'a.yaml cannot be read: there is no such file. Look at its path.'],
  ])('%j is a mistake of the user: the fact, the remedy, code 2, no trace', async (words, says) => {
    expect(await run(words, screen)).toBe(2);
    expect(notes.join('\n')).toBe(says);
    expect(lines).toEqual([]);
  });
});

describe('an error', () => {
  test.each([
    [named('InvalidSpec', 'm.yaml:1:1 x'), 2, 'm.yaml:1:1 x'],
    [named('PreflightFailed', 'no'), 3, 'no'],
    [named('CouldNotAsk', 'no answer'), 4, 'no answer'],
    [named('Refused', 'no'), 1, 'no'],
    [
      named('LockNotAcquired', 'a lock was not granted'),
      4,
      'a lock was not granted. Somebody holds it. Try again in a moment.',
    ],
    [
      named('CredentialsProviderError', 'Could not load credentials from any providers'),
      4,
      'AWS: Could not load credentials from any providers. Sign in (`aws sso login`), or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    ],
    [named('Error', 'Region is missing'), 4, 'AWS: Region is missing. Set AWS_REGION, or give --region.'],
    [named('ExitPromptError', 'User force closed the prompt'), 130, 'Interrupted.'],
  ])('%s is reported with its remedy', (error, code, message) => {
    expect(failureOf(error)).toEqual({ code, message, unexpected: false });
  });

  test('of rows that forbid a change shows their keys, to whoever planned at this terminal', () => {
    const at = { line: 4, column: 3, key: 'change.check', fact: '2 rows break it', remedy: '' };
    expect(
      failureOf(new InvalidSpec('m.yaml:4:3 x', [{ ...at, rows: new RowKeys(['7', '8, 9']) }])).message,
    ).toBe('m.yaml:4:3 x\n  the first rows of change.check, by key: (7) (8, 9)');
  });

  test.each([
    ['of the file', 2, [{}]],
    ['of the database alone', 3, [{ waitsFor: 'database' as const }]],
    ['of both', 2, [{ waitsFor: 'database' as const }, {}]],
    ['without a place', 2, []],
  ])('of a migration tells by its code who has to change something: %s', (_, code, problems) => {
    const at = { line: 4, column: 3, key: 'table', fact: 'no', remedy: '' };
    const error = new InvalidSpec(
      'm.yaml:4:3 no',
      problems.map((each) => ({ ...at, ...each })),
    );
    expect(failureOf(error).code).toBe(code);
  });

  test('that nobody foresaw has code 1 and points to --debug', () => {
    expect(failureOf(new TypeError('x is not a function'))).toEqual({
      code: 1,
      message: 'TypeError: x is not a function',
      unexpected: true,
    });
  });

  test('by a name that every object has is not one of AWS', () => {
    expect(failureOf(named('constructor', 'odd')).unexpected).toBe(true);
  });
});
