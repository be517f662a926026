import * as z from 'zod';
import type { Database } from '../database/database.ts';

const event = z.object({ id: z.number(), at: z.string(), what: z.string(), detail: z.unknown() });
const walk = z.object({
  walk: z.string(),
  from: z.string(),
  to: z.string(),
  rows: z.number(),
  changed: z.number(),
  batches: z.number(),
  finished: z.boolean(),
});
const unit = z.object({ phase: z.string(), unit: z.string(), at: z.string() });

export type LedgerEvent = z.infer<typeof event>;
/** A backfill, a comparison or a repair: its shards together. */
export type LedgerWalk = z.infer<typeof walk>;
export type AppliedUnit = z.infer<typeof unit>;

/** What the ledger tells of one execution of a migration; times in ISO 8601, UTC. */
export interface Account {
  /** Oldest first, from the execution's claim on. */
  readonly events: readonly LedgerEvent[];
  readonly walks: readonly LedgerWalk[];
  /** The units that stand now. */
  readonly units: readonly AppliedUnit[];
}

/** Reads the account of an execution. The database must have a ledger. */
export async function accountOf(database: Database, migration: string, execution: string): Promise<Account> {
  const of = { migration };
  return {
    events: await eventsOf(database, migration, execution),
    walks: await database.rows({ text: database.dialect.ledger.account.walks, parameters: of }, walk),
    units: await database.rows({ text: database.dialect.ledger.account.units, parameters: of }, unit),
  };
}

// An answer of the Data API holds 1 MiB, and evidence can be long.
async function eventsOf(
  database: Database,
  migration: string,
  execution: string,
): Promise<readonly LedgerEvent[]> {
  const found: LedgerEvent[] = [];
  for (;;) {
    const after = found.at(-1)?.id ?? 0;
    const parameters = { migration, execution, after };
    const page = await database.rows({ text: database.dialect.ledger.account.events, parameters }, event);
    if (page.length === 0) return found;
    found.push(...page);
  }
}
