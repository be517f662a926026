import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readInput } from '../../cli/input-file.ts';

class Refused extends Error {}
const refused = (message: string): Error => new Refused(message);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'underpin-input-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function written(content: string): Promise<string> {
  const file = join(folder, 'input');
  await writeFile(file, content);
  return file;
}

test('text is given as it is', async () => {
  expect(await readInput(await written('SELECT 1;\n'), refused)).toBe('SELECT 1;\n');
});

test.each([
  ['an archive of pg_dump', 'PGDMP\u0001\u0010\0\u0004', 'pg_restore --file=dump.sql'],
  ['a program', '\u007fELF\0\0', 'this is not text'],
])('%s is refused with a remedy', async (_, content, says) => {
  await expect(readInput(await written(content), refused)).rejects.toThrow(says);
});

test('a file that is not there is refused by its name', async () => {
  const missing = join(folder, 'missing.sql');
  await expect(readInput(missing, refused)).rejects.toThrow(
    `${missing} cannot be read: there is no such file. Look at its path.`,
  );
});

test('a folder is refused, in the words of the caller', async () => {
  await expect(readInput(folder, refused)).rejects.toThrow(Refused);
  await expect(readInput(folder, refused)).rejects.toThrow('it is a folder. Give a file in it.');
});
