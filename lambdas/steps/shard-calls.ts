import * as z from 'zod';
import { one, type Parameter } from '../../engine/database/database.ts';
import { walkParameters } from '../../engine/ledger/walk-id.ts';
import type { Tools } from '../runtime/tools.ts';
import { cutWalk } from './cut-walk.ts';
import type { ShardOfWalk, ShardStatements } from './shard.ts';

const answer = z.object({
  state: z.enum(['going', 'done', 'fenced', 'rewritten']),
  /** The shard's total. */
  rows: z.number().nullable(),
  changed: z.number().nullable(),
  /** What the database worked on it, without waiting for the call before; where it says so. */
  ms: z.number().nullish(),
});
export type Answer = Readonly<z.infer<typeof answer>>;

// Together with the time of a batch well below deadlock_timeout (1 s): in a deadlock with a writer of the application,
// whose own check comes after that time, the batch has given way before.
const longestLockWaitMs = 200;

/** One that no walk has: there its statements find nothing to do. */
const noShard = -1;

/** The statements of one shard, each one call. At most two are under way, of which one waits for the other's checkpoint. */
export class ShardCalls {
  private ahead: Promise<Answer> | undefined;

  constructor(
    private readonly statements: ShardStatements,
    private readonly place: ShardOfWalk,
    private readonly lockTimeoutMs: number,
    private readonly database: Tools['database'],
  ) {}

  /**
   * The next answer. `together`: the statement behind it is sent before this answer is here, so that the database never
   * waits for a round trip. Each finds its range when its turn has come; a lost one changes nothing for the other.
   */
  async next(rows: number, together: boolean): Promise<Answer> {
    const { ahead } = this;
    const call = ahead ?? this.send(this.statements.work, { rows });
    this.ahead = together ? this.send(this.statements.work, { rows }) : undefined;
    // Nobody may be listening yet when it fails.
    this.ahead?.catch(() => {});
    try {
      return await call;
    } catch (error) {
      // Whoever stood behind it has had its turn, at the same place.
      const behind = await this.drained();
      if (behind !== undefined) return behind;
      if (ahead === undefined) throw error;
      // Sent ahead, it says little: alone it says what is the matter.
      return this.send(this.statements.work, { rows });
    }
  }

  /** The same statement over no row: what refuses that is not about a row. */
  async withoutRows(): Promise<void> {
    await this.send(this.statements.work, { rows: 1, shard: noShard });
  }

  /** Passes over the row at the checkpoint. */
  skip(sqlstate: string): Promise<Answer> {
    return this.send(this.statements.skip, { rows: 1, sqlstate });
  }

  /** The answer of what was sent ahead; undefined where nothing was, or where it failed: it is asked again. */
  async drained(): Promise<Answer | undefined> {
    const { ahead } = this;
    this.ahead = undefined;
    return ahead?.catch(() => undefined);
  }

  private async send(text: string, own: Readonly<Record<string, Parameter>>): Promise<Answer> {
    const { walk, shard, epoch } = this.place;
    const parameters = {
      ...walkParameters(this.place, walk),
      shard,
      epoch,
      lock_timeout: `${Math.min(this.lockTimeoutMs, longestLockWaitMs)}ms`,
      ...own,
    };
    const told = await one(this.database, { text, parameters }, answer);
    if (told.state !== 'rewritten') return told;
    // All rows have another place. Of several workers that see it, one cuts.
    await cutWalk(this.database, this.place, walk, { cut: this.statements.cut, shards: 1 });
    return { ...told, state: 'going' };
  }
}
