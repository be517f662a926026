import type { Database } from '../../engine/database/database.ts';
import type { Ledger } from '../../engine/ledger/ledger.ts';
import type { Guardrails } from './guardrails.ts';
import type { Gates } from './gates.ts';
import type { Holds } from './holds.ts';
import type { MetricHistory } from './metric-history.ts';
import type { ReadFlag } from './read-flag.ts';
import type { AskTarget, Target } from './targets.ts';

/**
 * What tasks work with. Nobody has all of it: a handler names what it uses (`uses: { ledger, guardrails }`) and imports how
 * that is made, so that its bundle holds the clients of the services that it calls, and no other.
 */
export interface Tools {
  /** The target that an invocation is about; all other tools are made for it. */
  readonly target: Target;
  readonly database: Database;
  readonly ledger: Ledger;
  readonly readFlag: ReadFlag;
  readonly guardrails: Guardrails;
  readonly metricHistory: MetricHistory;
  readonly gates: Gates;
  readonly holds: Holds;
  /** The CloudWatch namespace in which the application reports. */
  readonly applicationNamespace: string;
  /** Milliseconds that this invocation may still work before it must hand over to the next. */
  readonly remainingMs: () => number;
}

/** How a tool is made, for the target of an invocation. */
interface Maker {
  (ask: AskTarget): unknown;
  /** Loads what it is made of. */
  readonly prepare?: (ask: AskTarget) => Promise<void>;
}
export type Makers = Readonly<Record<string, Maker>>;

export type Made<U extends Makers> = Pick<Tools, 'remainingMs' | 'target'> & {
  readonly [K in keyof U]: ReturnType<U[K]>;
};
