import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'underpin-bench-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

const bench = (...options: readonly string[]) =>
  promisify(execFile)(process.execPath, [inject('commands').benchBackfill, ...options]);

/** A folder with a page that has a section's place. */
async function pageFor(section: string): Promise<string> {
  const place = await mkdtemp(join(folder, 'keep-'));
  const mark = `measured ${section}`;
  await writeFile(
    join(place, 'README.md'),
    `before\n<!-- ${mark} -->\nold\n<!-- end of ${mark} -->\nafter\n`,
  );
  return place;
}

const readPage = (place: string): Promise<string> => readFile(join(place, 'README.md'), 'utf8');
const readResults = async (place: string, section: string) =>
  JSON.parse(await readFile(join(place, 'results', `${section}.json`), 'utf8'));

// Side by side: for most of the time each waits, and each has a server and programs of its own.
describe.concurrent('of a copy alone', () => {
  test.sequential(
    'the bench measures every way, keeps results, plot and table, and names the tools that failed',
    async () => {
      const place = await pageFor('rates');
      const refuses = join(folder, 'refuses');
      await writeFile(refuses, '#!/bin/sh\necho "no such option" >&2\nexit 1\n');
      await chmod(refuses, 0o755);
      const few = ['--rows', '3000', '--rounds', '1', '--workers', '1', '--only', 'uuid'];
      // The other tool says that it succeeded, and has copied nothing.
      const tools = ['--pgroll', refuses, '--pg-osc', '/bin/true'];
      const { stdout } = await bench('rates', ...few, ...tools, '--keep', place);
      const table = /^\| uuid \| .*$/gmu;
      const shown = stdout.match(table) ?? [];
      expect(shown.filter((line) => !line.includes('| failed: '))).toHaveLength(6);
      expect(shown).toContainEqual(
        expect.stringMatching(/^\| uuid \| pgroll, batches of 1,000 \| failed: no such option \|/u),
      );
      expect(shown).toContainEqual(
        expect.stringMatching(/^\| uuid \| pg-osc \| failed: column "amount_v2" does not exist \|/u),
      );
      const page = await readPage(place);
      expect(page.match(table)).toEqual(shown);
      expect(page).toMatch(
        /^before\n<!-- measured rates -->\n\n1 round of 3,000 rows[^]*!\[rates\]\(results\/rates.svg\)\n\n<!-- end of measured rates -->\nafter\n$/u,
      );
      expect(page).not.toContain('old');
      const { rows, subjects } = await readResults(place, 'rates');
      expect([rows, subjects[0].subject]).toEqual([3000, 'uuid']);
      // No rate of another way is measured as nothing.
      for (const [rate] of Object.values<number[]>(subjects[0].ways)) expect(rate).toBeGreaterThan(100);
      expect(await readFile(join(place, 'results', 'rates.svg'), 'utf8')).toContain(
        'the whole path, 1 worker',
      );
    },
  );

  test.sequential('the bench counts how the bill grows with the rows', async () => {
    const place = await pageFor('sizes');
    await bench('sizes', '--rows', '1000,20000', '--only', 'narrow', '--workers', '1', '--keep', place);
    const { sizes, bills } = await readResults(place, 'sizes');
    const [few, many] = sizes;
    expect([few.rows, many.rows]).toEqual([1000, 20_000]);
    for (const { courses } of sizes) {
      expect(courses).toMatchObject([{ workers: 1, parentEvents: expect.any(Number) }]);
      expect(courses[0].events).toBeGreaterThan(courses[0].parentEvents);
      expect(courses[0].dataApiRequests).toBeGreaterThan(50);
    }
    expect(bills.map(({ rows }: { rows: number }) => rows)).toEqual([1e6, 1e8, 1e10]);
    expect(bills[2].usd).toBeGreaterThan(bills[0].usd);
  });

  test.sequential('the bench says how long workers go on beside an alarm', async () => {
    const place = await pageFor('stops');
    await bench('stops', '--rounds', '1', '--keep', place);
    const { rows, stops } = await readResults(place, 'stops');
    expect(stops).toEqual([{ seconds: expect.any(Number), rowsBefore: expect.any(Number) }]);
    const [{ seconds, rowsBefore }] = stops;
    expect([rowsBefore > 0, rowsBefore < rows]).toEqual([true, true]);
    // Five, a batch, and what a machine under load adds; a worker that nobody tells goes on to the end.
    expect(seconds).toBeLessThan(15);
  });

  test.sequential('the bench says whose processor time each way takes', async ({ skip }) => {
    skip(process.platform !== 'linux', 'it reads /proc');
    const place = await pageFor('apart');
    const { stdout } = await bench('apart', '--rows', '20000', '--only', 'rename', '--keep', place);
    expect(stdout.match(/^\| rename \| .*$/gmu)).toHaveLength(10);
    const { ways } = await readResults(place, 'apart');
    // Every way keeps a backend busy and writes every row anew; the functions work on the whole path alone.
    for (const { way, cpuMs, left } of ways) {
      expect([way, cpuMs.backends > 0, left.heap > 1.5]).toEqual([way, true, true]);
      expect([way, cpuMs.handlers > 0]).toEqual([
        way,
        way.startsWith('the whole path') || way.startsWith('its comparison'),
      ]);
    }
  });

  test.sequential('a wrong option is refused before anything starts', async () => {
    const wrong = [['--only', 'all'], ['rate'], ['--pgroll', 'nowhere'], ['--keep', 'bench/backfill']];
    await Promise.all([
      expect(bench('--rows', 'many')).rejects.toMatchObject({
        code: 2,
        stderr: '--rows is "many". Write a whole number above 0.\n',
      }),
      ...wrong.map((words) => expect(bench(...words)).rejects.toMatchObject({ code: 2 })),
    ]);
  });
});

describe.concurrent('beside an application', () => {
  test.sequential('the bench measures what an application meets beside each way', async () => {
    const place = await pageFor('traffic');
    const few = ['--rows', '20000', '--traffic', '100', '--baseline', '1', '--only', 'convert'];
    const { stdout } = await bench('traffic', ...few, '--keep', place);
    expect(stdout.match(/^\| convert \| .*$/gmu)).toHaveLength(5);
    expect(await readPage(place)).toContain(stdout.trim());
    const way = { subject: 'convert', requests: expect.any(Number), failed: expect.any(Number) };
    const { ways } = await readResults(place, 'traffic');
    expect(ways).toEqual(Array(5).fill(expect.objectContaining(way)));
    // Each copy wrote every row anew, and a VACUUM made room of what it left.
    for (const { left, seconds } of ways)
      expect([left.heap > 1.5, left.freeAfterVacuum > 0.2, seconds > 0]).toEqual([true, true, true]);
  });

  test.sequential(
    "the bench measures the database's own ways to be gentle, each beside the same traffic",
    async () => {
      const place = await pageFor('gentle');
      const few = ['--rows', '20000', '--rounds', '1', '--traffic', '100', '--baseline', '1'];
      const { stdout } = await bench('gentle', ...few, '--keep', place);
      expect(stdout.match(/^\| .*VACUUM.*$/gmu)).toHaveLength(3);
      expect(await readPage(place)).toContain(stdout.trim());
      const { measured } = await readResults(place, 'gentle');
      expect(measured).toHaveLength(7);
      for (const { seconds, requests } of measured) expect([seconds > 0, requests > 0]).toEqual([true, true]);
    },
  );
});

describe.concurrent('for long', () => {
  test.sequential('a soak lives through the whole migration and weighs every part', async ({ skip }) => {
    skip(process.platform !== 'linux', 'it reads /proc');
    const place = await pageFor('soak');
    await bench(
      'soak',
      '--rows',
      '5000',
      '--minutes',
      '1',
      '--baseline',
      '1',
      '--traffic',
      '50',
      '--keep',
      place,
    );
    const { outcome, asAsked, samples } = await readResults(place, 'soak');
    expect([outcome, asAsked]).toEqual(['completed', true]);
    const most = (part: string) =>
      Math.max(...samples.map(({ memory }: { memory: Record<string, number> }) => memory[part]));
    for (const part of ['backends', 'server', 'cloud', 'handlers', 'application'])
      expect([part, most(part) > 1e6]).toEqual([part, true]);
  });
});
