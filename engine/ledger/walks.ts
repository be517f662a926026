import * as z from 'zod';
import { one, type Database } from '../database/database.ts';
import type { Claim } from './claim.ts';
import { theBackfill, walkId, walkParameters, type WalkId } from './walk-id.ts';

export const progress = z.object({
  rows: z.number(),
  /** Rows written, or for a comparison: rows that differ. */
  changed: z.number(),
  batches: z.number(),
  shards: z.number(),
  shardsDone: z.number(),
  /** Between the first and the last batch. */
  seconds: z.number(),
});
export type Progress = Readonly<z.infer<typeof progress>>;

const walked = progress.extend({
  ...walkId.shape,
  /** The epoch of the start whose walk it is; 0 for the backfill. */
  start: z.number(),
  /** When it began, and when its last batch committed: ISO 8601 in UTC, by the database's clock. */
  from: z.string(),
  to: z.string(),
  ageSeconds: z.number(),
});
/** A backfill, a comparison or a repair that has begun: its shards together. */
export type WalkProgress = Readonly<z.infer<typeof walked>>;

const notBegun: Progress = { rows: 0, changed: 0, batches: 0, shards: 0, shardsDone: 0, seconds: 0 };

export const isFinished = ({ shards, shardsDone }: Pick<Progress, 'shards' | 'shardsDone'>): boolean =>
  shards > 0 && shards === shardsDone;

export const isComparison = ({ purpose }: Pick<WalkId, 'purpose'>): boolean =>
  purpose !== 'backfill' && purpose !== 'repair';

const shard = z.object({
  shard: z.number(),
  done: z.boolean(),
  rows: z.number(),
  /** Of its latest statement; 0 where there was none, or nobody has noted it. */
  batchRows: z.number(),
});
/** How far a shard of a walk has come. */
export type ShardProgress = Readonly<z.infer<typeof shard>>;
const stubbornRow = z.object({ key: z.string(), sqlstate: z.string(), attempts: z.number() });

/** The walks over a migration's rows, and the rows that refused. */
export class Walks {
  constructor(private readonly database: Database) {}

  /** The shards of a walk; none where it has not begun. */
  shards(claim: Claim, walk: WalkId): Promise<readonly ShardProgress[]> {
    const parameters = walkParameters(claim, walk);
    return this.database.rows({ text: this.sql.shards, parameters }, shard);
  }

  async find(claim: Claim, walk: WalkId): Promise<WalkProgress | null> {
    const parameters = walkParameters(claim, walk);
    return (await this.database.rows({ text: this.sql.walk, parameters }, walked))[0] ?? null;
  }

  async progress(claim: Claim, walk: WalkId): Promise<Progress> {
    return (await this.find(claim, walk)) ?? notBegun;
  }

  backfill(migration: string): Promise<Progress> {
    return this.progress({ migration, epoch: 0 }, theBackfill);
  }

  /** All of a migration, of every start, oldest first. */
  all(migration: string): Promise<readonly WalkProgress[]> {
    return this.database.rows({ text: this.sql.walks, parameters: { migration } }, walked);
  }

  /** Finished or not; null before the first. */
  async newestComparison(migration: string): Promise<WalkProgress | null> {
    const question = { text: this.sql.newestComparison, parameters: { migration } };
    return (await this.database.rows(question, walked))[0] ?? null;
  }

  /** When a walk that writes has last moved its checkpoint; null where none has begun. */
  async lastWritten(migration: string): Promise<string | null> {
    const question = { text: this.sql.lastWritten, parameters: { migration } };
    return (await one(this.database, question, z.object({ at: z.string().nullable() }))).at;
  }

  /** The next 1,000 rows whose data refuse the change, by key; keys are JSON arrays of texts. */
  async stubbornRows(
    migration: string,
    after = '',
  ): Promise<readonly Readonly<z.infer<typeof stubbornRow>>[]> {
    const question = { text: this.sql.stubbornRows, parameters: { migration, after } };
    const { errors } = this.database.dialect;
    const rows = await this.database.rows(question, stubbornRow);
    return rows.map((row) => ({ ...row, sqlstate: errors.shown(row.sqlstate) }));
  }

  async stubbornCount(migration: string): Promise<number> {
    const question = { text: this.sql.stubbornCount, parameters: { migration } };
    return (await one(this.database, question, z.object({ count: z.number() }))).count;
  }

  /** Forgets how far all walks were: with the new shape the rows that they wrote are gone. Keys of those that refuse are for people. */
  async forgetProgress({ migration, epoch }: Claim): Promise<void> {
    await this.database.run({ text: this.sql.forgetProgress, parameters: { migration, epoch } });
  }

  /** … and which rows refused: the next walk finds them again. */
  async forget({ migration, epoch }: Claim): Promise<void> {
    await this.database.run({ text: this.sql.forget, parameters: { migration, epoch } });
  }

  private get sql() {
    return this.database.dialect.ledger.walks;
  }
}
