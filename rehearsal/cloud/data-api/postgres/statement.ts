import type { PoolClient } from 'pg';
import { recordsJson } from '../records.ts';
import type { RequestOf } from '../requests.ts';
import { FORMATTED, RECORDS, refuseOversized, UNLIMITED } from '../result-limits.ts';
import { ServiceError } from '../service-error.ts';
import { bindParameters } from './bind-value.ts';
import { columnMetadata } from './column-metadata.ts';
import { preparedSql } from './prepared-sql.ts';
import type { ResultTypes } from './result-type.ts';
import { runStatement, type StatementOutcome } from './statement-run.ts';

/** Returns the response body, written by hand: a JSON number of ours has all the digits that PostgreSQL gave. */
export async function executeStatement(
  client: PoolClient,
  knownTypes: ResultTypes,
  request: RequestOf<'ExecuteStatement'>,
): Promise<string> {
  const { text, names } = preparedSql(request.sql);
  const values = bindParameters(names, request.parameters ?? []);
  const limits = request.formatRecordsAs === 'JSON' ? FORMATTED : RECORDS;
  const outcome = await runStatement(client, text, values, limits);
  refuseWhatTheServiceCannot(client, outcome, request.transactionId !== undefined);
  const { commandTag, columns, rows } = outcome;
  const updated = `"numberOfRecordsUpdated":${recordsUpdated(commandTag)},"generatedFields":[]`;
  if (columns === undefined) return `{${updated}}`;
  const types = await knownTypes.of(
    client,
    columns.map((column) => column.typeOid),
  );
  const labels = columns.map(({ label }) => label);
  const records = recordsJson(request, labels, types, rows);
  if (request.includeResultMetadata !== true || request.formatRecordsAs === 'JSON')
    return `{${updated},${records}}`;
  const metadata = JSON.stringify(await columnMetadata(client, columns, types));
  return `{${updated},${records},"columnMetadata":${metadata}}`;
}

/**
 * One statement for every parameter set, in order. Without a transaction each set commits by itself, the worse of what
 * the service might do: when the third fails, two stay written.
 */
export async function batchExecuteStatement(
  client: PoolClient,
  request: RequestOf<'BatchExecuteStatement'>,
): Promise<string> {
  const { text, names } = preparedSql(request.sql);
  const sets = (request.parameterSets ?? [[]]).map((set) => bindParameters(names, set));
  for (const values of sets) {
    const outcome = await runStatement(client, text, values, UNLIMITED);
    refuseWhatTheServiceCannot(client, outcome, request.transactionId !== undefined);
  }
  return JSON.stringify({ updateResults: sets.map(() => ({ generatedFields: [] })) });
}

function refuseWhatTheServiceCannot(
  client: PoolClient,
  { oversized, commandTag }: StatementOutcome,
  inTransaction: boolean,
): void {
  refuseOversized(oversized);
  if (commandTag.startsWith('COPY '))
    throw new ServiceError('ValidationException', "COPY to or from the client isn't supported");
  if (!inTransaction && client.getTransactionStatus() !== 'I')
    throw new ServiceError(
      'ValidationException',
      'A statement cannot open a transaction: call BeginTransaction',
    );
}

/** `INSERT 0 3` → 3. A SELECT updates nothing, and so does everything without a count. */
function recordsUpdated(commandTag: string): number {
  const count = /^(?:INSERT \d+|UPDATE|DELETE|MERGE) (\d+)$/.exec(commandTag)?.[1];
  return count === undefined ? 0 : Number(count);
}
