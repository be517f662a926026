import { randomBytes } from 'node:crypto';
import type { Session } from './session.ts';
import { ServiceError } from './service-error.ts';

/** Whom a transaction belongs to: a call with another cluster or secret does not find it. */
export interface TransactionOwner {
  readonly resourceArn: string;
  readonly secretArn: string;
}

export interface TransactionLimits {
  /** The service: 3 minutes without a call. */
  readonly idleMs: number;
  /** The service: 24 hours in all. */
  readonly totalMs: number;
}

const CAUSE = {
  expired: 'Transaction may be expired.',
  ended: 'One previous call resulted in a termination of your transaction.',
  aborted: 'Transaction has been aborted due to an error from a previous call.',
} as const;

/** How many ended transactions keep their cause; of older ones the caller hears "may be expired". */
const REMEMBERED = 1_000;

interface Ended {
  readonly cause: keyof typeof CAUSE;
  readonly owner: TransactionOwner;
}

interface OpenTransaction {
  readonly id: string;
  readonly owner: TransactionOwner;
  readonly database: string;
  readonly session: Session;
  readonly diesAt: number;
  busy: boolean;
  timer: NodeJS.Timeout | undefined;
}

export class Transactions {
  readonly #open = new Map<string, OpenTransaction>();
  readonly #ended = new Map<string, Ended>();
  readonly #limits: TransactionLimits;

  constructor(limits: TransactionLimits) {
    this.#limits = limits;
  }

  /** Takes a session on which BEGIN has run. */
  open(owner: TransactionOwner, database: string, session: Session): string {
    const id = randomBytes(96).toString('base64');
    const diesAt = Date.now() + this.#limits.totalMs;
    const transaction: OpenTransaction = {
      id,
      owner,
      database,
      session,
      diesAt,
      busy: false,
      timer: undefined,
    };
    this.#open.set(id, transaction);
    this.#watch(transaction);
    return id;
  }

  /**
   * The session of a transaction, for one call alone; `settle` must follow, however the call ends.
   * Throws TransactionNotFoundException, BadRequestException for a call that names another database than the
   * transaction's, or DatabaseErrorException while another call runs.
   */
  claim(id: string, caller: TransactionOwner & { readonly database?: string | undefined }): Session {
    const transaction = this.#open.get(id);
    if (transaction === undefined || !sameOwner(transaction.owner, caller)) throw this.#notFound(id);
    if (caller.database !== undefined && caller.database !== transaction.database) {
      throw new ServiceError('BadRequestException', 'Database name is not the same as transaction database');
    }
    if (transaction.busy)
      throw new ServiceError('DatabaseErrorException', 'Transaction is still running a query');
    clearTimeout(transaction.timer);
    transaction.busy = true;
    return transaction.session;
  }

  /** After a call: the transaction waits for the next one, or is over because the statement failed or ended it. */
  async settle(id: string, outcome: 'continues' | 'ended' | 'aborted'): Promise<void> {
    const transaction = this.#open.get(id);
    if (transaction === undefined) return;
    transaction.busy = false;
    if (outcome === 'continues') this.#watch(transaction);
    else await this.#end(transaction, outcome);
  }

  /**
   * Whether this is the rollback that a caller owes after an error: clients of the service send it in their error path and
   * expect it to succeed. Nothing is left to be rolled back; a second one does not find the transaction.
   */
  acknowledgesAbort(id: string, caller: TransactionOwner): boolean {
    const ended = this.#ended.get(id);
    if (ended?.cause !== 'aborted' || !sameOwner(ended.owner, caller)) return false;
    this.#ended.set(id, { ...ended, cause: 'ended' });
    return true;
  }

  /** Rolls back everything that is idle, and cuts off what is running. */
  async closeAll(): Promise<void> {
    await Promise.all(
      [...this.#open.values()].map(async (transaction) => {
        if (transaction.busy) await transaction.session.cancel().catch(() => {});
        await this.#end(transaction, 'aborted');
      }),
    );
  }

  #watch(transaction: OpenTransaction): void {
    const wait = Math.min(this.#limits.idleMs, Math.max(transaction.diesAt - Date.now(), 0));
    transaction.timer = setTimeout(() => void this.#end(transaction, 'expired'), wait);
    transaction.timer.unref();
  }

  async #end(transaction: OpenTransaction, cause: keyof typeof CAUSE): Promise<void> {
    clearTimeout(transaction.timer);
    this.#open.delete(transaction.id);
    this.#ended.set(transaction.id, { cause, owner: transaction.owner });
    for (const oldest of this.#ended.keys()) {
      if (this.#ended.size <= REMEMBERED) break;
      this.#ended.delete(oldest);
    }
    // Harmless when it has ended already. On a broken connection `release` closes it.
    await transaction.session.rollback().catch(() => {});
    await transaction.session.release();
  }

  #notFound(id: string): ServiceError {
    const cause = CAUSE[this.#ended.get(id)?.cause ?? 'expired'];
    return new ServiceError('TransactionNotFoundException', `Transaction ${id} isn't found. ${cause}`);
  }
}

function sameOwner(owner: TransactionOwner, caller: TransactionOwner): boolean {
  return owner.resourceArn === caller.resourceArn && owner.secretArn === caller.secretArn;
}
