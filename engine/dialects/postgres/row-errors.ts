import { hiddenRowsState } from './every-row-seen.ts';

/**
 * What a row's own data cannot be blamed for: the transaction, the session or the server is in trouble, and passes it on.
 * The one list for the triggers, by the names of plpgsql, and for the workers, by SQLSTATE. Everything else that a
 * conversion raises is about the row that it was given, whatever the class: a function may raise any state.
 * Not here on purpose: XX000, which extensions raise for values that they cannot read, and 54000, which a value can reach.
 */
const passing: readonly { readonly condition: string; readonly states: string }[] = [
  { condition: 'connection_exception', states: '08' },
  { condition: 'read_only_sql_transaction', states: '25006' },
  { condition: 'transaction_rollback', states: '40' },
  { condition: 'insufficient_resources', states: '53' },
  { condition: 'lock_not_available', states: '55P03' },
  { condition: 'operator_intervention', states: '57' },
  { condition: 'system_error', states: '58' },
  { condition: 'data_corrupted', states: 'XX001' },
  { condition: 'index_corrupted', states: 'XX002' },
];

export const isAboutRow = (sqlState: string): boolean =>
  sqlState !== hiddenRowsState && !passing.some(({ states }) => sqlState.startsWith(states));

/** A plpgsql block that goes another way where the row's data refuses a statement. */
export const unlessRefused = (
  statement: readonly string[],
  otherwise: readonly string[],
): readonly string[] => [
  'BEGIN',
  ...statement.map((line) => `  ${line}`),
  'EXCEPTION',
  `  WHEN ${passing.map(({ condition }) => condition).join(' OR ')} THEN`,
  '    RAISE;',
  '  WHEN OTHERS OR assert_failure THEN',
  ...otherwise.map((line) => `    ${line}`),
  'END;',
];
