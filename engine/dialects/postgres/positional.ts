import type { Parameter, Statement } from '../../database/database.ts';
import { literal } from './quote.ts';
import { tokenAt } from './sql-token.ts';

const nameAfter = /\w+/y;

/** A statement as PostgreSQL's own protocol takes it: `$1` instead of `:name`, a name used twice with one number. */
export function positional(statement: Statement): {
  readonly text: string;
  readonly values: readonly Parameter[];
} {
  const names: string[] = [];
  const text = replaced(statement, (name) => {
    if (!names.includes(name)) names.push(name);
    return `$${names.indexOf(name) + 1}`;
  });
  return { text, values: names.map((name) => statement.parameters?.[name] ?? null) };
}

/** A statement with its parameters written out as literals: for people to run. */
export const inlined = (statement: Statement): string =>
  replaced(statement, (name) => {
    const value = statement.parameters?.[name] ?? null;
    return typeof value === 'string' ? literal(value) : String(value ?? 'NULL');
  });

function replaced({ text, parameters = {} }: Statement, by: (name: string) => string): string {
  let written = '';
  for (let at = 0; at < text.length;) {
    const { kind, end } = tokenAt(text, at);
    const token = text.slice(at, end);
    nameAfter.lastIndex = end;
    const name = kind === 'symbol' && token === ':' ? nameAfter.exec(text)?.[0] : undefined;
    const isParameter = name !== undefined && Object.hasOwn(parameters, name);
    written += isParameter ? by(name) : token;
    at = isParameter ? end + name.length : end;
  }
  return written;
}
