import { statementError } from './database-error.ts';
import type { RequestOf } from './requests.ts';
import { runCall, type Service } from './service.ts';

export async function beginTransaction(
  { clusters, transactions }: Service,
  request: RequestOf<'BeginTransaction'>,
): Promise<string> {
  const { pool, database } = clusters.place(request);
  const session = await pool.session();
  try {
    await session.client.query('BEGIN');
  } catch (error) {
    await session.release();
    throw statementError(error);
  }
  return JSON.stringify({ transactionId: transactions.open(request, database, session) });
}

export async function commitTransaction(
  service: Service,
  request: RequestOf<'CommitTransaction'>,
): Promise<string> {
  await endTransaction(service, request, 'COMMIT');
  return JSON.stringify({ transactionStatus: 'Transaction Committed' });
}

export async function rollbackTransaction(
  service: Service,
  request: RequestOf<'RollbackTransaction'>,
): Promise<string> {
  await endTransaction(service, request, 'ROLLBACK');
  return JSON.stringify({ transactionStatus: 'Rollback Complete' });
}

/** The session is outside a transaction afterwards: `runCall` sees that and lets the transaction go. */
async function endTransaction(
  service: Service,
  request: RequestOf<'CommitTransaction'>,
  sql: 'COMMIT' | 'ROLLBACK',
): Promise<void> {
  await runCall(service, request, ({ client }) => client.query(sql));
}
