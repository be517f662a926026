import * as z from 'zod';
import type { Settings } from '../plan/settings.ts';
import type { TableName } from '../spec/table-name.ts';

/** The limits of a migration's workers. */
export type Throttle = Settings['guardrails']['throttle'];

/** What an engine is asked to read: a signal without a limit costs nothing. */
export interface HealthAsked {
  readonly throttle: Throttle;
  /** The table that is migrated. */
  readonly table: TableName;
}

/**
 * What one look at a signal gave: a number; null where nothing of the kind is there, which is healthy; why it cannot be read;
 * a number with a limit that the database knows; or two counters that only ever grow, whose differences make the number.
 */
const reading = z.union([
  z.number(),
  z.null(),
  z.object({ hidden: z.string() }),
  z.object({ value: z.number(), limit: z.number(), note: z.string().nullish() }),
  z.object({ sum: z.number(), per: z.number() }),
]);
export type Reading = Readonly<z.infer<typeof reading>>;

/** Signals of a database's health, as far as they were asked for. */
export const healthFacts = z.object({
  /** Sessions that wait for a lock. */
  blockedSessions: reading.optional(),
  /** The lag of the slowest replica, in milliseconds. */
  replicaLag: reading.optional(),
  /** Sessions at work, this look's own left out. */
  activeSessions: reading.optional(),
  /** Statements of clients that have run for more than ten seconds. */
  slowStatements: reading.optional(),
  /** Milliseconds for a commit that waited. */
  commitLatency: reading.optional(),
  /** Dead rows, with how many there may be. */
  deadRows: reading.optional(),
  /** Bytes of log in a second. */
  logRate: reading.optional(),
  /** Bytes of log that the slowest replication slot holds back. */
  heldLog: reading.optional(),
  /** Transactions whose row versions nobody has purged. */
  historyList: reading.optional(),
});
export type HealthFacts = Readonly<z.infer<typeof healthFacts>>;
export type SignalName = keyof HealthFacts;
