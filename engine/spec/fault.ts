/** What is wrong with a value, and what to write instead: one sentence or two each. */
export interface Fault {
  readonly fact: string;
  readonly remedy: string;
}

/** A fault as zod carries it, in the message of an issue: the fact on one line, the remedy on the next. */
export function faultMessage({ fact, remedy }: Fault): string {
  return `${fact}\n${remedy}`;
}

/** The faults of an issue's message; an issue about unknown keys holds one for each. */
export function faultsIn(message: string): readonly Fault[] {
  const lines = message.split('\n');
  return lines.flatMap((fact, index) => (index % 2 === 0 ? [{ fact, remedy: lines[index + 1] ?? '' }] : []));
}

/** Text of the user's file, safe to show: one line, short, without characters that cannot be seen. */
export function printable(text: string, longest = 60): string {
  // Cut before escaping: a megabyte of text is not worth the work.
  const short = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return short
    .replaceAll(/[\p{Cc}\p{Surrogate}]/gu, (character) => JSON.stringify(character).slice(1, -1))
    .replaceAll(/[\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u${codePoint(character)}`);
}

const codePoint = (character: string): string => {
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  return hex.length > 4 ? `{${hex}}` : hex.padStart(4, '0');
};

/** A value of the user's file with the word for its sort: `` `abc` is text ``. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'This key is missing';
  if (value === null) return 'Nothing is written here';
  if (typeof value === 'string') return `\`${printable(value)}\` is text`;
  if (typeof value === 'number') return `\`${value}\` is a number`;
  if (typeof value === 'boolean') return `\`${value}\` is a truth value`;
  return Array.isArray(value) ? 'This is a list' : 'This is a section of keys';
}
