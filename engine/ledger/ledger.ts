import * as z from 'zod';
import { one, type Database, type Parameter, type Statement } from '../database/database.ts';
import type { UnitPlace } from '../dialects/ledger-sql.ts';
import type { StateStatement } from '../dialects/ledger-sql.ts';
import { Fenced, OrderRefused, PreflightFailed } from '../database/errors.ts';
import type { Brief, PhaseName } from '../plan/plan.ts';
import type { TableName } from '../spec/table-name.ts';
import { Applied, appliedUnit } from './applied.ts';
import { refuseIfCompleted, type Claim, type ClaimEntry } from './claim.ts';
import { Journal } from './journal.ts';
import { ledgerStatus, migrationSummary, type MigrationSummary, type Status } from './summary.ts';
import {
  standingOrder,
  ordersInForce,
  usualPauseSeconds,
  steerAnswer,
  wordsOfRefusal,
  type GivenOrder,
  type StandingOrder,
  type OrdersInForce,
} from './standing-order.ts';
import { tableHolder, wordsOfHolder } from './table-holder.ts';
import { Walks } from './walks.ts';

export type { Claim } from './claim.ts';

const record = z.object({
  declaration: z.string(),
  plan: z.unknown(),
  settings: z.unknown(),
  epoch: z.number(),
  execution: z.string(),
  status: ledgerStatus,
  phase: z.string(),
  /** What a person has ordered and nobody has taken back. */
  standing: standingOrder.nullable(),
});
export type LedgerRecord = z.infer<typeof record>;

const over = ({ migration, epoch }: Claim): Fenced => new Fenced(`epoch ${epoch} of ${migration} is over`);

const parametersOf = ({ schema, name }: TableName) => ({ table_schema: schema, table_name: name });

/** What has been applied, how far, by whom: the schema `underpin` in the migrated database. */
export class Ledger {
  readonly walks: Walks;
  readonly journal: Journal;

  constructor(private readonly database: Database) {
    this.walks = new Walks(database);
    this.journal = new Journal(database);
  }

  /** Whether the database has a ledger. */
  async exists(): Promise<boolean> {
    return (await one(this.database, this.statement('exists', {}), z.object({ exists: z.boolean() }))).exists;
  }

  /** The record of a migration; undefined where there is none, or no ledger yet. */
  async find(migration: string): Promise<LedgerRecord | undefined> {
    if (!(await this.exists())) return undefined;
    const pieces = await this.database.rows(this.statement('find', { migration }), z.string());
    return pieces.length === 0 ? undefined : record.parse(JSON.parse(pieces.join('')));
  }

  /** The 200 migrations that moved last, newest first. */
  migrations(): Promise<readonly MigrationSummary[]> {
    return this.database.rows(this.statement('migrations', {}), migrationSummary);
  }

  /** How many migrations are under way. */
  async running(): Promise<number> {
    const counted = await one(this.database, this.statement('running', {}), z.object({ count: z.number() }));
    return counted.count;
  }

  /**
   * Takes the migration and its table with a new epoch, and stores what will be done; where a copy of the call was faster, it has. Raises
   * PreflightFailed when another migration has the table, and Fenced when another execution was faster.
   */
  async claim(entry: ClaimEntry): Promise<Claim> {
    return (await this.claimedBy(entry)).claim;
  }

  /** The same, but null where a copy of the call was faster, or the machine has gone on with an answer of one. */
  async claimAnew(entry: ClaimEntry): Promise<Claim | null> {
    const { claim, isNew } = await this.claimedBy(entry);
    return isNew ? claim : null;
  }

  private async claimedBy(entry: ClaimEntry): Promise<{ readonly claim: Claim; readonly isNew: boolean }> {
    const { migration, execution, plan } = entry;
    const parameters = {
      ...entry,
      ...parametersOf(plan.table),
      plan: JSON.stringify(plan),
      settings: JSON.stringify(entry.settings),
    };
    const [claimed] = await this.database.rows(
      this.statement('claim', parameters),
      z.object({ epoch: z.number() }),
    );
    if (claimed) return { claim: { migration, epoch: claimed.epoch }, isNew: true };
    await this.refuseIfHeld(migration, plan.table);
    const now = await this.find(migration);
    // By a copy of the same call, whose answer may be the one that is lost.
    if (now?.execution === execution) return { claim: { migration, epoch: now.epoch }, isNew: false };
    if (now) refuseIfCompleted(migration, now.status, await this.applied(migration));
    throw new Fenced(`${migration} was claimed by another execution at the same time`);
  }

  /** Ends the epoch of an execution's own workers and returns the next. Raises Fenced when another execution has it. */
  async fence(migration: string, execution: string): Promise<Claim> {
    const [fenced] = await this.database.rows(
      this.statement('fence', { migration, execution }),
      z.object({ epoch: z.number() }),
    );
    if (!fenced) throw new Fenced(`${migration} belongs to another execution now`);
    return { migration, epoch: fenced.epoch };
  }

  /**
   * Writes down a person's order, and gives the one that stood before and the epoch that it is given to. One after the
   * other: of two people at once the later one's stands. Raises OrderRefused where it cannot be carried out.
   */
  async setOrder(
    given: GivenOrder,
  ): Promise<{ readonly was: StandingOrder['order'] | null; readonly epoch: number }> {
    const { migration } = given;
    if (!(await this.exists()))
      throw new OrderRefused(
        `there is no ledger in this database: no migration was ever started, ${migration} neither`,
      );
    const { order, reason, by, forSeconds, dutyCycle } = given;
    const parameters = {
      migration,
      order,
      reason,
      by,
      for_seconds: forSeconds ?? usualPauseSeconds,
      duty_cycle: dutyCycle ?? null,
    };
    const answer = await one(this.database, this.statement('steer', parameters), steerAnswer);
    if (answer.refused !== null) throw new OrderRefused(wordsOfRefusal(given, answer));
    if (answer.epoch === null) throw new Error(`an order was given to ${migration}, which nobody knows`);
    return { was: answer.was, epoch: answer.epoch };
  }

  /** What a person has ordered and nobody has taken back; null where nothing stands. */
  async order(migration: string): Promise<StandingOrder | null> {
    return (await this.ordersInForce(migration)).standing;
  }

  /** All that people have ordered and nobody has taken back. */
  async ordersInForce(migration: string): Promise<OrdersInForce> {
    const [found] = await this.database.rows(this.statement('ordersInForce', { migration }), ordersInForce);
    return found ?? { standing: null, pace: null };
  }

  async enterPhase(claim: Claim, phase: PhaseName): Promise<void> {
    const held = z.object({ held: z.number() });
    const answer = await one(this.database, this.statement('enterPhase', { ...claim, phase }), held);
    if (answer.held === 0) throw over(claim);
  }

  /**
   * Writes how a migration ended. Its table is free, unless something of it stands there; keys of rows are forgotten,
   * unless it failed and a person must look. Raises Fenced.
   */
  async close(claim: Claim, status: Exclude<Status, 'running'>): Promise<void> {
    const held = z.object({ held: z.boolean() });
    const answer = await one(this.database, this.statement('close', { ...claim, status, by: '' }), held);
    if (!answer.held) throw over(claim);
  }

  /** What stands of a migration. */
  async applied(migration: string): Promise<Applied> {
    return new Applied(await this.database.rows(this.statement('applied', { migration }), appliedUnit));
  }

  /** Runs a brief unit and its mark in one transaction; a second time it does nothing. */
  async runBrief(place: UnitPlace, unit: Brief, lockTimeoutMs: number): Promise<void> {
    await this.database.run(this.sql.brief(place, unit, lockTimeoutMs));
  }

  async mark(place: UnitPlace): Promise<void> {
    await one(this.database, this.statement('mark', { ...place }), z.object({ entered: z.boolean() }));
  }

  async forget(claim: Claim, phase: PhaseName): Promise<void> {
    await this.database.run(this.statement('forget', { ...claim, phase }));
  }

  /** Raises PreflightFailed where a table belongs to another migration, which it names. The ledger may not be there yet. */
  async refuseIfHeld(migration: string, table: TableName): Promise<void> {
    if (!(await this.exists())) return;
    const asked = this.statement('holder', { migration, ...parametersOf(table) });
    const [holder] = await this.database.rows(asked, tableHolder);
    if (holder) throw new PreflightFailed(wordsOfHolder(table, holder));
  }

  /** When a migration ended, as ISO 8601 in UTC; while it is under way, when it was last touched. */
  async endedAt(migration: string): Promise<string> {
    return (await one(this.database, this.statement('ended', { migration }), z.object({ at: z.string() })))
      .at;
  }

  /**
   * Whether a statement of this unit may be sent that runs on by itself: the number under which it is awaited, and null while
   * one of an older epoch may still arrive. Raises Fenced and Aborted.
   */
  async mayStart(place: UnitPlace): Promise<number | null> {
    const answer = z.object({ id: z.number().nullable() });
    return (await one(this.database, this.statement('mayStart', { ...place }), answer)).id;
  }

  /** It was answered, or was not sent: it will not arrive any more. */
  async answered(id: number): Promise<void> {
    await this.database.run(this.statement('answered', { id }));
  }

  /**
   * Cancels statements of a migration that run on by themselves in the database. True when none of an older epoch's for this
   * phase can arrive later.
   */
  async cancelOnline(claim: Claim, phase: PhaseName): Promise<boolean> {
    const asked = this.statement('cancelOnline', { ...claim, phase });
    const answer = z.object({ cancelled: z.number(), mayStillCome: z.boolean() });
    return !(await one(this.database, asked, answer)).mayStillCome;
  }

  private get sql() {
    return this.database.dialect.ledger;
  }

  private statement(name: StateStatement, parameters: Readonly<Record<string, unknown>>): Statement {
    const used: Record<string, Parameter> = {};
    for (const [key, value] of Object.entries(parameters))
      if (value === null || typeof value === 'string' || typeof value === 'number') used[key] = value;
    return { text: this.sql.state[name], parameters: used };
  }
}
