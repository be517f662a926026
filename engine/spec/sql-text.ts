import { hiddenCharacter } from './characters.ts';
import type { Fault } from './fault.ts';

// As PostgreSQL's scanner has it: what is read differently here than there lets SQL hide inside a quote.
const identifierBefore = String.raw`(?<![\w$\u0080-\uffff])`;
const escaped = String.raw`'(?:[^'\\]|\\[^]|'')*'`;
// A string goes on behind a line's end, and its escapes go on with it.
const goesOn = String.raw`[ \t\f\v]*[\n\r][ \t\n\r\f\v]*`;
const dollarTag = String.raw`(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?`;

/** Quoted parts, whose content is nobody's business: 'a''b', E'a\'b', "a""b", $tag$ … $tag$. */
const quoted = new RegExp(
  [
    `${identifierBefore}[eE]${escaped}(?:${goesOn}${escaped})*`,
    `'(?:[^']|'')*'`,
    `"(?:[^"]|"")*"`,
    String.raw`${identifierBefore}\$(${dollarTag})\$[^]*?\$\1\$`,
  ].join('|'),
  'g',
);

/**
 * What stops a text from standing inside a larger statement, in parentheses, on its own; undefined if nothing does.
 * It is no parser: it only makes sure that the text cannot reach out of its place. The database judges the rest.
 */
export function sqlFault(text: string): Fault | undefined {
  const unseen = hiddenCharacter(text, { lines: true });
  if (unseen !== undefined)
    return {
      fact: `The SQL holds a character that cannot be seen: ${unseen}.`,
      remedy: "Remove it, or write it as an escape in a text: `E'\\u200B'`.",
    };
  const bare = text.replaceAll(quoted, ' q ');
  if (bare.trim() === '') return { fact: 'No SQL is written here.', remedy: 'Write an SQL expression.' };
  if (/['"]/.test(bare)) return { fact: 'A quote is opened and never closed.', remedy: 'Close it.' };
  if (bare.includes('$'))
    return {
      fact: 'The SQL holds a `$` that opens no quote.',
      remedy: 'Write a name that holds it in double quotes; close what it opens.',
    };
  if (/--|\/\*|\*\//.test(bare))
    return { fact: 'The SQL holds a comment.', remedy: 'Write it as a YAML comment, after `#`.' };
  if (bare.includes(';'))
    return { fact: 'The SQL holds a `;`.', remedy: 'Write one expression, without `;`.' };
  const parameter = /(?<!:):\w+/.exec(bare)?.[0];
  if (parameter !== undefined) {
    const fact = `The SQL holds \`${parameter}\`, which the RDS Data API takes for a parameter.`;
    return { fact, remedy: 'Write a space after the `:`.' };
  }
  if (!balanced(bare))
    return { fact: 'The parentheses do not match.', remedy: 'Close each one that is opened.' };
  return undefined;
}

const pairs: Readonly<Record<string, string>> = { ')': '(', ']': '[' };

function balanced(text: string): boolean {
  const open: string[] = [];
  for (const character of text) {
    if (character === '(' || character === '[') open.push(character);
    const opener = pairs[character];
    if (opener !== undefined && open.pop() !== opener) return false;
  }
  return open.length === 0;
}

/** Words that belong beside a type, not in it, and the key that says the same. */
const beside: readonly (readonly [RegExp, string])[] = [
  [/\bnot\s+null\b/i, 'Write `notNull: true` on its own line (add-column), or add it in a later migration.'],
  [/\bdefault\b/i, 'Write `default:` on its own line.'],
  [
    /\b(?:primary\s+key|unique|references|check|generated|constraint)\b/i,
    'Write the type alone; constraints are changes of their own.',
  ],
  [
    /\b(?:small|big)?serial[248]?\b/i,
    "Write `bigint` or `integer`; a sequence is a default: `default: nextval('a_sequence')`.",
  ],
];

/** What stops a text from being a column's type and nothing more; undefined if nothing does. */
export function typeFault(text: string): Fault | undefined {
  const fault = sqlFault(text);
  if (fault !== undefined) return { ...fault, remedy: 'Write a type, such as `numeric(14,4)` or `text`.' };
  const bare = text.replaceAll(quoted, ' q ');
  const word = beside.find(([pattern]) => pattern.test(bare));
  if (word === undefined) return undefined;
  const [pattern, remedy] = word;
  return { fact: `\`${pattern.exec(bare)?.[0] ?? ''}\` is not part of a type.`, remedy };
}
