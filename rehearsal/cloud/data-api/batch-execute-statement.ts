import { bindParameters } from './bind-value.ts';
import { refuseWhatTheServiceCannot } from './execute-statement.ts';
import type { RequestOf } from './requests.ts';
import { preparedSql, runCall, type Service } from './service.ts';
import { runStatement, type ResultLimits } from './statement-run.ts';

/** Rows are not returned, hence not limited. */
const UNLIMITED: ResultLimits = { rowBytes: Infinity, responseBytes: Infinity };

/**
 * One statement for every parameter set, in order. Without a transaction each set commits by itself, the worse of what
 * the service might do: when the third fails, two stay written.
 */
export async function batchExecuteStatement(
  service: Service,
  request: RequestOf<'BatchExecuteStatement'>,
): Promise<string> {
  const { text, names } = preparedSql(request.sql);
  const sets = (request.parameterSets ?? [[]]).map((set) => bindParameters(names, set));
  await runCall(service, request, async ({ client }) => {
    for (const values of sets) {
      const outcome = await runStatement(client, text, values, UNLIMITED);
      refuseWhatTheServiceCannot(client, outcome, request.transactionId !== undefined);
    }
  });
  return JSON.stringify({ updateResults: sets.map(() => ({ generatedFields: [] })) });
}
