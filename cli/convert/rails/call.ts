/** What an argument of a migration is, as far as it is written out. Symbols are text: Rails makes no difference here. */
export type RubyValue = null | boolean | number | string | RubySql | RubyHash | readonly RubyValue[];

export type RubyHash = ReadonlyMap<string, RubyValue>;

/** `-> { 'now()' }`: a default that is SQL. */
export interface RubySql {
  readonly sql: string;
}

/** One call of a method, with literal arguments. */
export interface Call {
  readonly method: string;
  readonly line: number;
  /** Its own words. */
  readonly source: string;
  readonly args: readonly RubyValue[];
  readonly options: RubyHash;
  /** Of create_table and change_table: what is called on its table. */
  readonly block: readonly Call[];
}

/** It cannot be told from the text; the fact says why. */
export class NotRead extends Error {
  override readonly name = 'NotRead';
}

export const isHash = (value: RubyValue | undefined): value is RubyHash => value instanceof Map;
export const isList = (value: RubyValue | undefined): value is readonly RubyValue[] => Array.isArray(value);
export const isSql = (value: RubyValue | undefined): value is RubySql =>
  typeof value === 'object' && value !== null && 'sql' in value;

/** One or several, as Rails takes them. */
export const listOf = (value: RubyValue | undefined): readonly RubyValue[] =>
  value === undefined || value === null ? [] : isList(value) ? value : [value];

/** A name, or another text. */
export function text(value: RubyValue | undefined, what: string): string {
  if (typeof value === 'string') return value;
  throw new NotRead(`${what} is not written out as text`);
}
