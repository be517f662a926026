import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { hasMysql } from '../fresh-mysql-database.ts';

describe.skipIf(!hasMysql())('the bench on MySQL', () => {
  let place: string;
  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'underpin-bench-test-'));
    await writeFile(
      join(place, 'README.md'),
      'before\n<!-- measured mysql -->\nold\n<!-- end of measured mysql -->\nafter\n',
    );
  });
  afterAll(() => rm(place, { recursive: true }));

  test('measures every way of a copy of a table, and its exchange beside traffic', async () => {
    const program = ['--import', 'tsx', 'bench/backfill/main.ts', 'mysql'];
    const few = ['--rows', '5000', '--rounds', '1', '--workers', '1', '--only', 'copy'];
    const beside = ['--traffic', '100', '--baseline', '1', '--keep', place];
    const { stdout } = await promisify(execFile)(process.execPath, [...program, ...few, ...beside], {
      env: { ...process.env, UNDERPIN_MYSQLD: inject('mysqlProgram') },
    });
    const page = await readFile(join(place, 'README.md'), 'utf8');
    expect(page).toContain(stdout.trim());
    expect(page).not.toContain('old');
    expect(stdout.match(/^\| copy \| .*$/gmu)).toHaveLength(4);
    const { machine, rows, subjects, exchanges } = JSON.parse(
      await readFile(join(place, 'results', 'mysql.json'), 'utf8'),
    );
    expect([machine.mysql, rows]).toEqual([expect.stringContaining(inject('mysqlVersion')), 5000]);
    for (const [rate] of Object.values<number[]>(subjects[0].ways)) expect(rate).toBeGreaterThan(0);
    expect(exchanges).toEqual([expect.objectContaining({ failed: 0, lostWrites: 0 })]);
    const [{ lockedMs, longestWaitMs, requests, during }] = exchanges;
    expect(requests).toBeGreaterThan(100);
    // How long, a machine under load does not say.
    expect([lockedMs > 0, longestWaitMs >= 0, during.longest > 0]).toEqual([true, true, true]);
  });
});
