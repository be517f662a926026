import type { TableName } from '../../engine/spec/table-name.ts';

/** Traffic cannot be sent to a table. Says why and what would help. */
export class TrafficError extends Error {
  override readonly name = 'TrafficError';

  constructor(table: TableName, fact: string, remedy: string) {
    super(`No traffic can be sent to ${table.schema}.${table.name}: ${fact}. Instead: ${remedy}.`);
  }
}

export const noRows = (table: TableName): TrafficError =>
  new TrafficError(
    table,
    'it holds no rows',
    'give --rows N to have rows made up, or a copy that holds some',
  );
