/** A column's definition as the catalog gives it, in its parts: each as it is written behind the type. */
export interface DefinitionParts {
  readonly charset: string;
  /** A literal, CURRENT_TIMESTAMP, or an expression in parentheses; null where there is none. */
  readonly default: string | null;
  readonly comment: string;
  readonly isInvisible: boolean;
}

// Behind an expression nothing that could be taken for its end is not in quotes.
const quoted = String.raw`'(?:[^'\\]|\\.|'')*'`;
const parts = new RegExp(
  String.raw`^(?<charset> CHARACTER SET \w+ COLLATE \w+)?(?: DEFAULT (?<otherwise>${quoted}|\(.*\)|[^ ]+))?(?: ON UPDATE \S+)?(?<comment> COMMENT ${quoted})?(?<invisible> INVISIBLE)?$`,
  'su',
);

/** Undefined where the column has something that is not read: an SRID, say. */
export function partsOf(definition: string, type: string): DefinitionParts | undefined {
  const found = parts.exec(definition.slice(type.length))?.groups;
  if (found === undefined) return undefined;
  return {
    charset: found['charset'] ?? '',
    default: found['otherwise'] === undefined ? null : asNumber(found['otherwise'], type),
    comment: found['comment'] ?? '',
    isInvisible: found['invisible'] !== undefined,
  };
}

/** A whole number in quotes is compared as a double, which loses digits. */
export const asNumber = (literal: string, type: string): string =>
  /^(?:(?:tiny|small|medium|big)?int|decimal)\b/iu.test(type) ? literal.replaceAll("'", '') : literal;
