import { spawn } from 'node:child_process';
import { devNull } from 'node:os';
import { inject } from 'vitest';

/** What a command line said, and how it ended. */
export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
}

/** The command line as people run it: a process of its own, without a terminal and without anybody's AWS profile. */
export function commandLine(
  words: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Said> {
  const child = spawn(process.execPath, [inject('commands').underpin, ...split(words)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      TMPDIR: process.env['TMPDIR'] ?? '/tmp',
      AWS_CONFIG_FILE: devNull,
      AWS_SHARED_CREDENTIALS_FILE: devNull,
      AWS_EC2_METADATA_DISABLED: 'true',
      ...environment,
    },
  });
  const heard = { out: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (heard.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (heard.errors += text));
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (code) => done({ code, ...heard }));
  });
}

/** Words as a shell splits them, with 'single quotes' only. */
const split = (words: string): string[] =>
  [...words.matchAll(/'([^']*)'|(\S+)/gu)].map(([, inQuotes, bare]) => inQuotes ?? bare ?? '');
