import type { Database } from '../../engine/database/database.ts';
import type { Ledger } from '../../engine/ledger/ledger.ts';
import type { Guardrails } from './guardrails.ts';
import type { Holds } from './holds.ts';
import type { MetricHistory } from './metric-history.ts';
import type { ReadFlag } from './read-flag.ts';

/**
 * What tasks work with. Nobody has all of it: a handler names what it uses (`uses: { ledger, guardrails }`) and imports how
 * that is made, so that its bundle holds the clients of the services that it calls, and no other.
 */
export interface Tools {
  readonly database: Database;
  readonly ledger: Ledger;
  readonly readFlag: ReadFlag;
  readonly guardrails: Guardrails;
  readonly metricHistory: MetricHistory;
  readonly holds: Holds;
  /** The CloudWatch namespace in which the application reports. */
  readonly applicationNamespace: string;
  /** Milliseconds that this invocation may still work before it must hand over to the next. */
  readonly remainingMs: () => number;
}

/** How each tool is made. */
export type Makers = Readonly<Record<string, () => unknown>>;

export type Made<U extends Makers> = Pick<Tools, 'remainingMs'> & {
  readonly [K in keyof U]: ReturnType<U[K]>;
};
