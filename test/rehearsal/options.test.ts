import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { dataFile, readOptions } from '../../rehearsal/options.ts';

const folder = mkdtempSync(join(tmpdir(), 'underpin-options-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('without words the first example is rehearsed, on as many rows as the database is to have', () => {
  expect(readOptions([])).toMatchObject({
    file: 'migrations/0001-rename-users-email.yaml',
    rows: null,
    databaseUrl: null,
    json: null,
  });
});

test('help asks for nothing else', () => {
  expect(readOptions(['--help'])).toBeNull();
});

test('an address and a file to write are taken as they are', () => {
  const json = join(folder, 'result.json');
  const databaseUrl = 'postgresql://shop:secret@copy.example:5433/shop';
  expect(readOptions(['--database-url', databaseUrl, '--json', json])).toMatchObject({ databaseUrl, json });
});

describe('the report', () => {
  test('goes to a folder of ours under the name of the migration', () => {
    const own = (name: string) => new RegExp(`^\\.rehearsal[\\\\/]${name}-\\d{8}T\\d{6}Z\\.html$`, 'u');
    expect(readOptions([])?.report).toMatch(own('0001-rename-users-email'));
    expect(readOptions(['some/where/0007-mine.yml'])?.report).toMatch(own('0007-mine'));
  });

  test('goes where it is asked for, its data beside it; or nowhere', () => {
    const page = join(folder, 'page.html');
    expect(readOptions(['--report', page])?.report).toBe(page);
    expect(dataFile(page)).toBe(join(folder, 'page.json'));
    expect(readOptions(['--report', 'none'])?.report).toBeNull();
  });
});

describe('refuses, with what is wrong in words', () => {
  test.each([
    [['--rows', '0'], '--rows takes a whole number from 1'],
    [['--rows', '1.5'], '--rows takes a whole number from 1'],
    [['--traffic', 'many'], '--traffic takes a whole number from 0'],
    [['--time-scale', '0'], '--time-scale takes a number above 0'],
    [['--reject', 'backfill'], '--reject takes one of: read-switch, swap, contract'],
    [['--breach', 'contract'], '--breach takes one of: expand'],
    [['--approve', '--reject', 'contract'], 'exclude each other'],
    [['a.yaml', 'b.yaml'], 'One migration at a time'],
    [['--frobnicate'], "Unknown option '--frobnicate'"],
    [['--database-url', 'shop'], '--database-url takes an address'],
    [['--database-url', ''], '--database-url takes an address'],
    [['--engine', 'mariadb'], '--engine takes one of: postgres, mysql'],
    [['--engine', 'postgres', '--database-url', 'mysql://me@host/shop'], 'Leave --engine out'],
    [['--database-url', 'https://example.org/'], '--database-url takes an address'],
    [['--database-url', 'postgresql://127.0.0.1:99999/shop'], '--database-url takes an address'],
    [['--json', join(folder, 'no', 'such.json')], '--json cannot write'],
    [['--json', folder], 'is a folder'],
    [['--report', join(folder, 'page.txt')], '--report takes a file that ends with .html'],
    [['--report', join(folder, 'no', 'page.html')], '--report cannot write'],
    [
      ['--report', join(folder, 'a.html'), '--json', join(folder, 'a.json')],
      '--report and --json would both write',
    ],
  ])('%j', (words, says) => {
    expect(() => readOptions(words)).toThrow(
      expect.objectContaining({ name: 'UsageError', message: expect.stringContaining(says) }),
    );
  });
});

test('an address that is refused is not repeated: it may hold a password', () => {
  expect(() => readOptions(['--database-url', 'mariadb://root:secret@host/db'])).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('secret') }),
  );
});

test('the engine is that of the address, and each has an example', () => {
  expect(readOptions([])).toMatchObject({ engine: 'postgres', databaseUrl: null });
  expect(readOptions(['--engine', 'mysql'])?.file).toMatch(
    /migrations\/mysql\/0001-rename-users-email\.yaml$/u,
  );
  expect(readOptions(['--database-url', 'mysql://me@host/shop'])).toMatchObject({ engine: 'mysql' });
});
