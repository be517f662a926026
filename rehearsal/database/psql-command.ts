import type { PsqlVariables } from './psql-variables.ts';

/** What psql is told by a line that begins with a backslash. */
export interface PsqlCommand {
  readonly name: string;
  readonly words: readonly string[];
}

/** Its words, quoted ones whole, with the variables filled in. */
export function psqlCommand(text: string, variables: PsqlVariables): PsqlCommand {
  const name = /^\\([A-Za-z_]*[!?+]?)/u.exec(text)?.[1] ?? '';
  const words: string[] = [];
  for (let at = name.length + 1; at < text.length;) {
    if (/\s/u.test(text[at] ?? '')) {
      at += 1;
      continue;
    }
    const word = wordAt(text, at, variables);
    words.push(word.text);
    at = word.end;
  }
  return { name, words };
}

/** `'it''s'` and `pre:name'fix'` are one word each. */
function wordAt(
  text: string,
  from: number,
  variables: PsqlVariables,
): { readonly text: string; readonly end: number } {
  let word = '';
  let at = from;
  while (at < text.length && !/\s/u.test(text[at] ?? '')) {
    const quoted = /^'((?:[^']|'')*)'|^"((?:[^"]|"")*)"/u.exec(text.slice(at));
    const variable = quoted === null ? variables.at(text, at) : undefined;
    word += quoted?.[1]?.replaceAll("''", "'") ?? quoted?.[2] ?? variable?.text ?? text[at] ?? '';
    at = quoted === null ? (variable?.end ?? at + 1) : at + quoted[0].length;
  }
  return { text: word, end: at };
}

/** What changes nothing in the database: where the dump comes from, how psql would print, what it would show. */
const idle =
  /^(?:c|connect|restrict|unrestrict|echo|qecho|warn|pset|timing|encoding|prompt|errverbose|conninfo|o|out|r|reset|p|print|t|x|a|f|H|T|C|h|help|cd|d\w*\+?|l\+?|sf\+?|sv\+?|z|s|copyright|parse|bind|close_prepared|!)$/u;

export const isIdle = ({ name }: PsqlCommand): boolean => idle.test(name);

/** What ends a statement instead of a semicolon, and runs it. */
export const runsStatement = (name: string): boolean =>
  /^(?:g|gx|gexec|gset|gdesc|crosstabview)$/u.test(name);
