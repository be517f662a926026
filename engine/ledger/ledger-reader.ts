import { progress } from './ledger.ts';
import * as z from 'zod';
import { one, type Database } from '../database/database.ts';
import {
  ledgerEvent,
  migrationDetails,
  migrationSummary,
  type LedgerEvent,
  type MigrationDetails,
  type MigrationSummary,
  type PhaseVisit,
} from './description.ts';
import type { Question } from '../dialects/ledger-sql.ts';
import { visitsOf } from '../plan/phase-visits.ts';

const { verification, failure } = migrationDetails.shape;
const entry = z.object({
  what: z.string(),
  at: z.string(),
  phase: z.string().nullable(),
  gate: z.string().nullable(),
});

type Read = Pick<MigrationDetails, 'visits' | 'backfill' | 'verification' | 'failure' | 'events' | 'audit'>;

/** The ledger as people read it: it writes nothing and takes no lock. The database must have a ledger. */
export class LedgerReader {
  constructor(private readonly database: Database) {}

  /** The 200 migrations that moved last, newest first. */
  migrations(): Promise<readonly MigrationSummary[]> {
    return this.database.rows({ text: this.database.dialect.ledger.people.migrations }, migrationSummary);
  }

  /** How far one migration is, and what has happened to it. */
  async read(migration: string): Promise<Read> {
    return {
      visits: await this.visits(migration),
      backfill: await one(this.database, this.asked('backfill', migration), progress),
      verification: (await this.first('verification', migration, verification.unwrap())) ?? null,
      failure: (await this.first('failure', migration, failure.unwrap())) ?? null,
      events: [...(await this.events(migration))],
      audit: (await this.first('audit', migration, ledgerEvent)) ?? null,
    };
  }

  private events(migration: string): Promise<readonly LedgerEvent[]> {
    return this.database.rows(this.asked('events', migration), ledgerEvent);
  }

  private async visits(migration: string): Promise<PhaseVisit[]> {
    return visitsOf(await this.database.rows(this.asked('visits', migration), entry));
  }

  private async first<T>(question: Question, migration: string, row: z.ZodType<T>): Promise<T | undefined> {
    return (await this.database.rows(this.asked(question, migration), row))[0];
  }

  private asked(question: Question, migration: string) {
    return { text: this.database.dialect.ledger.people[question], parameters: { migration } };
  }
}
