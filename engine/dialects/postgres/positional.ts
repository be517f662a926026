import type { Parameter, Statement } from '../../database/database.ts';
import { tokenAt } from './sql-token.ts';

const nameAfter = /\w+/y;

/** A statement as PostgreSQL's own protocol takes it: `$1` instead of `:name`, a name used twice with one number. */
export function positional({ text, parameters = {} }: Statement): {
  readonly text: string;
  readonly values: readonly Parameter[];
} {
  const names: string[] = [];
  let numbered = '';
  for (let at = 0; at < text.length;) {
    const { kind, end } = tokenAt(text, at);
    const token = text.slice(at, end);
    nameAfter.lastIndex = end;
    const name = kind === 'symbol' && token === ':' ? nameAfter.exec(text)?.[0] : undefined;
    if (name === undefined || !Object.hasOwn(parameters, name)) {
      numbered += token;
      at = end;
      continue;
    }
    if (!names.includes(name)) names.push(name);
    numbered += `$${names.indexOf(name) + 1}`;
    at = end + name.length;
  }
  return { text: numbered, values: names.map((name) => parameters[name] ?? null) };
}
