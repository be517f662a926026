import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, inject, test, type ExpectStatic } from 'vitest';
import { parseDocument } from 'yaml';
import { hasPseudoTerminal, PseudoTerminal } from '../../pseudo-terminal.ts';

const enter = '\r';
const ctrlC = '\u0003';
const ctrlD = '\u0004';

/** A folder of a test's own, and its terminals. */
interface Place {
  readonly folder: string;
  /** The test's own: beside others, the one of all tests does not know whose it is. */
  readonly expect: ExpectStatic;
  /** Rehearses at a terminal; all that it starts lies in the folder. */
  readonly rehearse: (...words: readonly string[]) => Promise<PseudoTerminal>;
  /** The command line at another terminal, about the rehearsal in the folder. */
  readonly elsewhere: (...words: readonly string[]) => PseudoTerminal;
}

/** A test in a place of its own. */
const inPlace =
  (act: (place: Place) => Promise<void>) =>
  async (its: Pick<Place, 'expect'>): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), 'underpin-terminal-'));
    // Root's PostgreSQL runs under an account of its own.
    await chmod(folder, 0o711);
    const opened: PseudoTerminal[] = [];
    const open = (words: readonly string[]): PseudoTerminal => {
      const terminal = new PseudoTerminal(process.execPath, words, { TMPDIR: folder });
      opened.push(terminal);
      return terminal;
    };
    try {
      await act({
        folder,
        expect: its.expect,
        rehearse: async (...words) => open([...(await command(folder, bundled)), ...words]),
        elsewhere: (...words) => open([inject('commands').underpin, ...words]),
      });
    } finally {
      for (const terminal of opened) terminal.close();
      await rm(folder, { recursive: true, force: true });
    }
  };

/** What `npm run rehearse` runs. */
const fromSource = ['--import', 'tsx', 'rehearsal/main.ts'];
/** The same, bundled: it starts in a third of the time. */
const bundled = [inject('commands').rehearse];

/**
 * On few rows and with short windows. Without traffic: how fast it is answered is the machine's affair, and a guardrail would
 * decide by it.
 */
async function command(folder: string, program: readonly string[]): Promise<readonly string[]> {
  const document = parseDocument(await readFile('migrations/0001-rename-users-email.yaml', 'utf8'));
  document.setIn(['reads', 'ramp'], [100]);
  for (const key of ['reads.bake', 'confidence.window', 'confidence.reconcileEvery'])
    document.setIn(key.split('.'), '1s');
  const file = join(folder, '0001-rename-users-email.yaml');
  await writeFile(file, document.toString());
  const few = ['--rows', '2000', '--traffic', '0', '--report', 'none'];
  return [...program, file, ...few];
}

/** An address stays whole, so that it can be copied. */
const isNoAddress = (line: string): boolean => !/^ {4}(?:http|postgresql):\/\//u.test(line);

const phasesOf = (lines: readonly string[]): readonly string[] =>
  lines.flatMap((line) => /^ {2}([✓✗↩] \S+)/u.exec(line)?.[1] ?? []);

/** The process of the rehearsal's own PostgreSQL. */
async function postgresPid(folder: string): Promise<number> {
  const cluster = (await readdir(folder)).find((name) => name.startsWith('underpin-postgres-')) ?? '';
  const [pid = ''] = (await readFile(join(folder, cluster, 'data', 'postmaster.pid'), 'utf8')).split('\n');
  return Number(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Ends as Ctrl-C should: by its own exit code, and with nothing left of what it had started. */
async function interrupted(terminal: PseudoTerminal, folder: string): Promise<void> {
  const postgres = await postgresPid(folder);
  expect(isAlive(postgres)).toBe(true);
  terminal.type(ctrlC);
  expect(await terminal.exit()).toBe(130);
  await terminal.shows(/Interrupted\. Stopping what the rehearsal has started\.\n+All of it is stopped\.$/u);
  expect(isAlive(postgres)).toBe(false);
  expect((await readdir(folder)).filter((name) => name.startsWith('underpin-postgres-'))).toEqual([]);
}

// Each rehearses on a server of its own, and waits for most of the time.
describe.concurrent('at a terminal', () => {
  test.skipIf(!hasPseudoTerminal)(
    'a question stands alone until it is answered y or n; neither Enter nor anything else is an answer',
    inPlace(async ({ folder, rehearse, expect: own }) => {
      const terminal = await rehearse();
      await terminal.shows(/Rehearsing/u);
      // Typed before there was a question.
      terminal.type(`y${enter}`);
      const question = '  Approve gate read-switch (n rolls back)? [y/n]';
      // All of it: what comes after that would be an answer.
      await terminal.shows(/Approve gate read-switch \(n rolls back\)\? \[y\/n\]/u);
      const before = terminal.raw.length;
      await sleep(1500);
      expect(terminal.raw.slice(before).trim()).toBe('');
      expect((await terminal.lines()).at(-1)).toBe(question);
      for (const wrong of ['', 'maybe', 'yn', 'yes please']) {
        const shown = terminal.raw.length;
        terminal.type(`${wrong}${enter}`);
        await own.poll(() => terminal.raw.slice(shown)).toMatch(/Please answer y or n\.\r\n.*\[y\/n\] $/u);
      }
      terminal.type(`y${enter}`);
      await terminal.shows(/gate read-switch: approved, answered at the terminal/u);
      await terminal.shows(/Approve gate contract \(n rolls back\)\? \[y\/n\]/u);
      expect((await terminal.lines()).join('\n')).not.toContain('rejected');
      await interrupted(terminal, folder);
      expect((await terminal.brokenLines()).filter(isNoAddress)).toEqual([]);
    }),
  );

  test.skipIf(!hasPseudoTerminal)(
    'the phases stay on the screen: done, under way, to come; and colours are used',
    inPlace(async ({ rehearse }) => {
      const terminal = await rehearse('--approve');
      await terminal.shows(
        /^ {2}▸ read-switch .*\n {4}confidence\n {4}quarantine\n {4}contract\n\n {2}phase 6 of 9/mu,
      );
      expect(await terminal.exit()).toBe(0);
      const lines = await terminal.lines();
      expect(phasesOf(lines)).toEqual([
        '✓ plan',
        '✓ expand',
        '✓ dual-write',
        '✓ backfill',
        '✓ verify',
        '✓ read-switch',
        '✓ confidence',
        '✓ quarantine',
        '✓ contract',
      ]);
      expect(lines.join('\n')).not.toMatch(/phase \d of 9|▸/u);
      expect(terminal.raw).toContain('\u001B[32m✓\u001B[39m backfill');
      expect((await terminal.brokenLines()).filter(isNoAddress)).toEqual([]);
    }),
  );

  test.skipIf(!hasPseudoTerminal)(
    'no word of a help or of an error is broken at the end of a line',
    inPlace(async ({ elsewhere }) => {
      for (const words of [
        'rehearse --help',
        'rehearse --breach nothing',
        'plan --help',
        'plan migrations --database-url postgresql://nobody@127.0.0.1:1/x',
      ]) {
        const terminal = elsewhere(...words.split(' '));
        await terminal.exit();
        expect((await terminal.lines()).length, words).toBeGreaterThan(1);
        expect(await terminal.brokenLines(), words).toEqual([]);
      }
    }),
  );

  test(
    'in a pipe it is plain lines, and few',
    inPlace(async ({ folder }) => {
      const child = spawn(process.execPath, await command(folder, fromSource), {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let written = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => void (written += text));
      const code = await new Promise<number | null>((ended) => child.once('close', ended));
      expect([code, written]).toEqual([0, written]);
      expect(stripVTControlCharacters(written)).toBe(written);
      expect(written.match(/^ {2}✓ /gmu)).toHaveLength(9);
      expect(written.trimEnd().split('\n').length).toBeLessThanOrEqual(36);
      expect(written).not.toMatch(/\.\d{3}Z/u);
    }),
  );

  test.skipIf(!hasPseudoTerminal)(
    'a closed input decides nothing: the gate waits for another terminal, and Ctrl-C still ends cleanly',
    inPlace(async ({ folder, rehearse }) => {
      const terminal = await rehearse();
      await terminal.shows(/Approve gate read-switch/u);
      terminal.type(ctrlD);
      await terminal.shows(
        /input was closed.* nothing was decided\n.*underpin approve read-switch --rehearsal/u,
      );
      await sleep(500);
      expect((await terminal.lines()).join('\n')).not.toMatch(/approved|rejected|rollback/u);
      await interrupted(terminal, folder);
    }),
  );

  test.skipIf(!hasPseudoTerminal)(
    'a second terminal watches one page that is drawn again in its place, until Ctrl-C; the rehearsal goes on, and n rolls back',
    inPlace(async ({ rehearse, elsewhere, expect: own }) => {
      const terminal = await rehearse();
      await terminal.shows(/Approve gate read-switch/u);
      const watching = elsewhere('status', '--rehearsal', '--watch');
      // Broken where a shell goes on.
      await watching.shows(
        /To approve: .*underpin approve read-switch --migration rename-users-email \\\n +--rehearsal\n/u,
      );
      const drawn = (): number => watching.raw.split('\u001B[H').length - 1;
      await own.poll(drawn, { timeout: 60_000 }).toBeGreaterThan(2);
      const titles = (await watching.lines()).filter((line) => line.startsWith('rename-users-email'));
      expect(titles).toHaveLength(1);
      expect((await watching.brokenLines()).filter((line) => !/^ {4}arn:/u.test(line))).toEqual([]);
      watching.type(ctrlC);
      expect(await watching.exit()).toBe(130);
      terminal.type(`n${enter}`);
      await terminal.shows(/gate read-switch: rejected, answered at the terminal/u);
      await terminal.shows(/rename-users-email: rolled-back/u);
      expect(await terminal.exit()).toBe(1);
      expect(phasesOf(await terminal.lines()).slice(-3)).toEqual(['✓ verify', '✗ read-switch', '↩ rollback']);
    }),
  );
});
