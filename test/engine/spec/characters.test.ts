import { describe, expect, test } from 'vitest';
import { addressFault, hiddenCharacter, strangeLetter } from '../../../engine/spec/characters.ts';
import { printable } from '../../../engine/spec/fault.ts';
import { refusalLines } from '../refusal.ts';

describe('a name', () => {
  test.each([
    'users',
    'Größe',
    'naïve_café',
    'имя_пользователя',
    'όνομα',
    'שם',
    'اسم_المستخدم',
    '顧客コード',
    '顧客ID',
    'ＩＤ番号',
    '사용자_id',
    'नाम',
    'ชื่อ',
    'fläche_m²',
    '1ª_parcela',
    'prix_€',
    'a-b c.d',
  ])('may be %s', (name) => {
    expect([hiddenCharacter(name), strangeLetter(name)]).toEqual([undefined, undefined]);
  });

  test.each([
    ['users\u200B', 'U+200B at column 6'],
    ['us\u202Eers', 'U+202E at column 3'],
    ['\u2066users', 'U+2066 at column 1'],
    ['us\u00ADers', 'U+00AD at column 3'],
    ['us\u0007ers', 'U+0007 at column 3'],
    ['us\ners', 'U+000A at column 3'],
    ['us\u200Ders', 'U+200D at column 3'],
    ['\uFEFFusers', 'U+FEFF at column 1'],
    ['us\u3164ers', 'U+3164 at column 3'],
    ['😀\u200B', 'U+200B at column 2'],
  ])('holds nothing that cannot be seen: %j', (name, says) => {
    expect(hiddenCharacter(name)).toBe(says);
  });

  test.each([
    ['us\u0435rs', 'U+0435 at column 3, which is Cyrillic among Latin letters'],
    ['\u0441ору_id', 'U+0069 at column 6, which is Latin among Cyrillic letters'],
    ['n\u03BFte', 'U+03BF at column 2, which is Greek among Latin letters'],
    ['u\uFF53ers', 'U+FF53 at column 2, which is wide Latin among Latin letters'],
    ['u\u{1D42C}ers', 'U+1D42C at column 2, which is mathematical among Latin letters'],
    ['顧客\u0430', 'U+0430 at column 3, which is Cyrillic among East Asian letters'],
  ])('is written in one script: %j', (name, says) => {
    expect(strangeLetter(name)).toBe(says);
  });
});

describe('in a file', () => {
  const file = (more: string): string => `goal: g\ntable: users\n${more}\n`;
  const rename = (to: string): string => file(`change: { kind: rename-column, from: a, to: "${to}" }`);

  test.each([
    [
      rename(String.raw`b\u200Bc`),
      'change.to: `b\\u200bc` holds a character that cannot be seen: U+200B at column 2.',
    ],
    [rename(String.raw`us\u0435r`), 'change.to: `usеr` mixes letters that look alike: U+0435 at column 3'],
    [
      file('change: { kind: add-column, column: b, type: "te\\u202Ext" }'),
      'change.type: The SQL holds a character that cannot be seen: U+202E at column 3.',
    ],
    [
      file('change: { kind: add-column, column: b, type: text, backfill: "\'a\\u200B\'" }'),
      'change.backfill: The SQL holds a character that cannot be seen: U+200B at column 3.',
    ],
    [
      `${rename('b')}owner: "a\\u2067b"`,
      'owner: The text holds a character that cannot be seen: U+2067 at column 2.',
    ],
    [`${rename('b')}ticket: http://tickets/1`, 'ticket: The text holds the address `http://tickets/1`.'],
    [
      `${rename('b')}checklist: { dashboards: ["javascript:alert(1)"] }`,
      'checklist.dashboards[0]: The text holds an address that is no web page.',
    ],
  ])('it is refused at its line: %j', (text, says) => {
    expect(refusalLines(text).join('\n')).toContain(says);
  });
});

describe('an address', () => {
  test.each([
    'https://grafana.example.com/d/1',
    'CHG-1042',
    'the data: all of it',
    'HTTPS://a.example/x@y',
    'team@example.com',
  ])('may be %s', (text) => {
    expect(addressFault(text)).toBeUndefined();
  });

  test.each([
    'see http://a.example',
    'ftp://a',
    'javascript:alert(1)',
    'data:text/html,x',
    'https://bank.example@evil.example/',
  ])('is a web page over https: not %s', (text) => {
    expect(addressFault(text)).toBeDefined();
  });
});

test('what cannot be seen is shown escaped', () => {
  expect(printable('a\u202Eb\u200Bc\u2028d\u0007e\u{E0041}')).toBe(
    'a\\u202eb\\u200bc\\u2028d\\u0007e\\u{e0041}',
  );
});
