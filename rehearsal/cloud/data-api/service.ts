import type { Clusters, DatabaseEndpoint } from './clusters.ts';
import { statementError } from './database-error.ts';
import { numberParameters, type PositionalSql } from './named-parameters.ts';
import { ServiceError } from './service-error.ts';
import type { Session } from './session-pool.ts';
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
  work: (session: Session, place: DatabaseEndpoint) => Promise<T>,
): Promise<T> {
  const place = service.clusters.place(target);
  const loan = await borrow(service, place, target);
  const running = work(loan.session, place);
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
    throw statementError(error);
  }
}

async function borrow({ transactions }: Service, place: DatabaseEndpoint, target: CallTarget): Promise<Loan> {
  const { transactionId: id } = target;
  if (id !== undefined) {
    const session = transactions.claim(id, target);
    return { session, giveBack: (failure) => transactions.settle(id, outcomeOf(session, failure)) };
  }
  const session = await place.pool.session();
  // Not awaited: the caller has its answer while the session is being cleaned.
  return { session, giveBack: async () => void session.release() };
}

/** A refusal of the service's own (a result type, say) leaves the transaction alive; an error of PostgreSQL ends it. */
function outcomeOf(session: Session, failure: unknown): 'continues' | 'ended' | 'aborted' {
  if (failure !== undefined && !(failure instanceof ServiceError)) return 'aborted';
  return session.client.getTransactionStatus() === 'I' ? 'ended' : 'continues';
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

const REMEMBERED_STATEMENTS = 500;
const remembered = new Map<string, PositionalSql>();

/** A backfill sends the same text thousands of times: it is scanned once. Throws ValidationException. */
export function preparedSql(sql: string): PositionalSql {
  const known = remembered.get(sql);
  if (known !== undefined) return known;
  // PostgreSQL's protocol ends a statement at the first NUL: the rest would vanish without a word.
  if (sql.includes('\0'))
    throw new ServiceError('ValidationException', 'The statement contains a NUL character');
  const prepared = numberParameters(sql);
  if (remembered.size >= REMEMBERED_STATEMENTS) remembered.clear();
  remembered.set(sql, prepared);
  return prepared;
}
