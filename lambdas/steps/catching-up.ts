import { setTimeout as sleep } from 'node:timers/promises';
import { Fenced, LockNotAcquired, UndoFailed } from '../../engine/database/errors.ts';
import { stubbornText } from '../../engine/evidence/stubborn-rows.ts';
import type { Claim } from '../../engine/ledger/claim.ts';
import type { WalkId } from '../../engine/ledger/walk-id.ts';
import { isFinished, type Progress } from '../../engine/ledger/walks.ts';
import { stillWrittenAlone } from '../../engine/notices/rolled-back.ts';
import type { Plan } from '../../engine/plan/plan.ts';
import type { Settings } from '../../engine/plan/settings.ts';
import type { Walk } from '../../engine/plan/walk.ts';
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
import { refusedForRow } from './refused-for-row.ts';
import { ShardCalls, type Answer } from './shard-calls.ts';
import { measureStubborn } from './stubborn.ts';
import { truthNow, walkNow } from './walk-now.ts';
import { longestLockWaitMs } from './walk-shard.ts';

interface Its {
  readonly plan: Plan;
  readonly settings: Settings;
  readonly tools: Pick<Tools, 'database' | 'ledger' | 'remainingMs'>;
}

// As long as the agents of the application may take to hear of a flag; a shorter bake says that they are quicker.
const longestHearingMs = 60_000;

// A pass at once shows whether anybody writes the new side alone; where that goes on, each takes as many events of the execution as any other.
const firstRestMs = 500;
const longestRestMs = 300_000;

/** The first pass copies what the last reconciliation has left; a later one that has still much to copy says more than that. */
const tellingPass = 3;

/**
 * The reverse backfill: where the new side was the truth of an application that writes both sides, what the old one has missed is copied to
 * it before it is the truth again; pass after pass, until one has found nothing, so that no version is left that writes the new side
 * alone. A writer that dies between its two statements leaves a row that looks the same: passes a minute apart would go on for as long as
 * there are such. Gives null when that is so, else the pass to go on with. The caller keeps the number: a copy of this function that
 * runs on after its answer was lost can work on its own pass alone, and finds it done. Nobody is asked for leave, as in all of a rollback.
 * Raises Fenced, StatementRefused, UndoFailed and what the database raises.
 */
export async function passLeft(claim: Claim, pass: number, its: Its): Promise<number | null> {
  const { plan, tools } = its;
  if ((await truthNow(plan, tools.ledger)) === 'old') return null;
  const walk = await walkNow(plan, 'reconcile', tools.ledger);
  if (walk === undefined) return null;
  const id: WalkId = { purpose: 'reconcile', n: pass };
  const isBegun = (await tools.ledger.walks.find(claim, id)) !== null;
  if (!isBegun && !(await isTime(claim, pass, its))) return pass;
  const passed = await onePass(claim, { walk, id }, its);
  if (!isFinished(passed)) return pass;
  if (passed.changed === 0) return null;
  if (pass >= tellingPass) await tell(claim, passed, its);
  return pass + 1;
}

/**
 * For the first pass: when every process has heard that a write counts on both sides. What one of them loses could be on a row
 * that was passed. For another: after a rest, twice as long each time.
 */
async function isTime(claim: Claim, pass: number, { settings, tools }: Its): Promise<boolean> {
  const restMs =
    pass === 1
      ? Math.min(longestHearingMs, settings.reads.bakeSeconds * 1000)
      : Math.min(longestRestMs, firstRestMs * 2 ** (pass - 2));
  const sinceMs = pass === 1 ? await fencedAgoMs(claim, tools) : await passedAgoMs(claim, pass - 1, tools);
  const leftMs = restMs - sinceMs;
  const mayMs = Math.max(0, tools.remainingMs());
  if (leftMs > 0) await sleep(Math.min(leftMs, mayMs));
  return leftMs <= mayMs;
}

/** Reads have gone back before. */
async function fencedAgoMs({ migration, epoch }: Claim, { ledger }: Its['tools']): Promise<number> {
  const events = await ledger.journal.latest(migration);
  // Where newer events have pushed it out, it is older than all that are given.
  const fenced = events.find(({ what, epoch: its }) => what === 'fenced' && its === epoch) ?? events.at(-1);
  return fenced === undefined ? 0 : Date.now() - Date.parse(fenced.at);
}

async function passedAgoMs(claim: Claim, n: number, { ledger }: Its['tools']): Promise<number> {
  const before = await ledger.walks.find(claim, { purpose: 'reconcile', n });
  return (before?.ageSeconds ?? 0) * 1000;
}

async function onePass(
  claim: Claim,
  { walk: { cut, check: work, skip }, id }: { readonly walk: Walk; readonly id: WalkId },
  { plan, settings, tools }: Its,
): Promise<Progress> {
  await cutWalk(tools.database, claim, id, { cut, shards: 1 });
  const lockTimeoutMs = Math.min(settings.lockTimeoutMs, longestLockWaitMs);
  const place = { ...claim, walk: id, shard: 0 };
  const calls = new ShardCalls({ work, skip, cut }, place, lockTimeoutMs, tools.database);
  const rowBytes = await tools.database.dialect.look.rowBytes(tools.database, plan.table);
  const limits = paceLimits(settings.backfill, rowBytes);
  let pace = firstPace(limits, 0);
  while (tools.remainingMs() > 0) {
    const step = await oneBatch(calls, { id, pace, limits }, tools);
    if (step.answer?.state === 'fenced')
      throw new Fenced(`epoch ${claim.epoch} of ${claim.migration} is over`);
    if (step.answer?.state === 'done') break;
    pace = step.pace;
  }
  return tools.ledger.walks.progress(claim, id);
}

async function oneBatch(
  calls: ShardCalls,
  { id, pace, limits }: { readonly id: WalkId; readonly pace: Pace; readonly limits: PaceLimits },
  { database }: Its['tools'],
): Promise<{ readonly pace: Pace; readonly answer?: Answer }> {
  const began = performance.now();
  try {
    const answer = await calls.next(pace.rows, false);
    return { answer, pace: paceAfter(pace, answer.ms ?? performance.now() - began, limits) };
  } catch (error) {
    const refusal = rowRefusal(error, database.dialect.errors);
    if (refusal && pace.rows > 1) return { pace: paceAfterRefusal(pace) };
    if (refusal) {
      await refusedForRow(() => calls.withoutRows(), id, { database });
      // Noted by its key, and counted as one that differs.
      return { answer: await calls.skip(refusal.sqlState), pace: { rows: 1, searching: true } };
    }
    if (error instanceof LockNotAcquired) return { pace: paceAfterLock(pace) };
    throw error;
  }
}

/** Of rows that the old side cannot hold none gets better by another pass; of others people should know why it takes so long. */
async function tell(claim: Claim, { changed }: Progress, { plan, settings, tools }: Its): Promise<void> {
  // A note stays where its row was corrected since: only those count that refuse now.
  const applied = await tools.ledger.applied(claim.migration);
  const stubborn = await measureStubborn(claim, applied, { plan, settings, tools });
  if (changed > stubborn.count) return tools.ledger.journal.keepNote(claim, stillWrittenAlone);
  throw new UndoFailed(
    `${plan.table.schema}.${plan.table.name}: what the new side holds in ${stubbornText(stubborn)} rows, the old one cannot. ` +
      `The new side stays the truth, and reads are on the old one. Find the rows by ${stubborn.list}, correct them, and start ${claim.migration} again`,
  );
}
