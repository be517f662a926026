import type { TableName } from '../../../spec/table-name.ts';

/** Whether a text holds a name as a word of its own, in whatever case: the last resort where nothing can be parsed. */
export function mentions(text: string, name: string): boolean {
  return wordOf(escaped(name)).test(text.toLowerCase());
}

/** A text without a table's name where that stands with its schema. */
export function withoutTable(text: string, { schema, name }: TableName): string {
  const [first, second] = [schema, name].map((each) => `"?${escaped(each)}"?`);
  return text.toLowerCase().replaceAll(wordOf(String.raw`${first}\s*\.\s*${second}`), ' ');
}

const escaped = (name: string): string => name.toLowerCase().replaceAll(/[^\p{L}\p{N}_]/gu, String.raw`\$&`);

const wordOf = (pattern: string): RegExp =>
  new RegExp(String.raw`(?<![\p{L}\p{N}_$])${pattern}(?![\p{L}\p{N}_$])`, 'gu');
