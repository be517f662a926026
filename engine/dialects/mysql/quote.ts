import type { TableName } from '../../spec/table-name.ts';

// The only place that quotes identifiers and literals for MySQL.

/** A column, trigger or index name. */
export const identifier = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

/** A schema of ours is a database of MySQL's. */
export const qualifiedName = ({ schema, name }: TableName): string =>
  `${identifier(schema)}.${identifier(name)}`;

/** A text literal, under an sql_mode in which a backslash escapes: any other is refused before a plan is made. */
export const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

/** A moment, kept in UTC, as ISO 8601: text that sorts as it runs. */
export const iso = (expression: string): string =>
  `CONCAT(LEFT(DATE_FORMAT(${expression}, '%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z')`;

/** A condition as JSON's true or false. */
export const jsonTruth = (condition: string): string => `CAST(IF(${condition}, 'true', 'false') AS JSON)`;

/** Of any name. */
export const mostCharacters = 64;
/** Code points, as MySQL counts. */
const charactersOf = (name: string): readonly string[] => Array.from(name);

/** MySQL refuses a longer name. */
export function lengthFault(name: string): string | undefined {
  const { length } = charactersOf(name);
  return length > mostCharacters ? `is ${length} characters long; ${mostCharacters} is the most` : undefined;
}

export const isReserved = (schema: string): boolean =>
  /^(?:mysql|sys|information_schema|performance_schema)$/iu.test(schema);

/** Shortens a name to MySQL's 64 characters; two long names that differ stay different. */
export function shortName(name: string): string {
  const characters = charactersOf(name);
  if (characters.length <= mostCharacters) return name;
  return `${characters.slice(0, 55).join('')}_${hashOf(name)}`;
}

/** FNV-1a, as eight hexadecimal digits. */
export function hashOf(text: string): string {
  let hash = 2166136261;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 16777619) >>> 0;
  return hash.toString(16).padStart(8, '0');
}
