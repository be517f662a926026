import type { Clusters, DatabaseEndpoint } from './clusters.ts';
import { ServiceError } from './service-error.ts';
import type { Session } from './session.ts';
import type { Transactions } from './transactions.ts';

/** What all operations share. */
export interface Service {
  readonly clusters: Clusters;
  readonly transactions: Transactions;
  /** The service: 45 s. */
  readonly statementTimeoutMs: number;
}

/** The part of a request that says where and how it runs. */
export interface CallTarget {
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly database?: string | undefined;
  readonly transactionId?: string | undefined;
  readonly continueAfterTimeout?: boolean | undefined;
}

/** A session lent for one call. `giveBack` must follow when the statement has ended, whatever the caller was told. */
interface Loan {
  readonly session: Session;
  giveBack(failure: unknown): Promise<void>;
}

/** A cancelled statement that does not die (in a C function, say) must not keep its caller waiting. */
const CANCEL_PATIENCE_MS = 5_000;

/**
 * Runs `work` on the session of the call's transaction, or on one of its own that commits by itself, within the
 * service's time. Rejects with a ServiceError.
 */
export async function runCall<T>(
  service: Service,
  target: CallTarget,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const place = service.clusters.place(target);
  const loan = await borrow(service, place, target);
  const running = work(loan.session);
  const ended = running.then(
    () => loan.giveBack(undefined),
    (failure: unknown) => loan.giveBack(failure),
  );
  if (!(await endsWithin(ended, service.statementTimeoutMs))) {
    if (target.continueAfterTimeout !== true) await cancel(loan.session, ended);
    throw new ServiceError('StatementTimeoutException', 'Request timed out', loan.session.processId);
  }
  try {
    return await running;
  } catch (error) {
    throw loan.session.explain(error);
  }
}

async function borrow({ transactions }: Service, place: DatabaseEndpoint, target: CallTarget): Promise<Loan> {
  const { transactionId: id } = target;
  if (id !== undefined) {
    const session = transactions.claim(id, target);
    return { session, giveBack: (failure) => transactions.settle(id, outcomeOf(session, failure)) };
  }
  const session = await place.sessions.session();
  // Not awaited: the caller has its answer while the session is being cleaned.
  return { session, giveBack: async () => void session.release() };
}

/** A refusal of the service's own (a result type, say) leaves the transaction alive; an error of the database ends it. */
function outcomeOf(session: Session, failure: unknown): 'continues' | 'ended' | 'aborted' {
  if (failure !== undefined && !(failure instanceof ServiceError)) return 'aborted';
  return session.inTransaction() ? 'continues' : 'ended';
}

async function cancel(session: Session, ended: Promise<void>): Promise<void> {
  await session.cancel().catch(() => {});
  await endsWithin(ended, CANCEL_PATIENCE_MS);
}

async function endsWithin(ended: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const inTime = await Promise.race([ended.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}
