import * as z from 'zod';
import { one, type Database } from '../database/database.ts';
import type { Collected, GateDecision } from '../evidence/evidence.ts';
import type { Claim } from './ledger.ts';
import type { PhaseName } from '../plan/plan.ts';
import type { GateName } from '../spec/spec.ts';

const pass = z.object({
  rows: z.number(),
  mismatches: z.number(),
  finished: z.boolean(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  ageSeconds: z.number(),
  lastRepairAt: z.string().nullable(),
});
/** A walk that compares, and when one that writes has last written. Times are ISO 8601 in UTC, by the database's clock. */
export type Pass = z.infer<typeof pass>;

/** An approval as the ledger keeps it: by whom, why, and over which evidence. */
export interface RecordedDecision extends GateDecision {
  readonly gate: GateName;
  /** Hash of the evidence that the gate showed; `evidence` is the one that the decision names, where it does. */
  readonly hash: string;
}

/** What gates read from the ledger and write into its audit. */
export class GateRecord {
  constructor(private readonly database: Database) {}

  async pass(migration: string, walk: string): Promise<Pass> {
    return one(
      this.database,
      { text: this.database.dialect.ledger.gates.pass, parameters: { migration, walk } },
      pass,
    );
  }

  /** When a phase was entered first in this epoch, and how many seconds ago; null where it was not. */
  async enteredAt(
    { migration, epoch }: Claim,
    phase: PhaseName,
  ): Promise<{ readonly at: string; readonly seconds: number } | null> {
    const entered = z.object({ at: z.string().nullable(), seconds: z.number().nullable() });
    const parameters = { migration, epoch, phase };
    const { at, seconds } = await one(
      this.database,
      { text: this.database.dialect.ledger.gates.enteredAt, parameters },
      entered,
    );
    return at === null || seconds === null ? null : { at, seconds };
  }

  /** An older epoch's is not written. */
  async keepEvidence(claim: Claim, evidence: Collected): Promise<void> {
    await this.keep('evidence', claim, evidence);
  }

  /** A decision is kept once, however often it comes. */
  async keepDecision(claim: Claim, decision: RecordedDecision): Promise<void> {
    await this.keep('decided', claim, decision);
  }

  /** A refusal that sent the migration back, with its reason; the hold has who decided. */
  async keepRejection(claim: Claim, gate: GateName, reason: string): Promise<void> {
    await this.keep('rejected', claim, { gate, decision: 'reject', reason });
  }

  private async keep(
    what: 'evidence' | 'decided' | 'rejected',
    claim: Claim,
    detail: unknown,
  ): Promise<void> {
    const { migration, epoch } = claim;
    const parameters = { migration, epoch, detail: JSON.stringify(detail) };
    await this.database.run({ text: this.database.dialect.ledger.gates[what], parameters });
  }
}
