import * as z from 'zod';
import type { Audit } from '../audit/audited.ts';
import { one, type Database, type Parameter } from '../database/database.ts';
import type { JournalStatement } from '../dialects/ledger-sql.ts';
import type { CollectedEvidence, GateDecision } from '../evidence/evidence.ts';
import { visitsOf, type PhaseVisit } from '../plan/phase-visits.ts';
import type { PhaseName } from '../plan/plan.ts';
import type { GateName } from '../plan/settings.ts';
import type { Claim } from './claim.ts';

/** Times are ISO 8601 in UTC, by the database's clock. */
export const ledgerEvent = z.object({
  id: z.number(),
  what: z.string(),
  at: z.string(),
  epoch: z.number(),
  detail: z.unknown(),
});
export type LedgerEvent = Readonly<z.infer<typeof ledgerEvent>>;

const entry = z.object({
  what: z.string(),
  at: z.string(),
  phase: z.string().nullable(),
  gate: z.string().nullable(),
});
const note = z.object({ says: z.string() });
export const workerFailure = z.object({ reason: z.string(), at: z.string() });

/** An approval as the ledger keeps it: by whom, why, and over which evidence. */
export interface RecordedDecision extends GateDecision {
  readonly gate: GateName;
  /** Hash of the evidence that the gate showed; `evidence` is the one that the decision names, where it does. */
  readonly hash: string;
}

/** A person's answer that came too late: by whom, when, why, and what was faster. */
export interface OvertakenDecision {
  readonly gate: string;
  readonly decision: 'approve' | 'reject';
  readonly reason: string;
  readonly decidedBy: string;
  readonly decidedAt: string;
  readonly hash: string;
  readonly overtakenBy: string;
}

/** What happened to migrations, in order: the ledger's events. */
export class Journal {
  constructor(private readonly database: Database) {}

  /** All events of an execution, from its claim on, oldest first. */
  async since(migration: string, execution: string): Promise<readonly LedgerEvent[]> {
    // An answer of the Data API holds 1 MiB, and evidence can be long.
    const events: LedgerEvent[] = [];
    for (;;) {
      const after = events.at(-1)?.id ?? 0;
      const page = await this.asked('since', { migration, execution, after }, ledgerEvent);
      if (page.length === 0) return events;
      events.push(...page);
    }
  }

  /** The 20 newest events, newest first. */
  latest(migration: string): Promise<readonly LedgerEvent[]> {
    return this.asked('latest', { migration }, ledgerEvent);
  }

  async lastAudit(migration: string): Promise<LedgerEvent | null> {
    return (await this.asked('lastAudit', { migration }, ledgerEvent))[0] ?? null;
  }

  /** The phases that the latest start went through. */
  async visits(migration: string): Promise<readonly PhaseVisit[]> {
    return visitsOf(await this.asked('visits', { migration }, entry));
  }

  /** Why a worker of the latest start gave up; null where none did. */
  async lastFailure(migration: string): Promise<Readonly<z.infer<typeof workerFailure>> | null> {
    return (await this.asked('lastFailure', { migration }, workerFailure))[0] ?? null;
  }

  /** When a phase was entered first in this epoch, and how many seconds ago; null where it was not. */
  async enteredAt(
    { migration, epoch }: Claim,
    phase: PhaseName,
  ): Promise<{ readonly at: string; readonly seconds: number } | null> {
    const entered = z.object({ at: z.string().nullable(), seconds: z.number().nullable() });
    const parameters = { migration, epoch, phase };
    const { at, seconds } = await one(this.database, { text: this.sql.enteredAt, parameters }, entered);
    return at === null || seconds === null ? null : { at, seconds };
  }

  /** An older epoch's is not written. */
  async keepEvidence(claim: Claim, evidence: CollectedEvidence): Promise<void> {
    await this.keep('evidence', claim, evidence);
  }

  /** A decision is kept once, however often it comes. */
  async keepDecision(claim: Claim, decision: RecordedDecision): Promise<void> {
    await this.keep('decision', claim, decision);
  }

  /** A refusal that sent the migration back, with its reason. */
  async keepRejection(claim: Claim, gate: GateName, reason: string): Promise<void> {
    await this.keep('rejection', claim, { gate, decision: 'reject', reason });
  }

  /** An answer that a gate was not opened or shut by; kept once, and not where it did open one. */
  async keepOvertaken(claim: Claim, decision: OvertakenDecision): Promise<void> {
    await this.keep('decision', claim, decision);
  }

  /** Keeps what the audit at the end has found, for whoever asks later. */
  async keepAudit(claim: Claim, audit: Audit): Promise<void> {
    await this.keep('audit', claim, audit);
  }

  /** Keeps what people should know of a way back besides its reason. */
  async keepNote(claim: Claim, says: string): Promise<void> {
    await this.keep('note', claim, { says });
  }

  /** Whether one of the newest events is this note, of this epoch. */
  async hasNoted({ migration, epoch }: Claim, says: string): Promise<boolean> {
    const events = await this.latest(migration);
    return events.some(
      (each) =>
        each.what === 'noted' && each.epoch === epoch && note.safeParse(each.detail).data?.says === says,
    );
  }

  /** Notes why a worker gave up, for the people who are notified of the rollback. */
  async noteFailure({ migration, epoch }: Claim, reason: string): Promise<void> {
    const parameters = { migration, epoch, reason };
    await this.database.run({ text: this.sql.failure, parameters });
  }

  private async keep(what: JournalStatement, { migration, epoch }: Claim, detail: unknown): Promise<void> {
    const parameters = { migration, epoch, detail: JSON.stringify(detail) };
    await this.database.run({ text: this.sql[what], parameters });
  }

  private asked<T>(
    name: JournalStatement,
    parameters: Readonly<Record<string, Parameter>>,
    row: z.ZodType<T>,
  ): Promise<readonly T[]> {
    return this.database.rows({ text: this.sql[name], parameters }, row);
  }

  private get sql() {
    return this.database.dialect.ledger.journal;
  }
}
