import { opaqueSource } from '../opaque.ts';

// The parser says where a clause begins, in bytes; where it ends is read from the text.

/** The place in the text of an offset in bytes. */
export const placeOf = (sql: string, byteOffset: unknown): number =>
  new TextDecoder().decode(new TextEncoder().encode(sql).subarray(0, Number(byteOffset ?? 0))).length;

const token = new RegExp(
  `${opaqueSource}|(?<word>[A-Za-z_][\\w$]*)|(?<open>[([])|(?<close>[)\\]])|(?<comma>,)|\\S`,
  'gsu',
);

const columnClauses = new Set(
  'COLLATE DEFAULT NOT NULL CONSTRAINT CHECK UNIQUE PRIMARY REFERENCES GENERATED STORAGE COMPRESSION DEFERRABLE INITIALLY USING'.split(
    ' ',
  ),
);

/** From a place to the comma, bracket or word that begins the next clause of the column. Its first word is never taken for one. */
export function clauseFrom(sql: string, from: number): string {
  let depth = 0;
  let isFirst = true;
  for (const each of sql.slice(from).matchAll(token)) {
    const { word, open, close, comma } = each.groups ?? {};
    const ends =
      depth === 0 &&
      (comma !== undefined ||
        close !== undefined ||
        (!isFirst && word !== undefined && columnClauses.has(word.toUpperCase())));
    if (ends) return sql.slice(from, from + each.index).trim();
    if (open !== undefined) depth += 1;
    if (close !== undefined) depth -= 1;
    isFirst = false;
  }
  return sql.slice(from).trim();
}

/** Behind the next such word that is no part of another clause; undefined where there is none before the clause's end. */
export function behindWord(sql: string, from: number, wanted: string): number | undefined {
  let depth = 0;
  for (const each of sql.slice(from).matchAll(token)) {
    const { word, open, close, comma } = each.groups ?? {};
    if (depth === 0 && comma !== undefined) return undefined;
    if (depth === 0 && word?.toUpperCase() === wanted) return from + each.index + wanted.length;
    if (open !== undefined) depth += 1;
    if (close !== undefined) depth -= 1;
  }
  return undefined;
}

/** What stands in the next brackets. */
export function insideBrackets(sql: string, from: number): string {
  const start = sql.indexOf('(', from) + 1;
  let depth = 1;
  for (const each of sql.slice(start).matchAll(token)) {
    const { open, close } = each.groups ?? {};
    if (open !== undefined) depth += 1;
    if (close !== undefined) depth -= 1;
    if (depth === 0) return sql.slice(start, start + each.index).trim();
  }
  return sql.slice(start).trim();
}

/** Behind a name, with its schema or without. */
export function behindName(sql: string, from: number): number {
  const name = String.raw`(?:"(?:[^"]|"")+"|[\w$\u0080-\uffff]+)`;
  const found = new RegExp(`^${name}(?:\\s*\\.\\s*${name})*`, 'u').exec(sql.slice(from));
  return from + (found?.[0].length ?? 0);
}
