import type { Client } from 'pg';
import * as z from 'zod';
import { one, type Database } from '../../engine/database/database.ts';
import { installLedger } from '../../engine/ledger/install.ts';
import { Ledger } from '../../engine/ledger/ledger.ts';
import { theBackfill, walkParameters } from '../../engine/ledger/walk-id.ts';
import { walkFor } from '../../engine/plan/walk.ts';
import { cutWalk } from '../../lambdas/steps/cut-walk.ts';
import { underTriggers, type Measure } from './prepared.ts';
import type { Subject } from './subjects.ts';

export interface Batches {
  /** Who takes turns; the sessions behind them are others than the client's where they are the Data API's. */
  readonly sessions: readonly [Database, ...Database[]];
  /** Each is sent before the one before has been answered, as workers without rests do. */
  readonly together: boolean;
  readonly rows: number;
}

/** The migration's own batches, each of as many rows, without the rest of a handler. */
export const batchesUnderTriggers = <T>(
  client: Client,
  subject: Subject,
  { sessions, together, rows }: Batches,
  measure: Measure<T>,
): Promise<T> =>
  underTriggers(client, subject, async ({ plan, settings }) => {
    const [database] = sessions;
    await installLedger(database);
    const { migration } = plan;
    const claim = await new Ledger(database).claim({
      migration,
      seen: 0,
      execution: 'bench',
      declaration: '',
      plan,
      settings,
    });
    const { cut, batch: text } = walkFor(plan, 'backfill') ?? {};
    if (cut === undefined || text === undefined) throw new Error(`${migration} has nothing to walk`);
    await cutWalk(database, claim, theBackfill, { cut, shards: 1 });
    const ofBatch = { ...walkParameters(claim, theBackfill), shard: 0, epoch: claim.epoch };
    const parameters = { ...ofBatch, rows, lock_timeout: '200ms' };
    const answer = z.object({ state: z.string(), rows: z.number() });
    const send = (n: number): Promise<z.infer<typeof answer>> =>
      one(sessions[n % sessions.length] ?? database, { text, parameters }, answer);
    return measure(async () => {
      let call = send(0);
      for (let n = 1; ; n += 1) {
        const ahead = together ? send(n) : undefined;
        const told = await call;
        if (told.state !== 'going') {
          // It has nothing left to do, and its snapshot is older than the last batch.
          await ahead;
          return told.rows;
        }
        call = ahead ?? send(n);
      }
    });
  });
