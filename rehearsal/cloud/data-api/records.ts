import type { RequestOf, ResultSetOptions } from './requests.ts';
import { fieldJson, plainJson, supportedKind, type ResultType } from './result-json.ts';
import { FORMATTED, withinResultLimit, RECORDS } from './result-limits.ts';
import { ServiceError } from './service-error.ts';

type Row = readonly (string | null)[];

/** The part of a response that holds the rows, as JSON text: `"records":[…]` or `"formattedRecords":"…"`. */
export function recordsJson(
  request: RequestOf<'ExecuteStatement'>,
  labels: readonly string[],
  types: readonly ResultType[],
  rows: readonly Row[],
): string {
  for (const type of types) supportedKind(type);
  const options: ResultSetOptions = request.resultSetOptions ?? {};
  if (request.formatRecordsAs === 'JSON') {
    const formatted = formattedRecords(labels, types, rows, options);
    return withinResultLimit(`"formattedRecords":${JSON.stringify(formatted)}`, FORMATTED);
  }
  const records = rows.map(
    (row) => `[${row.map((value, at) => fieldJson(value, typeAt(types, at), options)).join(',')}]`,
  );
  return withinResultLimit(`"records":[${records.join(',')}]`, RECORDS);
}

function formattedRecords(
  labels: readonly string[],
  types: readonly ResultType[],
  rows: readonly Row[],
  options: ResultSetOptions,
): string {
  const keys = labels.map((label) => JSON.stringify(label));
  const twice = keys.find((key, at) => keys.indexOf(key) !== at);
  if (twice !== undefined) {
    throw new ServiceError(
      'ValidationException',
      `Duplicate column label in a result formatted as JSON: ${twice}`,
    );
  }
  const object = (row: Row): string =>
    `{${row.map((value, at) => `${keys[at]}:${plainJson(value, typeAt(types, at), options)}`).join(',')}}`;
  return `[${rows.map(object).join(',')}]`;
}

function typeAt(types: readonly ResultType[], at: number): ResultType {
  const type = types[at];
  if (type === undefined) throw new Error(`row with more values than the ${types.length} columns described`);
  return type;
}
