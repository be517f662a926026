import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { said } from '../cli/said.ts';

const page = readFileSync(new URL('../../docs/convert.md', import.meta.url), 'utf8');
const blocks = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gmu'))].map(([, text = '']) => text);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'underpin-docs-'));
  for (const name of ['migrations', 'prisma/migrations', 'db/migrate'])
    mkdirSync(join(folder, name), { recursive: true });
  for (const file of ['migration.sql', 'prisma/migrations/1.sql'])
    writeFileSync(join(folder, file), blocks('sql')[0] ?? '');
  writeFileSync(join(folder, 'db/migrate/20260101000000_hurry_up.rb'), blocks('ruby')[0] ?? '');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The commands of a page that need no database and no AWS. */
const commandsOf = (text: string): readonly (readonly string[])[] =>
  [...text.matchAll(/^npx underpin ((?:lint|convert|plan)\b[^#\n]*)/gmu)]
    .map(([, words = '']) => words.trim().split(/\s+/u))
    .filter((words) => !words.includes('--database-url'));

const inFolder = (word: string): string =>
  /^(?:migration\.sql|prisma|db\/migrate|migrations$)/u.test(word) ? join(folder, word) : word;

test('every command of the page on convert runs, and the output of the first is the one that it shows', async () => {
  const commands = commandsOf(page);
  expect(commands.length).toBeGreaterThan(2);
  for (const words of commands) {
    const { code, err } = await said(words.map(inFolder));
    expect({ words, code, err }).toEqual({ words, code: 1, err: '' });
  }
  const { out } = await said([
    'convert',
    inFolder('migration.sql'),
    '--out',
    inFolder('migrations'),
    '--format',
    'text',
  ]);
  const shown = blocks('text')[0] ?? '';
  // The command before has written into the folder: the numbers go on.
  const numbered = out
    .replaceAll(`${folder}/`, '')
    .replaceAll(/000(\d)-/gu, (_, n: string) => `000${Number(n) - 2}-`);
  expect(numbered.replaceAll('-2.yaml', '.yaml')).toContain(shown.trim());
});

test('what the page says of a migration of Rails is what it answers', async () => {
  const { out } = await said(['convert', inFolder('db/migrate')]);
  expect(out.replaceAll(`${folder}/`, '')).toContain(blocks('text')[1]?.trim());
});

test.each(['README.md', 'docs/plan.md', 'docs/mysql.md'])(
  'the commands of %s that need no database run on the examples',
  async (file) => {
    const commands = commandsOf(readFileSync(file, 'utf8')).filter((words) => !words.includes('FILE'));
    expect(commands.length).toBeGreaterThan(0);
    for (const words of commands) {
      const { code, err } = await said(words);
      expect({ words, err }).toEqual({ words, err: '' });
      // 1: a checklist has an open item.
      expect(words[0] === 'plan' ? [0, 1] : [0]).toContain(code);
    }
  },
);
