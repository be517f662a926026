import type { Fault } from './fault.ts';

// What a reader cannot see, or takes for something else.

/** Control characters, directions, separators of lines, zero widths and fillers. The two joiners belong to some scripts. */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}\u115F\u1160\u3164\uFFA0]/u;
const joiner = /[\u200C\u200D]/u;

interface Allowed {
  /** Text for people and SQL have lines. */
  readonly lines?: true;
  /** Persian and the scripts of India write with joiners, and so do pictures. */
  readonly joiners?: true;
}

/** The first character that nobody sees: `U+200B at column 6`. Undefined where all can be seen. */
export function hiddenCharacter(text: string, { lines, joiners }: Allowed = {}): string | undefined {
  let column = 0;
  for (const character of text) {
    column += 1;
    const isAllowed =
      (lines === true && /[\n\t\r]/u.test(character)) || (joiners === true && joiner.test(character));
    if (hidden.test(character) && !isAllowed) return place(character, column);
  }
  return undefined;
}

const place = (character: string, column: number): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')} at column ${column}`;

/** Scripts whose letters are taken for one another, and those that are written together. */
const scripts: readonly (readonly [string, RegExp])[] = [
  // Wide and mathematical letters look like those of ASCII.
  ['wide Latin', /[\uFF21-\uFF3A\uFF41-\uFF5A]/u],
  ['mathematical', /[\u{1D400}-\u{1D7FF}]/u],
  ['Latin', /\p{Script=Latin}/u],
  ['Greek', /\p{Script=Greek}/u],
  ['Cyrillic', /\p{Script=Cyrillic}/u],
  ['Armenian', /\p{Script=Armenian}/u],
  ['Hebrew', /\p{Script=Hebrew}/u],
  ['Arabic', /\p{Script=Arabic}/u],
  ['Cherokee', /\p{Script=Cherokee}/u],
  ['Coptic', /\p{Script=Coptic}/u],
  ['Georgian', /\p{Script=Georgian}/u],
  ['Lisu', /\p{Script=Lisu}/u],
  [
    'East Asian',
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/u,
  ],
  ['Devanagari', /\p{Script=Devanagari}/u],
  ['Thai', /\p{Script=Thai}/u],
];
const together = new Set([
  'Latin East Asian',
  'East Asian Latin',
  'East Asian wide Latin',
  'wide Latin East Asian',
]);

/** The first letter of another script than the letters before it: Cyrillic `е` in `usеrs`. Undefined where none is. */
export function strangeLetter(name: string): string | undefined {
  let first: string | undefined;
  let column = 0;
  for (const character of name) {
    column += 1;
    const script = scripts.find(([, letters]) => letters.test(character))?.[0];
    if (script === undefined || !/[\p{L}]/u.test(character)) continue;
    first ??= script;
    if (script !== first && !together.has(`${first} ${script}`))
      return `${place(character, column)}, which is ${script} among ${first} letters`;
  }
  return undefined;
}

const address = /\b[a-z][a-z0-9+.-]*:\/\/\S*/giu;
const opensCode = /\b(?:javascript|vbscript|data|file):\S/iu;

/** What is wrong with an address in a text that people will click on; undefined if nothing is. */
export function addressFault(text: string): Fault | undefined {
  const remedy = 'Write an address that begins with `https://`.';
  if (opensCode.test(text)) return { fact: 'The text holds an address that is no web page.', remedy };
  for (const [url] of text.matchAll(address)) {
    if (!/^https:/iu.test(url))
      return { fact: `The text holds the address \`${url.slice(0, 60)}\`.`, remedy };
    if (/^https:\/\/[^/?#]*@/iu.test(url))
      return { fact: 'The text holds an address with a user name, which hides where it leads.', remedy };
  }
  return undefined;
}
