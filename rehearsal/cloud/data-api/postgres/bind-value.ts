import { checkedLong, hintedText, parametersInOrder } from '../parameters-in-order.ts';
import type { SqlParameter } from '../requests.ts';

/** One value with the type it is declared as in the Parse message. A Buffer travels in binary, a string in text. */
export interface BoundValue {
  readonly typeOid: number;
  readonly value: string | Buffer | null;
}

/** No declared type: PostgreSQL infers it from where the NULL stands. */
const UNDECLARED = 0;
const OID = { bool: 16, bytea: 17, int8: 20, text: 25, float8: 701 } as const;

const HINTS: { readonly [Hint in NonNullable<SqlParameter['typeHint']>]: number } = {
  JSON: 114,
  UUID: 2950,
  TIMESTAMP: 1114,
  DATE: 1082,
  TIME: 1083,
  DECIMAL: 1700,
};

/**
 * Values in the order of `names`. The declared types are the service's: a string is text, never "unknown", so that
 * `bigint = text` fails here exactly as it does there.
 */
export const bindParameters = (
  names: readonly string[],
  parameters: readonly SqlParameter[],
): readonly BoundValue[] => parametersInOrder(names, parameters).map(bindValue);

function bindValue({ name, value, typeHint }: SqlParameter): BoundValue {
  if ('isNull' in value)
    return { typeOid: typeHint === undefined ? UNDECLARED : HINTS[typeHint], value: null };
  if (typeHint !== undefined) return { typeOid: HINTS[typeHint], value: hintedText(name, value, typeHint) };
  if ('stringValue' in value) return { typeOid: OID.text, value: value.stringValue };
  if ('longValue' in value) return { typeOid: OID.int8, value: checkedLong(value.longValue) };
  if ('doubleValue' in value) return { typeOid: OID.float8, value: value.doubleValue };
  if ('booleanValue' in value) return { typeOid: OID.bool, value: String(value.booleanValue) };
  if ('blobValue' in value) return { typeOid: OID.bytea, value: Buffer.from(value.blobValue, 'base64') };
  throw new Error('an array reached the binding of values');
}
