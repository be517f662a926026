import * as z from 'zod';
import {
  callsSince,
  callsSoFar,
  countersTrouble,
  findCounters,
  noteCounters,
  noteToCountFrom,
} from '../statement-counters.ts';
import { readServer } from '../server.ts';
import { one, type Database } from '../../../database/database.ts';
import type { Claim } from '../../../ledger/ledger.ts';
import type { UsedColumns } from '../../usage.ts';

const counters = z.object({
  schema: z.string(),
  loaded: z.boolean(),
  track: z.string(),
  info: z.boolean(),
  readers: z.number(),
  version: z.number(),
});
const called = z.object({
  key: z.string(),
  queryId: z.string(),
  role: z.string(),
  calls: z.number(),
  text: z.string().nullable(),
  isWhole: z.boolean(),
});
/** A statement that was called since the note, and how often. */
export type CalledStatement = z.infer<typeof called>;

// A plan is waited for: so many statements about one table are parsed, and no more.
const mostLookedAt = 1000;

/** PostgreSQL 18 counts a statement by the names of its tables, and before that by their numbers. */
const byNameSince = 180_000;

export interface StatementCounts {
  readonly since: string;
  /** Instances whose statements are counted elsewhere. */
  readonly readers: number;
  /** Two statements are two where they differ in the schemas of their tables alone. */
  readonly bySchema: boolean;
  readonly statements: readonly CalledStatement[];
}

/** pg_stat_statements, over the statements that could have to do with some columns. */
export class CountedStatements {
  constructor(
    private readonly database: Database,
    private readonly used: UsedColumns,
  ) {}

  /** Notes the counts of this moment in the ledger; does nothing where none are kept. */
  async note({ migration, epoch }: Claim): Promise<void> {
    const found = await this.find();
    if ('why' in found) return;
    const statement = noteCounters(found.schema, this.used);
    await this.database.run({ ...statement, parameters: { ...statement.parameters, migration, epoch } });
  }

  /** What was called in the last so many seconds, or since the epoch's first note if that is later; else why nobody knows. */
  async since(
    { migration, epoch }: Claim,
    seconds: number,
  ): Promise<StatementCounts | { readonly why: string }> {
    const found = await this.find();
    if ('why' in found) return found;
    const [note] = await this.database.rows(
      { ...noteToCountFrom, parameters: { migration, epoch, seconds } },
      z.object({ id: z.number(), since: z.string() }),
    );
    if (!note) {
      // From here on it can be counted: the next question finds this note.
      await this.note({ migration, epoch });
      return { why: 'nothing was counted when the window began; it is counted from now on' };
    }
    const statements = await this.called(found.schema, note.id);
    const { hidden, lost } = await this.trouble(found.schema, note.id);
    // A note would lack them, and count them as called since.
    if (hidden !== null) return { why: hidden };
    if (lost !== null) {
      // Nobody notes anything while a gate waits: whoever asks again behind the silence finds this one.
      await this.note({ migration, epoch });
      return { why: lost };
    }
    const bySchema = found.version < byNameSince;
    return { since: note.since, readers: found.readers, bySchema, statements };
  }

  /** What was called since the server began to count; else why nobody knows. */
  async soFar(): Promise<readonly CalledStatement[] | { readonly why: string }> {
    const found = await this.find();
    if ('why' in found) return found;
    const all: CalledStatement[] = [];
    for (let after = ''; ;) {
      const statement = callsSoFar(found.schema, this.used);
      const page = await this.database.rows(
        { ...statement, parameters: { ...statement.parameters, after } },
        called,
      );
      all.push(...page);
      const last = page.at(-1);
      if (!last || all.length >= mostLookedAt) return all;
      after = last.key;
    }
  }

  private async find(): Promise<z.infer<typeof counters> | { readonly why: string }> {
    const [found] = await this.database.rows(findCounters(await readServer(this.database)), counters);
    if (!found) return { why: 'run CREATE EXTENSION pg_stat_statements in this database' };
    if (!found.loaded) return { why: 'add pg_stat_statements to shared_preload_libraries, and restart' };
    if (found.track === 'none') return { why: 'pg_stat_statements.track is none' };
    if (!found.info) return { why: 'run ALTER EXTENSION pg_stat_statements UPDATE' };
    return found;
  }

  private async called(schema: string, note: number): Promise<readonly CalledStatement[]> {
    const all: CalledStatement[] = [];
    for (let after = ''; ;) {
      const statement = callsSince(schema, this.used);
      const page = await this.database.rows(
        { ...statement, parameters: { ...statement.parameters, note, after } },
        called,
      );
      all.push(...page);
      const last = page.at(-1);
      if (!last) return all;
      after = last.key;
    }
  }

  private async trouble(
    schema: string,
    note: number,
  ): Promise<{ readonly hidden: string | null; readonly lost: string | null }> {
    const statement = countersTrouble(schema, this.used);
    const { reset, dealloc, lost, hidden } = await one(
      this.database,
      { ...statement, parameters: { ...statement.parameters, note } },
      z.object({ reset: z.boolean(), dealloc: z.number(), lost: z.number(), hidden: z.number() }),
    );
    return {
      hidden:
        hidden > 0
          ? 'grant pg_read_all_stats to the role of the migration: other roles’ statements are hidden'
          : null,
      lost:
        reset || lost > 0
          ? 'the counts were reset since the window began'
          : dealloc > 0
            ? 'the database ran out of room for counts and forgot some: raise pg_stat_statements.max'
            : null,
    };
  }
}
