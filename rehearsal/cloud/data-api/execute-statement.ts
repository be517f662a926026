import type { PoolClient } from 'pg';
import { bindParameters } from './bind-value.ts';
import { columnMetadata } from './column-metadata.ts';
import type { RequestOf, ResultSetOptions } from './requests.ts';
import { fieldJson, plainJson, supportedKind } from './result-json.ts';
import type { ResultType } from './result-type.ts';
import { preparedSql, runCall, type Service } from './service.ts';
import { ServiceError } from './service-error.ts';
import {
  runStatement,
  type ResultColumn,
  type ResultLimits,
  type StatementOutcome,
} from './statement-run.ts';

const RECORDS: ResultLimits = { rowBytes: 64 * 1024, responseBytes: 1024 * 1024 };
/** `formatRecordsAs: JSON` may be larger. */
const FORMATTED: ResultLimits = { rowBytes: 64 * 1024, responseBytes: 10 * 1024 * 1024 };

/** Returns the response body, written by hand: a JSON number of ours has all the digits that PostgreSQL gave. */
export async function executeStatement(
  service: Service,
  request: RequestOf<'ExecuteStatement'>,
): Promise<string> {
  const { text, names } = preparedSql(request.sql);
  const values = bindParameters(names, request.parameters ?? []);
  const limits = request.formatRecordsAs === 'JSON' ? FORMATTED : RECORDS;
  return runCall(service, request, async ({ client }, place) => {
    const outcome = await runStatement(client, text, values, limits);
    refuseWhatTheServiceCannot(client, outcome, request.transactionId !== undefined);
    const updated = `"numberOfRecordsUpdated":${recordsUpdated(outcome.commandTag)}`;
    if (outcome.columns === undefined) return `{${updated},"generatedFields":[]}`;
    const types = await place.types.of(
      client,
      outcome.columns.map((column) => column.typeOid),
    );
    const result = await resultJson(client, request, outcome.columns, types, outcome);
    return `{${updated},"generatedFields":[],${result}}`;
  });
}

async function resultJson(
  client: PoolClient,
  request: RequestOf<'ExecuteStatement'>,
  columns: readonly ResultColumn[],
  types: readonly ResultType[],
  { rows }: StatementOutcome,
): Promise<string> {
  for (const type of types) supportedKind(type);
  const options: ResultSetOptions = request.resultSetOptions ?? {};
  if (request.formatRecordsAs === 'JSON') {
    const formatted = formattedRecords(columns, types, rows, options);
    return limited(`"formattedRecords":${JSON.stringify(formatted)}`, FORMATTED);
  }
  const records = rows.map(
    (row) => `[${row.map((value, at) => fieldJson(value, typeAt(types, at), options)).join(',')}]`,
  );
  const result = limited(`"records":[${records.join(',')}]`, RECORDS);
  if (request.includeResultMetadata !== true) return result;
  return `${result},"columnMetadata":${JSON.stringify(await columnMetadata(client, columns, types))}`;
}

function formattedRecords(
  columns: readonly ResultColumn[],
  types: readonly ResultType[],
  rows: StatementOutcome['rows'],
  options: ResultSetOptions,
): string {
  const keys = columns.map((column) => JSON.stringify(column.label));
  const twice = keys.find((key, at) => keys.indexOf(key) !== at);
  if (twice !== undefined) {
    throw new ServiceError(
      'ValidationException',
      `Duplicate column label in a result formatted as JSON: ${twice}`,
    );
  }
  const object = (row: StatementOutcome['rows'][number]): string =>
    `{${row.map((value, at) => `${keys[at]}:${plainJson(value, typeAt(types, at), options)}`).join(',')}}`;
  return `[${rows.map(object).join(',')}]`;
}

/** Known only after the statement ran: what it did stays done, as nothing else is documented. */
export function refuseWhatTheServiceCannot(
  client: PoolClient,
  { oversized, commandTag }: StatementOutcome,
  inTransaction: boolean,
): void {
  if (oversized === 'row') throw new ServiceError('DatabaseErrorException', 'Packet for query is too large');
  if (oversized === 'response') throw tooLarge();
  if (commandTag.startsWith('COPY ')) {
    throw new ServiceError('ValidationException', "COPY to or from the client isn't supported");
  }
  if (!inTransaction && client.getTransactionStatus() !== 'I') {
    throw new ServiceError(
      'ValidationException',
      'A statement cannot open a transaction: call BeginTransaction',
    );
  }
}

/** `INSERT 0 3` → 3. A SELECT updates nothing, and so does everything without a count. */
export function recordsUpdated(commandTag: string): number {
  const count = /^(?:INSERT \d+|UPDATE|DELETE|MERGE) (\d+)$/.exec(commandTag)?.[1];
  return count === undefined ? 0 : Number(count);
}

function limited(json: string, { responseBytes }: ResultLimits): string {
  if (Buffer.byteLength(json) > responseBytes) throw tooLarge();
  return json;
}

function tooLarge(): ServiceError {
  return new ServiceError('DatabaseErrorException', 'Database response exceeded size limit');
}

function typeAt(types: readonly ResultType[], at: number): ResultType {
  const type = types[at];
  if (type === undefined) throw new Error(`row with more values than the ${types.length} columns described`);
  return type;
}
