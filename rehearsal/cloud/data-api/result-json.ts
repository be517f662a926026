import { readArrayText } from './postgres/array-text.ts';
import type { ResultSetOptions } from './requests.ts';
import { ServiceError } from './service-error.ts';
import { timestamptzInUtc } from './postgres/timestamptz.ts';

/** How a supported type travels: the member of the service's Field union, or of its ArrayValue. */
export type FieldKind = 'boolean' | 'long' | 'double' | 'decimal' | 'blob' | 'string' | 'timestamptz';

export interface ResultType {
  /** Lower-case name of the engine's: `int4`, `_text`, `bigint unsigned`. */
  readonly name: string;
  /** Absent: the service refuses a result of this type. */
  readonly kind?: FieldKind;
  readonly isArray: boolean;
}

/** What decides a value's place in the Field union, once the options are applied. */
type Member = 'booleanValue' | 'longValue' | 'doubleValue' | 'stringValue' | 'blobValue';

/** A value as a JSON literal: numbers are PostgreSQL's own digits, for a JavaScript number would round them. */
interface Literal {
  readonly member: Member;
  readonly json: string;
}

const LONG_MIN = -(2n ** 63n);
const LONG_MAX = 2n ** 63n - 1n;

/** One value of `records`, as JSON text. Throws UnsupportedResultException for a type that the service refuses. */
export function fieldJson(text: string | null, type: ResultType, options: ResultSetOptions): string {
  const kind = supportedKind(type);
  if (text === null) return '{"isNull":true}';
  if (type.isArray) return `{"arrayValue":${arrayValueJson(text, type, kind, options)}}`;
  const { member, json } = LITERALS[kind](text, options);
  return `{"${member}":${json}}`;
}

/** One value of `formattedRecords`, as JSON text. */
export function plainJson(text: string | null, type: ResultType, options: ResultSetOptions): string {
  const kind = supportedKind(type);
  if (text === null) return 'null';
  if (!type.isArray) return LITERALS[kind](text, options).json;
  return `[${elementsOf(text, type)
    .map((element) => (element === null ? 'null' : LITERALS[kind](element, options).json))
    .join(',')}]`;
}

/** Refuses the types of a result before any of its values is looked at: an empty result is refused too. */
export function supportedKind(type: ResultType): FieldKind {
  if (type.kind === undefined) throw unsupported(type.name);
  return type.kind;
}

function arrayValueJson(text: string, type: ResultType, kind: FieldKind, options: ResultSetOptions): string {
  const elements = elementsOf(text, type).map((element) =>
    element === null ? undefined : LITERALS[kind](element, options),
  );
  const member = elements.find((element) => element !== undefined)?.member ?? defaultMember(kind, options);
  return `{"${member}s":[${elements.map((element) => element?.json ?? 'null').join(',')}]}`;
}

function elementsOf(text: string, type: ResultType): readonly (string | null)[] {
  const elements = readArrayText(text);
  if (elements === undefined) throw unsupported(`multidimensional array of ${type.name.replace(/^_/, '')}`);
  return elements;
}

const LITERALS: { readonly [Kind in FieldKind]: (text: string, options: ResultSetOptions) => Literal } = {
  boolean: (text) => ({ member: 'booleanValue', json: text === 't' ? 'true' : 'false' }),
  long: longLiteral,
  double: doubleLiteral,
  decimal: decimalLiteral,
  blob: (text) => ({ member: 'blobValue', json: `"${base64Of(text)}"` }),
  string: (text) => ({ member: 'stringValue', json: JSON.stringify(text) }),
  timestamptz: (text) => ({ member: 'stringValue', json: JSON.stringify(timestamptzInUtc(text)) }),
};

function longLiteral(text: string, { longReturnType }: ResultSetOptions): Literal {
  if (longReturnType === 'STRING') return { member: 'stringValue', json: `"${text}"` };
  return { member: 'longValue', json: text };
}

function doubleLiteral(text: string): Literal {
  const finite = text !== 'NaN' && !text.endsWith('Infinity');
  return { member: 'doubleValue', json: finite ? text : `"${text}"` };
}

function decimalLiteral(text: string, { decimalReturnType, longReturnType }: ResultSetOptions): Literal {
  if (decimalReturnType !== 'DOUBLE_OR_LONG') return { member: 'stringValue', json: `"${text}"` };
  if (!/^-?\d+$/.test(text)) return doubleLiteral(text);
  const value = BigInt(text);
  const fits = value >= LONG_MIN && value <= LONG_MAX;
  return fits ? longLiteral(text, { longReturnType }) : doubleLiteral(text);
}

function defaultMember(kind: FieldKind, { longReturnType, decimalReturnType }: ResultSetOptions): Member {
  if (kind === 'boolean') return 'booleanValue';
  if (kind === 'double') return 'doubleValue';
  if (kind === 'long') return longReturnType === 'STRING' ? 'stringValue' : 'longValue';
  if (kind === 'decimal') return decimalReturnType === 'DOUBLE_OR_LONG' ? 'doubleValue' : 'stringValue';
  return 'stringValue';
}

/** bytea_output may be `escape` in a transaction that set it: then the text is not what we can read. */
function base64Of(text: string): string {
  if (!text.startsWith('\\x')) throw unsupported('bytea in the escape format');
  return Buffer.from(text.slice(2), 'hex').toString('base64');
}

function unsupported(name: string): ServiceError {
  return new ServiceError(
    'UnsupportedResultException',
    `The result contains the unsupported data type ${name}`,
  );
}
