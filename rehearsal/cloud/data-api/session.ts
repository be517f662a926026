import type { RequestOf } from './requests.ts';
import type { ServiceError } from './service-error.ts';

/** One connection to a database, lent to one call or to one transaction. What one engine does differently lies behind it. */
export interface Session {
  /** The number of its process or thread; the service calls it dbConnectionId. */
  readonly processId: number;
  /** Whether a transaction is open: statements can end one, and DDL of MySQL does. */
  inTransaction(): boolean;
  begin(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  /** Runs one statement; resolves to the response's body. Rejects with ServiceError, or with the driver's error. */
  execute(request: RequestOf<'ExecuteStatement'>): Promise<string>;
  /** Runs it for every parameter set, in order. */
  executeBatch(request: RequestOf<'BatchExecuteStatement'>): Promise<string>;
  /** What the caller is told about an error that `execute` gave. */
  explain(error: unknown): ServiceError;
  /** Cancels what is running at this moment. Resolves when the server has been told. */
  cancel(): Promise<void>;
  /** Gives the connection back with nothing of the call's left in it, or closes it. Never rejects. */
  release(): Promise<void>;
}

/** Connections to one database under one limit. */
export interface Sessions {
  /** Waits while all connections are busy. Throws DatabaseErrorException or DatabaseUnavailableException. */
  session(): Promise<Session>;
  /** Ends idle connections, and cuts those where a statement still runs. */
  end(): Promise<void>;
}
