import type { RequestOf } from './requests.ts';
import { runCall, type Service } from './service.ts';

export async function beginTransaction(
  { clusters, transactions }: Service,
  request: RequestOf<'BeginTransaction'>,
): Promise<string> {
  const { sessions, database } = clusters.place(request);
  const session = await sessions.session();
  try {
    await session.begin();
  } catch (error) {
    await session.release();
    throw session.explain(error);
  }
  return JSON.stringify({ transactionId: transactions.open(request, database, session) });
}

// The session is outside a transaction afterwards: `runCall` sees that and lets the transaction go.
export async function commitTransaction(
  service: Service,
  request: RequestOf<'CommitTransaction'>,
): Promise<string> {
  await runCall(service, request, (session) => session.commit());
  return JSON.stringify({ transactionStatus: 'Transaction Committed' });
}

export async function rollbackTransaction(
  service: Service,
  request: RequestOf<'RollbackTransaction'>,
): Promise<string> {
  if (!service.transactions.acknowledgesAbort(request.transactionId, request))
    await runCall(service, request, (session) => session.rollback());
  return JSON.stringify({ transactionStatus: 'Rollback Complete' });
}
