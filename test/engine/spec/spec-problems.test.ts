import { describe, expect, it } from 'vitest';
import { parseSpec } from '../../../engine/spec/spec.ts';
import { refusal, refusalLines } from '../refusal.ts';

const good = 'goal: g\ntable: t\nchange: { kind: rename-column, from: a, to: b }\n';

/** A claim, a whole file, and the whole message. */
const files: readonly (readonly [string, string, ...string[]])[] = [
  [
    'an empty file',
    '',
    'm.yaml:1:1: The file is empty. Write `goal:`, `table:` and `change:`, each on its own line.',
  ],
  [
    'a file of comments',
    '# goal: x\n',
    'm.yaml:1:1: The file is empty. Write `goal:`, `table:` and `change:`, each on its own line.',
  ],
  [
    'a list',
    '- goal: x\n',
    'm.yaml:1:1: The file is not a section of keys. Write `goal:`, `table:` and `change:`, each on its own line.',
  ],
  [
    'prose',
    'Dear database',
    'm.yaml:1:1: The file is not a section of keys. Write `goal:`, `table:` and `change:`, each on its own line.',
  ],
  [
    'a file that lacks what it must have, where its keys begin',
    '\n# comment\nowner: me\n',
    'm.yaml:3:1 goal: This key is missing. Write text, such as `goal: Rename users.email to users.email_address`.',
    "m.yaml:3:1 table: This key is missing. Write a table's name, such as `table: public.users`.",
    'm.yaml:3:1 change: This key is missing. Write a section of keys, such as `change: { kind: rename-column, from: email, to: email_address }`.',
  ],
  [
    'a table quoted as in SQL but not in YAML',
    'table: "My Schema"."User Table"\n',
    'm.yaml:1:19 table: YAML takes the text to end at its second quote. Put the whole value in single quotes: `\'"My Schema"."User Table"\'`.',
  ],
  [
    'too large a file',
    ' '.repeat(1_000_001),
    'm.yaml:1:1: The file has 1000001 characters; a migration has a few hundred. Give the right file.',
  ],
  ['a bomb of brackets', '['.repeat(100_000), 'm.yaml:1:1: The YAML nests too deep. Write a flat file.'],
  [
    'a quote never closed, where it begins',
    'goal: g\ntable: "t\nchange: {}\n',
    'm.yaml:2:1 table: Missing closing "quote. Close each quote and bracket, and write `key: value`.',
  ],
  [
    'a brace never closed, where the last key stands',
    'goal: g\nchange: { kind: rename-column, from: a\n',
    'm.yaml:2:32 change.from: The indentation does not fit, or a bracket is not closed. Close each `[` and `{`, and indent the keys of one section alike.',
  ],
  [
    'two faults of YAML that have nothing to do with each other',
    'goal: @g\nowner: %me\n',
    'm.yaml:1:7 goal: Plain value cannot start with reserved character @. If it is text, put the whole value in single quotes.',
    'm.yaml:2:8 owner: Plain value cannot start with directive indicator character %. If it is text, put the whole value in single quotes.',
  ],
  [
    'a bomb of spaces',
    `goal: "a"${' '.repeat(500_000)}b`,
    'm.yaml:1:500010 goal: Unexpected scalar at node end. Correct the YAML. If it is text, put the whole value in single quotes.',
  ],
  ['a bomb of dashes', '- '.repeat(100_000), 'm.yaml:1:1: The YAML nests too deep. Write a flat file.'],
  [
    'a bomb of aliases',
    'a: &a [x, x, x, x]\nb: &b [*a, *a, *a, *a]\nc: [*b, *b, *b, *b]\n',
    'm.yaml:1:1: The aliases (`*name`) stand for too much. Write the values out.',
  ],
];

describe('a file is refused, with what to write instead:', () => {
  it.each(files)('%s', (_, text, ...message) => {
    expect(refusalLines(text)).toEqual(message);
  });

  it.each([
    ['Rename Users.yaml', 'Rename Users'],
    ['0001-.yaml', ''],
    ['0001-rename_users.yaml', 'rename_users'],
    ['folder.yaml/0001', '0001'],
  ])('a file called %s', (file, name) => {
    expect(refusal(good, file).message).toBe(
      `${file}:1:1: The file's name gives the migration the name \`${name}\`, which is not lower-case words with hyphens. Name the file like \`0001-rename-users-email.yaml\`.`,
    );
  });

  it('a name too long for the names of database objects', () => {
    const longest = `${'a'.repeat(40)}.yaml`;
    expect(parseSpec(good, longest).name).toHaveLength(40);
    expect(refusal(good, `a${longest}`).message).toMatch(
      /has 41 characters\. Use at most 40: names of database/,
    );
  });

  it('faults as data too, each with its place', () => {
    expect(refusal(`${good}reads: { bake: 5 }\n`).problems).toEqual([
      {
        line: 4,
        column: 10,
        key: 'reads.bake',
        fact: '`5` has no unit.',
        remedy:
          'Write whole numbers with the units d, h, m, s, ms, largest first, such as `5s` for seconds or `5ms`.',
      },
    ]);
  });

  it('a thousand faults, in a message that can still travel', () => {
    const many = Array.from({ length: 1000 }, (_, index) => `k${index}: 1\n`).join('');
    const { message, problems } = refusal(good + many);
    expect(problems).toHaveLength(1000);
    expect(message.split('\n')).toHaveLength(51);
    expect(message).toMatch(/\nm\.yaml: and 950 more\.$/);
  });
});
