import type { Parameter, Statement } from '../../database/database.ts';
import { opaqueSource } from './opaque.ts';
import { literal } from './quote.ts';

// A colon is none of ours in what is opaque, nor in a cast.
const named = new RegExp(`${opaqueSource}|::|:(?<name>\\w+)`, 'gsu');

/** A statement as PostgreSQL's own protocol takes it: `$1` instead of `:name`, a name used twice with one number. */
export function positionalParameters(statement: Statement): {
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
export const inlineParameters = (statement: Statement): string =>
  replaced(statement, (name) => {
    const value = statement.parameters?.[name] ?? null;
    return typeof value === 'string' ? literal(value) : String(value ?? 'NULL');
  });

const replaced = ({ text, parameters = {} }: Statement, by: (name: string) => string): string =>
  text.replaceAll(named, (part, _tag, name: string | undefined) =>
    name !== undefined && Object.hasOwn(parameters, name) ? by(name) : part,
  );
