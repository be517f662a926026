import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'underpin-bench-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

const bench = (...options: readonly string[]) =>
  promisify(execFile)('npx', ['tsx', 'bench/backfill/main.ts', ...options]);

test('the bench measures every way, and writes its table into a page', async () => {
  const [json, page] = [join(folder, 'bench.json'), join(folder, 'page.md')];
  await writeFile(page, 'before\n<!-- measured -->\nold\n<!-- end of measured -->\nafter\n');
  const few = ['--rows', '3000', '--rounds', '1', '--workers', '1', '--only', 'convert'];
  const { stdout } = await bench(...few, '--json', json, '--write', page);
  const table = /^\| convert \| .*$/gmu;
  expect(stdout.match(table)).toHaveLength(5);
  const text = await readFile(page, 'utf8');
  expect(text.match(table)).toEqual(stdout.match(table));
  expect(text).toMatch(
    /^before\n<!-- measured -->\n\n1 round of 3,000 rows[^]*<!-- end of measured -->\nafter\n$/u,
  );
  expect(text).not.toContain('old');
  expect(JSON.parse(await readFile(json, 'utf8'))).toMatchObject({
    rows: 3000,
    subjects: [{ subject: 'convert' }],
  });
});

test('the bench measures what an application meets beside each way', async () => {
  const [json, page] = [join(folder, 'beside.json'), join(folder, 'beside.md')];
  const mark = 'measured beside traffic';
  await writeFile(page, `before\n<!-- ${mark} -->\nold\n<!-- end of ${mark} -->\nafter\n`);
  const few = ['--rows', '20000', '--traffic', '100', '--baseline', '1', '--only', 'convert'];
  const { stdout } = await bench(...few, '--json', json, '--write', page);
  expect(stdout.match(/^\| convert \| .*$/gmu)).toHaveLength(4);
  expect(await readFile(page, 'utf8')).toContain(stdout.trim());
  const way = { subject: 'convert', requests: expect.any(Number), failed: expect.any(Number) };
  const { ways } = JSON.parse(await readFile(json, 'utf8'));
  expect(ways).toEqual(Array(4).fill(expect.objectContaining(way)));
  // Each copy wrote every row anew.
  for (const { heap, seconds } of ways) expect([heap > 1.5, seconds > 0]).toEqual([true, true]);
});

test.skipIf(process.platform !== 'linux')('the bench says whose processor time each way takes', async () => {
  const json = join(folder, 'apart.json');
  const { stdout } = await bench('--rows', '20000', '--apart', '--only', 'rename', '--json', json);
  expect(stdout.match(/^\| rename \| .*$/gmu)).toHaveLength(10);
  const { ways } = JSON.parse(await readFile(json, 'utf8'));
  // Every way keeps a backend busy and writes every row anew; the functions work on the whole path alone.
  for (const { way, cpuMs, left } of ways) {
    expect([way, cpuMs.backends > 0, left.heap > 1.5]).toEqual([way, true, true]);
    expect([way, cpuMs.handlers > 0]).toEqual([
      way,
      way.startsWith('the whole path') || way.startsWith('its comparison'),
    ]);
  }
});

test('a wrong option is refused before anything starts', async () => {
  await expect(bench('--rows', 'many')).rejects.toMatchObject({
    code: 2,
    stderr: '--rows is "many". Write a whole number above 0.\n',
  });
  await expect(bench('--only', 'all')).rejects.toMatchObject({ code: 2 });
});
