import { checkParameterName } from './named-parameters.ts';
import { ServiceError } from './service-error.ts';
import type { SqlParameter } from './requests.ts';

/** One value with the type it is declared as in the Parse message. A Buffer travels in binary, a string in text. */
export interface BoundValue {
  readonly typeOid: number;
  readonly value: string | Buffer | null;
}

/** No declared type: PostgreSQL infers it from where the NULL stands. */
const UNDECLARED = 0;
const OID = { bool: 16, bytea: 17, int8: 20, text: 25, float8: 701 } as const;

const HINTS: {
  readonly [Hint in NonNullable<SqlParameter['typeHint']>]: { readonly oid: number; readonly form?: RegExp };
} = {
  JSON: { oid: 114 },
  UUID: { oid: 2950 },
  TIMESTAMP: { oid: 1114, form: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?$/ },
  DATE: { oid: 1082, form: /^\d{4}-\d\d-\d\d$/ },
  TIME: { oid: 1083, form: /^\d\d:\d\d:\d\d(?:\.\d{1,6})?$/ },
  DECIMAL: { oid: 1700 },
};

const LONG_MIN = -(2n ** 63n);
const LONG_MAX = 2n ** 63n - 1n;

/**
 * Values in the order of `names`. The declared types are the service's: a string is text, never "unknown", so that
 * `bigint = text` fails here exactly as it does there.
 */
export function bindParameters(
  names: readonly string[],
  parameters: readonly SqlParameter[],
): readonly BoundValue[] {
  const byName = new Map<string, SqlParameter>();
  for (const parameter of parameters) {
    checkParameterName(parameter.name);
    if (byName.has(parameter.name)) throw invalid(`Duplicate parameter: ${parameter.name}`);
    byName.set(parameter.name, parameter);
  }
  const bound = names.map((name) => {
    const parameter = byName.get(name);
    if (parameter === undefined) throw invalid(`Cannot find parameter: ${name}`);
    byName.delete(name);
    return bindValue(parameter);
  });
  // Whether the service ignores these is not known. A parameter nobody reads is a mistake, so the local one objects.
  const [surplus] = byName.keys();
  if (surplus !== undefined) throw invalid(`Parameter is not used in the statement: ${surplus}`);
  return bound;
}

function bindValue({ name, value, typeHint }: SqlParameter): BoundValue {
  if ('arrayValue' in value) throw invalid('Array parameters are not supported.');
  if ('isNull' in value)
    return { typeOid: typeHint === undefined ? UNDECLARED : HINTS[typeHint].oid, value: null };
  if (typeHint !== undefined) return bindHinted(name, value, typeHint);
  if ('stringValue' in value) return { typeOid: OID.text, value: value.stringValue };
  if ('longValue' in value) return { typeOid: OID.int8, value: checkedLong(value.longValue) };
  if ('doubleValue' in value) return { typeOid: OID.float8, value: value.doubleValue };
  if ('booleanValue' in value) return { typeOid: OID.bool, value: String(value.booleanValue) };
  return { typeOid: OID.bytea, value: Buffer.from(value.blobValue, 'base64') };
}

function bindHinted(
  name: string,
  value: SqlParameter['value'],
  typeHint: NonNullable<SqlParameter['typeHint']>,
): BoundValue {
  const { oid, form } = HINTS[typeHint];
  if (!('stringValue' in value)) throw invalid(`Type hint ${typeHint} needs a stringValue: ${name}`);
  if (form !== undefined && !form.test(value.stringValue)) {
    throw invalid(`Parameter ${name} is not of the form that type hint ${typeHint} asks for`);
  }
  return { typeOid: oid, value: value.stringValue };
}

function checkedLong(text: string): string {
  const long = BigInt(text);
  if (long < LONG_MIN || long > LONG_MAX) throw invalid(`longValue is beyond 64 bits: ${text}`);
  return text;
}

function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}
