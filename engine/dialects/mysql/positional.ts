import type { Parameter, Statement } from '../../database/database.ts';
import { literal } from './quote.ts';

// What is quoted or a comment holds no parameter; an assignment is none.
const opaque =
  String.raw`'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|/\*.*?\*/|#[^\n]*|--\s[^\n]*|` + '`(?:[^`]|``)*`';
const named = new RegExp(`${opaque}|:=|:(?<name>\\w+)`, 'gsu');

/** A statement as MySQL's own protocol takes it: `?` instead of `:name`, with a value for each place. */
export function positionalParameters(statement: Statement): {
  readonly text: string;
  readonly values: readonly Parameter[];
} {
  const values: Parameter[] = [];
  const text = replaced(statement, (name) => {
    values.push(statement.parameters?.[name] ?? null);
    return '?';
  });
  return { text, values };
}

/** A statement with its parameters written out as literals: for people to run. */
export const inlineParameters = (statement: Statement): string =>
  replaced(statement, (name) => {
    const value = statement.parameters?.[name] ?? null;
    return typeof value === 'string' ? literal(value) : String(value ?? 'NULL');
  });

const replaced = ({ text, parameters = {} }: Statement, by: (name: string) => string): string =>
  text.replaceAll(named, (part, name: string | undefined) =>
    name !== undefined && Object.hasOwn(parameters, name) ? by(name) : part,
  );
