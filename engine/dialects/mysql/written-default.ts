import { expressionFault, strangerIn } from './expression.ts';
import { isMoment } from './pair.ts';

/** Types whose default is an expression or none; SET DEFAULT refuses NULL and an expression of one literal for them, too (1101). */
export const takesNoLiteral = (type: string): boolean => literalFree.test(type);

const literalFree = /^(?:(?:tiny|medium|long)?(?:text|blob)|long|json)\b/iu;

/** A default with which no column can be written again. */
export const lostDefault =
  'a default that the catalog does not give back as it is (an expression that is not all ASCII, bytes of a VARBINARY)';

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

/** The same behind SET DEFAULT, which takes no expression of one literal, either. */
export const settableDefault = (type: string, constant: string): string =>
  takesNoLiteral(type) && !isOfClock(constant) && !/^json\b/iu.test(type)
    ? `(CONCAT(${constant}))`
    : writtenDefault(type, constant);

const printedOtherwise: readonly (readonly [RegExp, (otherwise: string, type: string) => string])[] = [
  [/^json\b/iu, (otherwise) => (otherwise.startsWith('(') ? `CAST(${otherwise} AS JSON)` : otherwise)],
  // A value is filled up with zeros.
  [/^binary\(/iu, (otherwise, type) => `CAST(${otherwise} AS ${type})`],
  // A number in a text is a double.
  [/^float\b/iu, (otherwise) => `CAST(${otherwise} AS FLOAT)`],
];

/** What a trigger compares a value with, of a default as the catalog has it: a value of the type. */
export function comparedDefault(type: string, otherwise: string): string {
  const [, compared] = printedOtherwise.find(([of]) => of.test(type)) ?? [];
  return compared === undefined ? otherwise : compared(otherwise, type);
}

const introducer = /\b_\w+(?=')/gu;
const bytes = /\b0x[0-9a-f]+\b/gu;

/**
 * Whether a default is the same for every row, and is kept as it is: only then does a value tell whether somebody has written it. Other
 * types than these may round what an expression gives.
 */
export function isSteadyDefault(type: string, otherwise: string): boolean {
  // Whoever writes it next may be in another time zone.
  if (isMoment(type)) return isOfClock(otherwise) || otherwise.startsWith("'0000");
  if (!otherwise.startsWith('(')) return true;
  const expression = otherwise.replaceAll(introducer, '').replaceAll(bytes, '0');
  return (
    takesNoLiteral(type) &&
    expressionFault(expression) === undefined &&
    strangerIn(expression, []) === undefined
  );
}
