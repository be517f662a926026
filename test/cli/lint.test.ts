import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { said } from './said.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'underpin-lint-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** A folder of migrations, by name. */
function migrations(files: Readonly<Record<string, string>>): string {
  const made = mkdtempSync(join(folder, 'migrations-'));
  for (const [name, change] of Object.entries(files))
    writeFileSync(join(made, name), `goal: A test\ntable: shop.orders\nchange: ${change}\n`);
  return made;
}

const lint = (...words: readonly string[]) => said(['lint', ...words]);

test('every example of this repository is right', async () => {
  const { code, out } = await lint();
  expect(code).toBe(0);
  expect(out).toMatch(/^\d+ migrations, nothing wrong; \d+ warnings$/mu);
});

test('whatever is wrong in a folder is told at once, by file, line and column', async () => {
  const made = migrations({
    '0001-right.yaml': '{ kind: rename-column, from: a, to: b }',
    '0002-key.yaml': '{ kind: rename-column, from: a, tu: c }',
    '0003-sql.yaml': '{ kind: add-column, column: c, type: "text, DROP COLUMN d" }',
    '0004-own.yaml':
      "{ kind: sql, run: 'ALTER TABLE shop.orders ALTER a SET NOT NULL', undo: { irreversible: no } }",
    'Five.yaml': '{ kind: drop-column, column: z }',
  });
  const { code, out } = await lint(made);
  expect(code).toBe(2);
  expect(
    out
      .replaceAll(`${made}/`, '')
      .split('\n')
      .map((line) => line.slice(0, 110)),
  ).toEqual([
    expect.stringMatching(/^0002-key\.yaml:3:1 change\.to: This key is missing\. /u),
    '0002-key.yaml:3:41 change.tu: `tu` is not a key of `change`. Did you mean `to`?',
    expect.stringMatching(/^0003-sql\.yaml:3:40 change\.type: `text, DROP COLUMN d` is not one type/u),
    expect.stringMatching(/^0004-own\.yaml:3:\d+ change\.run\[0\]: set-not-null: /u),
    expect.stringMatching(/^Five\.yaml:1:1: The file's name gives the migration the name `Five`/u),
    '5 migrations, 4 wrong',
  ]);
});

test('two files of one name are wrong, both', async () => {
  const made = migrations({
    '0001-tidy-up.yaml': '{ kind: drop-column, column: a }',
    '0002-tidy-up.yml': '{ kind: drop-column, column: b }',
  });
  const { code, out } = await lint(made);
  expect(code).toBe(2);
  expect(out).toContain(`0001-tidy-up.yaml:1:1: ${made}/0002-tidy-up.yml declares tidy-up too.`);
  expect(out).toContain(`0002-tidy-up.yml:1:1: ${made}/0001-tidy-up.yaml declares tidy-up too.`);
});

test('migrations that get in each other’s way are warned of in the order of their numbers, with code 0', async () => {
  const made = migrations({
    '9-call-it-b.yaml': '{ kind: rename-column, from: a, to: b }',
    '10-require-a.yaml': '{ kind: set-not-null, column: a }',
    '11-add-b.yaml': '{ kind: add-column, column: b, type: text }',
    '12-require-b.yaml': '{ kind: set-not-null, column: b }',
    '13-index.yaml': '{ kind: add-index, name: i, index: (b) }',
    '14-unique.yaml': '{ kind: add-unique, name: i, columns: b }',
  });
  const { code, out } = await lint(made);
  expect(code).toBe(0);
  expect(
    out
      .replaceAll(`${made}/`, '')
      .split('\n')
      .map((line) => line.replace(/\. .*/u, '')),
  ).toEqual([
    'warning 10-require-a.yaml:3:31 change.column: "a" is gone after call-it-b',
    'warning 11-add-b.yaml:3:29 change.column: call-it-b makes "b" too',
    'warning 14-unique.yaml:3:29 change.name: index makes "i" too',
    '6 migrations, nothing wrong; 3 warnings',
  ]);
});

test.each([
  ['a new name', '{ kind: rename-table, to: u, by: alias }'],
  ['another schema', '{ kind: move-table, to: crm, by: alias }'],
  ['a drop', '{ kind: drop-table }'],
])('a table that is taken away by %s is missed by every later migration of it', async (_, change) => {
  const made = migrations({
    '1-before.yaml': '{ kind: set-not-null, column: a }',
    '2-away.yaml': change,
    '3-require.yaml': '{ kind: set-not-null, column: b }',
  });
  const { code, out } = await lint(made);
  expect(code).toBe(0);
  expect(out.replaceAll(`${made}/`, '').split('\n')).toEqual([
    expect.stringMatching(
      /^warning 3-require\.yaml:2:\d+ table: the table shop\.orders is gone after away\. Start/u,
    ),
    '3 migrations, nothing wrong; 1 warning',
  ]);
});

test('a table that is partitioned under its own name is there for every later migration', async () => {
  const parts = '{ p1: [0, 10] }';
  const made = migrations({
    '1-parts.yaml': `{ kind: partition-table, by: range, column: a, partitions: ${parts} }`,
    '2-require.yaml': '{ kind: set-not-null, column: b }',
  });
  expect((await lint(made)).out).toBe('2 migrations, nothing wrong');
});

test('what an earlier migration brings back is there', async () => {
  const made = migrations({
    '1-away.yaml': '{ kind: drop-column, column: a }',
    '2-again.yaml': '{ kind: add-column, column: a, type: text }',
    '3-require.yaml': '{ kind: set-not-null, column: a }',
  });
  expect((await lint(made)).out).toBe('3 migrations, nothing wrong');
});

test('--format json has every problem with its place; github makes them annotations that hold no command', async () => {
  const made = migrations({ '0001-odd.yaml': '{ kind: rename-column, from: a, to: a, "x%\\n::error": 1 }' });
  const json: unknown = JSON.parse((await lint(made, '--format', 'json')).out);
  expect(json).toMatchObject({
    format: 'underpin-lint-1',
    migrations: [
      { migration: null, problems: [{ line: 3 }, { line: 3, fact: expect.stringContaining('x%') }] },
    ],
  });
  const { out, code } = await lint(made, '--format', 'github');
  expect(code).toBe(2);
  const lines = out.split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[0]).toContain(`::error file=${made}/0001-odd.yaml,line=3,col=`);
  expect(lines[1]).toContain('%25');
});

test('a path without a migration is a mistake of whoever gave it', async () => {
  mkdirSync(join(folder, 'empty'));
  expect(await lint(join(folder, 'empty'))).toMatchObject({
    code: 2,
    err: expect.stringContaining('has no migration'),
  });
  expect(await lint(join(folder, 'nowhere'))).toMatchObject({
    code: 2,
    err: expect.stringContaining('no such file'),
  });
});
