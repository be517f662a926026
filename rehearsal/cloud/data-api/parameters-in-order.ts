import type { SqlParameter } from './requests.ts';
import { ServiceError } from './service-error.ts';

const VALID_NAME = /^[A-Za-z0-9_]+$/;

export function checkParameterName(name: string): void {
  if (!VALID_NAME.test(name)) refuseName(name);
}

export function refuseName(input: string): never {
  throw new ServiceError('ValidationException', `Named parameter syntax is invalid, input: ${input}`);
}

/** Parameters in the order of `names`, in which a name may stand twice. Throws ValidationException. */
export function parametersInOrder(
  names: readonly string[],
  parameters: readonly SqlParameter[],
): readonly SqlParameter[] {
  const byName = new Map<string, SqlParameter>();
  for (const parameter of parameters) {
    checkParameterName(parameter.name);
    if (byName.has(parameter.name)) throw invalid(`Duplicate parameter: ${parameter.name}`);
    byName.set(parameter.name, parameter);
  }
  const ordered = names.map((name) => {
    const parameter = byName.get(name);
    if (parameter === undefined) throw invalid(`Cannot find parameter: ${name}`);
    if ('arrayValue' in parameter.value) throw invalid('Array parameters are not supported.');
    return parameter;
  });
  // Whether the service ignores these is not known. A parameter nobody reads is a mistake, so the local one objects.
  const surplus = [...byName.keys()].find((name) => !names.includes(name));
  if (surplus !== undefined) throw invalid(`Parameter is not used in the statement: ${surplus}`);
  return ordered;
}

const FORMS: Partial<Readonly<Record<NonNullable<SqlParameter['typeHint']>, RegExp>>> = {
  TIMESTAMP: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?$/,
  DATE: /^\d{4}-\d\d-\d\d$/,
  TIME: /^\d\d:\d\d:\d\d(?:\.\d{1,6})?$/,
};

/** The text of a hinted value, in the form that its hint asks for. Throws ValidationException. */
export function hintedText(
  name: string,
  value: SqlParameter['value'],
  typeHint: NonNullable<SqlParameter['typeHint']>,
): string {
  if (!('stringValue' in value)) throw invalid(`Type hint ${typeHint} needs a stringValue: ${name}`);
  if (FORMS[typeHint]?.test(value.stringValue) === false)
    throw invalid(`Parameter ${name} is not of the form that type hint ${typeHint} asks for`);
  return value.stringValue;
}

const LONG_MIN = -(2n ** 63n);
const LONG_MAX = 2n ** 63n - 1n;

/** Throws ValidationException. */
export function checkedLong(text: string): string {
  const long = BigInt(text);
  if (long < LONG_MIN || long > LONG_MAX) throw invalid(`longValue is beyond 64 bits: ${text}`);
  return text;
}

const invalid = (message: string): ServiceError => new ServiceError('ValidationException', message);
