/** Types whose default is an expression or none; SET DEFAULT refuses NULL and an expression of one literal for them, too (1101). */
export const takesNoLiteral = (type: string): boolean => literalFree.test(type);

const literalFree = /^(?:(?:tiny|medium|long)?(?:text|blob)|long|json)\b/iu;

/** A default that is the moment of the write. */
export const isOfClock = (otherwise: string): boolean =>
  /^(?:current_timestamp|now|localtimestamp)/iu.test(otherwise);

/**
 * A constant as it stands behind DEFAULT, and as a trigger compares with it. TEXT, BLOB and JSON take no literal there (1101),
 * and an expression of one literal. JSON has spaces and an order of keys of its own, so it is compared as what it becomes.
 */
export function writtenDefault(type: string, constant: string): string {
  if (!takesNoLiteral(type) || isOfClock(constant) || constant.startsWith('(')) return constant;
  return /^json\b/iu.test(type) ? `(CAST(${constant} AS JSON))` : `(${constant})`;
}
