import type { Client, Connection, PoolClient, Submittable } from 'pg';
import type { ResultLimits } from '../result-limits.ts';
import type { BoundValue } from './bind-value.ts';

/** A result column as the server describes it. `tableOid` is 0 for an expression. */
export interface ResultColumn {
  readonly label: string;
  readonly typeOid: number;
  readonly typeModifier: number;
  readonly tableOid: number;
  readonly columnNumber: number;
}

export type ResultRow = readonly (string | null)[];

export interface StatementOutcome {
  /** Absent when the statement returns no rows at all (DDL, DML without RETURNING). */
  readonly columns?: readonly ResultColumn[];
  /** Values in PostgreSQL's text form. Cut short when `oversized`. */
  readonly rows: readonly ResultRow[];
  /** `INSERT 0 3`, `SELECT 10`; empty for an empty statement. */
  readonly commandTag: string;
  readonly oversized?: 'row' | 'response';
}

/** Its text form is hexadecimal: two characters for a byte. */
const BYTEA = 17;

/** The wire as `pg` speaks it today; its published types describe an older one. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  parse(message: { text: string; name: string; types: readonly number[] }): void;
  bind(message: { values: readonly (string | Buffer | null)[] }): void;
  describe(message: { type: 'P'; name: string }): void;
  execute(message: Record<string, never>): void;
  sync(): void;
  sendCopyFail(message: string): void;
}

interface FieldMessage {
  readonly name: string;
  readonly dataTypeID: number;
  readonly dataTypeModifier: number;
  readonly tableID: number;
  readonly columnID: number;
}

function wireOf(connection: object): Wire {
  if (!isWire(connection))
    throw new Error('this version of pg speaks to the server in a way that we do not know');
  return connection;
}

function isWire(connection: object): connection is Wire {
  const verbs = ['parse', 'bind', 'describe', 'execute', 'sync', 'sendCopyFail'];
  return 'stream' in connection && verbs.every((verb) => typeof Reflect.get(connection, verb) === 'function');
}

/**
 * Runs one statement over the extended protocol with declared parameter types, which `client.query` cannot do.
 * Rejects with the server's DatabaseError, or with the connection's error when it breaks.
 */
export function runStatement(
  client: Client | PoolClient,
  text: string,
  values: readonly BoundValue[],
  limits: ResultLimits,
): Promise<StatementOutcome> {
  return new Promise((resolve, reject) => {
    client.query(new StatementRun(text, values, limits, resolve, reject));
  });
}

class StatementRun implements Submittable {
  #columns: readonly ResultColumn[] | undefined;
  #rows: ResultRow[] = [];
  #bytes = 0;
  #oversized: 'row' | 'response' | undefined;
  #commandTag = '';
  #failed: Error | undefined;

  constructor(
    readonly text: string,
    readonly values: readonly BoundValue[],
    readonly limits: ResultLimits,
    readonly resolve: (outcome: StatementOutcome) => void,
    readonly reject: (error: Error) => void,
  ) {}

  submit(connection: Connection): void {
    const wire = wireOf(connection);
    // One packet for the whole exchange: five small writes would cost five wake-ups of the server.
    wire.stream.cork();
    try {
      wire.parse({ text: this.text, name: '', types: this.values.map((value) => value.typeOid) });
      wire.bind({ values: this.values.map((value) => value.value) });
      wire.describe({ type: 'P', name: '' });
      wire.execute({});
      wire.sync();
    } finally {
      wire.stream.uncork();
    }
  }

  handleRowDescription(message: { readonly fields: readonly FieldMessage[] }): void {
    this.#columns = message.fields.map((field) => ({
      label: field.name,
      typeOid: field.dataTypeID,
      typeModifier: field.dataTypeModifier,
      tableOid: field.tableID,
      columnNumber: field.columnID,
    }));
  }

  handleDataRow(message: { readonly fields: ResultRow }): void {
    if (this.#oversized !== undefined) return;
    let rowBytes = 0;
    message.fields.forEach((value, index) => {
      const bytes = value === null ? 0 : Buffer.byteLength(value);
      rowBytes += this.#columns?.[index]?.typeOid === BYTEA ? bytes / 2 : bytes;
    });
    this.#bytes += rowBytes;
    if (rowBytes > this.limits.rowBytes) this.#oversized = 'row';
    else if (this.#bytes > this.limits.responseBytes) this.#oversized = 'response';
    if (this.#oversized === undefined) this.#rows.push(message.fields);
    else this.#rows = [];
  }

  handleCommandComplete(message: { readonly text: string }): void {
    this.#commandTag = message.text;
  }

  handleReadyForQuery(): void {
    if (this.#failed !== undefined) return this.reject(this.#failed);
    this.resolve({
      rows: this.#rows,
      commandTag: this.#commandTag,
      ...(this.#columns !== undefined && { columns: this.#columns }),
      ...(this.#oversized !== undefined && { oversized: this.#oversized }),
    });
  }

  handleError(error: Error): void {
    this.#failed = error;
    this.reject(error);
  }

  handleCopyInResponse(connection: Connection): void {
    const wire = wireOf(connection);
    wire.sendCopyFail('COPY FROM STDIN has no place in the Data API');
    // The server swallowed our first Sync while it waited for data.
    wire.sync();
  }

  /** COPY TO STDOUT: the tag tells the caller, which refuses. */
  handleCopyData(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
}
