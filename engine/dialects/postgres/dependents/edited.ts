const part = `(?:"(?:[^"]|"")*"|[\\p{L}_][\\p{L}\\p{N}_$]*)`;

/** A name of so many parts, at the start of a text. */
export const nameOf = (parts: number): RegExp =>
  new RegExp(`^${part}(?:\\s*\\.\\s*${part}){${parts - 1}}`, 'u');

/** A name of two parts with the alias behind it. */
export const aliasedName = new RegExp(`^${part}\\s*\\.\\s*${part}\\s+(?:AS\\s+)?(?<alias>${part})`, 'iu');

/** What stands at a place of a text and what takes its place. */
export interface Edit {
  /** In bytes from the start, as the parser counts. */
  readonly at: number;
  readonly pattern: RegExp;
  readonly by: (found: RegExpExecArray) => string;
}

/** A text with something else at some places; null where something else stands there than the parser has read. */
export function editedText(text: string, edits: readonly Edit[]): string | null {
  let now = text;
  for (const { at, pattern, by } of edits.toSorted((a, b) => b.at - a.at)) {
    const bytes = new TextEncoder().encode(now);
    const start = new TextDecoder().decode(bytes.subarray(0, at));
    const rest = new TextDecoder().decode(bytes.subarray(at));
    const found = pattern.exec(rest);
    if (found === null) return null;
    now = start + by(found) + rest.slice(found[0].length);
  }
  return now;
}
