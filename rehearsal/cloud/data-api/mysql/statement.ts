import type { ExecuteValues, FieldPacket, ResultSetHeader } from 'mysql2';
import type { PoolConnection } from 'mysql2/promise';
import { recordsJson } from '../records.ts';
import type { RequestOf } from '../requests.ts';
import { FORMATTED, RECORDS, refuseOversized, type ResultLimits } from '../result-limits.ts';
import { ServiceError } from '../service-error.ts';
import { bindParameters } from './bind-value.ts';
import { isMysqlError } from './database-error.ts';
import { preparedSql, type PreparedSql } from './prepared-sql.ts';
import { metadataOf, textOf, typeOf } from './result-column.ts';

/** What a statement came to: rows, or the server's own word that it is done. */
export type Outcome =
  | { readonly fields: readonly FieldPacket[]; readonly rows: readonly (readonly unknown[])[] }
  | { readonly done: ResultSetHeader };

/** Returns the response body, written by hand: a JSON number of ours has all the digits that MySQL gave. */
export async function executeStatement(
  connection: PoolConnection,
  request: RequestOf<'ExecuteStatement'>,
  noted: (outcome: Outcome) => void,
): Promise<string> {
  const prepared = preparedSql(request.sql);
  const values = bindParameters(prepared.names, request.parameters ?? []);
  const outcome = await runStatement(connection, prepared, values);
  noted(outcome);
  if ('done' in outcome) {
    const { affectedRows, insertId } = outcome.done;
    const generated = insertId > 0 ? `{"longValue":${insertId}}` : '';
    return `{"numberOfRecordsUpdated":${affectedRows},"generatedFields":[${generated}]}`;
  }
  const types = outcome.fields.map(typeOf);
  const rows = outcome.rows.map((row) => types.map((type, at) => textOf(row[at], type)));
  refuseOversized(oversized(rows, request.formatRecordsAs === 'JSON' ? FORMATTED : RECORDS));
  const labels = outcome.fields.map(({ name }) => name);
  const records = `"numberOfRecordsUpdated":0,"generatedFields":[],${recordsJson(request, labels, types, rows)}`;
  if (request.includeResultMetadata !== true || request.formatRecordsAs === 'JSON') return `{${records}}`;
  return `{${records},"columnMetadata":${JSON.stringify(outcome.fields.map(metadataOf))}}`;
}

/** Each set commits by itself where there is no transaction. */
export async function batchExecuteStatement(
  connection: PoolConnection,
  request: RequestOf<'BatchExecuteStatement'>,
  noted: (outcome: Outcome) => void,
): Promise<string> {
  const prepared = preparedSql(request.sql);
  const sets = (request.parameterSets ?? [[]]).map((set) => bindParameters(prepared.names, set));
  const updateResults: object[] = [];
  for (const values of sets) {
    const outcome = await runStatement(connection, prepared, values);
    noted(outcome);
    const insertId = 'done' in outcome ? outcome.done.insertId : 0;
    updateResults.push({ generatedFields: insertId > 0 ? [{ longValue: insertId }] : [] });
  }
  return JSON.stringify({ updateResults });
}

const PARSE_ERROR = 1064;
const NOT_TO_BE_PREPARED = 1295;
// Statements that hold others.
const BODIES = new Set(['CREATE', 'ALTER', 'BEGIN']);

async function runStatement(
  connection: PoolConnection,
  sql: PreparedSql,
  values: ExecuteValues[],
): Promise<Outcome> {
  try {
    return outcomeOf(sql, await send(connection, sql, values));
  } catch (error) {
    if (isMysqlError(error) && error.errno === PARSE_ERROR && sql.several && !BODIES.has(sql.firstWord))
      throw new ServiceError('ValidationException', "Multistatements aren't supported");
    throw error;
  }
}

/**
 * A statement is prepared, as the service does. What MySQL does not prepare (CREATE TRIGGER, CREATE PROCEDURE) is sent as
 * text where it has no parameters; whether the service does that is not known.
 */
async function send(
  connection: PoolConnection,
  { text }: PreparedSql,
  values: ExecuteValues[],
): Promise<readonly [unknown, unknown]> {
  try {
    return await connection.execute({ sql: text, values, rowsAsArray: true });
  } catch (error) {
    if (values.length > 0 || !isMysqlError(error) || error.errno !== NOT_TO_BE_PREPARED) throw error;
    return connection.query({ sql: text, rowsAsArray: true });
  }
}

function outcomeOf({ firstWord }: PreparedSql, [result, fields]: readonly [unknown, unknown]): Outcome {
  // The rows that a CALL selects: nobody has seen them come through the service, so nothing may hang on them.
  const last = firstWord === 'CALL' && Array.isArray(result) ? result.at(-1) : result;
  if (isHeader(last)) return { done: last };
  if (!Array.isArray(last) || !Array.isArray(fields))
    throw new Error('the driver gave neither rows nor an end');
  return { rows: last, fields };
}

const isHeader = (result: unknown): result is ResultSetHeader =>
  typeof result === 'object' && result !== null && !Array.isArray(result) && 'affectedRows' in result;

function oversized(
  rows: readonly (readonly (string | null)[])[],
  { rowBytes, responseBytes }: ResultLimits,
): 'row' | 'response' | undefined {
  let total = 0;
  for (const row of rows) {
    const bytes = row.reduce((sum, value) => sum + (value === null ? 0 : Buffer.byteLength(value)), 0);
    total += bytes;
    if (bytes > rowBytes) return 'row';
    if (total > responseBytes) return 'response';
  }
  return undefined;
}
