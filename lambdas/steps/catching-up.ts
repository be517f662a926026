import { Fenced, LockNotAcquired } from '../../engine/database/errors.ts';
import type { Claim } from '../../engine/ledger/claim.ts';
import type { WalkId } from '../../engine/ledger/walk-id.ts';
import { isFinished } from '../../engine/ledger/walks.ts';
import type { Plan } from '../../engine/plan/plan.ts';
import type { Settings } from '../../engine/plan/settings.ts';
import {
  firstPace,
  paceAfter,
  paceAfterLock,
  paceAfterRefusal,
  paceLimits,
  type Pace,
  type PaceLimits,
} from '../../engine/walk/pace.ts';
import { rowRefusal } from '../runtime/database-errors.ts';
import type { Tools } from '../runtime/tools.ts';
import { cutWalk } from './cut-walk.ts';
import { ShardCalls, type Answer } from './shard-calls.ts';
import { truthNow, walkNow } from './walk-now.ts';

interface Its {
  readonly plan: Plan;
  readonly settings: Settings;
  readonly tools: Pick<Tools, 'database' | 'ledger' | 'remainingMs'>;
}

/** The one walk of a way back: its epoch is its own. */
const wayBack: WalkId = { purpose: 'reconcile', n: 1 };

// As long as the agents of the application may take to hear of a flag; a shorter bake says that they are quicker.
const longestHearingMs = 60_000;

/**
 * The reverse backfill: where the new side was the truth of an application that writes both sides, what the old one has missed is copied to
 * it before it is the truth again. Gives false as long as some is left: call again. Nobody is asked for leave, as in all of a rollback.
 */
export async function oldSideCaughtUp(claim: Claim, its: Its): Promise<boolean> {
  const { plan, settings, tools } = its;
  if ((await truthNow(plan, tools.ledger)) === 'old') return true;
  const statements = await walkNow(plan, wayBack.purpose, tools.ledger);
  if (statements === undefined) return true;
  if (await isStillHeard(claim, its)) return false;
  const { cut, check: work, skip } = statements;
  await cutWalk(tools.database, claim, wayBack, { cut, shards: 1 });
  const place = { ...claim, walk: wayBack, shard: 0 };
  const calls = new ShardCalls({ work, skip, cut }, place, settings.lockTimeoutMs, tools.database);
  const limits = paceLimits(
    settings.backfill,
    await tools.database.dialect.look.rowBytes(tools.database, plan.table),
  );
  let pace = firstPace(limits, 0);
  while (tools.remainingMs() > 0) {
    const step = await oneBatch(calls, { pace, limits }, tools);
    if (step.answer?.state === 'fenced')
      throw new Fenced(`epoch ${claim.epoch} of ${claim.migration} is over`);
    if (step.answer?.state === 'done') break;
    pace = step.pace;
  }
  return isFinished(await tools.ledger.walks.progress(claim, wayBack));
}

/** Some processes have not heard yet that a write counts on both sides: what one of them loses could be on a row that was passed. */
async function isStillHeard({ migration, epoch }: Claim, { settings, tools }: Its): Promise<boolean> {
  const events = await tools.ledger.journal.latest(migration);
  const fenced = events.find(({ what, epoch: its }) => what === 'fenced' && its === epoch);
  const hearingMs = Math.min(longestHearingMs, settings.reads.bakeSeconds * 1000);
  return fenced !== undefined && Date.now() - Date.parse(fenced.at) < hearingMs;
}

async function oneBatch(
  calls: ShardCalls,
  { pace, limits }: { readonly pace: Pace; readonly limits: PaceLimits },
  { database }: Its['tools'],
): Promise<{ readonly pace: Pace; readonly answer?: Answer }> {
  const began = performance.now();
  try {
    const answer = await calls.next(pace.rows, false);
    return { answer, pace: paceAfter(pace, answer.ms ?? performance.now() - began, limits) };
  } catch (error) {
    const refusal = rowRefusal(error, database.dialect.errors);
    if (refusal && pace.rows > 1) return { pace: paceAfterRefusal(pace) };
    // It stays with the value that it has, and people are told of it.
    if (refusal) return { answer: await calls.skip(refusal.sqlState), pace: { rows: 1, searching: true } };
    if (error instanceof LockNotAcquired) return { pace: paceAfterLock(pace) };
    throw error;
  }
}
