import { setTimeout as sleep } from 'node:timers/promises';
import { UndoFailed } from '../../engine/database/errors.ts';
import { stubbornText } from '../../engine/evidence/stubborn-rows.ts';
import type { Claim } from '../../engine/ledger/claim.ts';
import type { WalkId } from '../../engine/ledger/walk-id.ts';
import { isFinished, type Progress, type WalkProgress } from '../../engine/ledger/walks.ts';
import { stillWrittenAlone, writersHadLost } from '../../engine/notices/rolled-back.ts';
import { phaseOf, type Plan } from '../../engine/plan/plan.ts';
import type { Settings } from '../../engine/plan/settings.ts';
import type { Walk } from '../../engine/plan/walk.ts';
import type { Tools } from '../runtime/tools.ts';
import { isFresh, longestAgeSeconds, movedBehind } from './behind-pass.ts';
import { cutWalk } from './cut-walk.ts';
import { hearingMs } from './hearing.ts';
import { readClaimed } from './migration.ts';
import { ShardCalls } from './shard-calls.ts';
import { measureStubborn } from './stubborn.ts';
import { truthNow, walkNow } from './walk-now.ts';
import { WalkPace } from './walk-pace.ts';
import { Walker, type Manners } from './walker.ts';

interface Its {
  readonly plan: Plan;
  readonly settings: Settings;
  readonly tools: Pick<Tools, 'database' | 'ledger' | 'readFlag' | 'remainingMs'>;
}

// A pass at once shows whether anybody writes the new side alone; where that goes on, each takes as many events of the execution as any other.
const firstRestMs = 500;
const longestRestMs = 300_000;

/** A rollback asks nobody. */
const insistent: Manners = {
  leave: { given: () => Promise.resolve(true), dutyCycle: 1, slowed: 1 },
  noteStatement: () => {},
  notePassedOver: () => Promise.resolve(),
};

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
  if (passed === null || !isFinished(passed)) return pass;
  // One that a call before has ended says nothing of a version that writes the new side alone and has come since.
  if (passed.changed === 0) return (await toldAnew(claim, pass, its)) || !isFresh(passed) ? pass + 1 : null;
  if (pass >= tellingPass) await tell(claim, passed, its);
  return pass + 1;
}

/** The plan, whose read switch is undone only where this pass, which has found nothing, is not over for long. */
export async function behindPass(
  claim: Claim,
  pass: number,
  { plan, tools }: Pick<Its, 'plan' | 'tools'>,
): Promise<Plan> {
  const phase = phaseOf(plan, 'read-switch');
  if ('irreversible' in phase.undo || (await truthNow(plan, tools.ledger)) === 'old') return plan;
  const of = { walk: { purpose: 'reconcile', n: pass }, withinSeconds: longestAgeSeconds } as const;
  const undo = movedBehind(phase.undo, claim, of, tools);
  return { ...plan, phases: { ...plan.phases, 'read-switch': { ...phase, undo } } };
}

/**
 * For the first pass: when every process has heard that a write counts on both sides. What one of them loses could be on a row
 * that was passed. For another: after a rest, twice as long each time.
 */
async function isTime(claim: Claim, pass: number, { settings, tools }: Its): Promise<boolean> {
  const restMs = pass === 1 ? hearingMs(settings) : Math.min(longestRestMs, firstRestMs * 2 ** (pass - 2));
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
  { settings, tools }: Its,
): Promise<WalkProgress | null> {
  await cutWalk(tools.database, claim, id, { cut, shards: 1 });
  const place = { ...claim, walk: id, shard: 0 };
  const calls = new ShardCalls({ work, skip, cut }, place, settings.lockTimeoutMs, tools.database);
  const begun = await tools.ledger.walks.shards(claim, id);
  // A rollback waits for every lock: giving up would leave the new side the truth.
  const pace = await WalkPace.begun(settings, { begun, shard: 0 }, tools, Infinity);
  await new Walker(place, calls, pace, tools, insistent).walk();
  return tools.ledger.walks.find(claim, id);
}

/**
 * The last look before the old side is the truth: a copy of a step that moves the flag may have deployed it behind the fence. Then reads
 * are sent back once more, and another pass begins when every process has heard that it is strict: what one has lost until then, that pass
 * finds. Noted first, so that a call after a crash waits as well. True where that was so.
 */
async function toldAnew(claim: Claim, pass: number, { plan, settings, tools }: Its): Promise<boolean> {
  const { journal } = tools.ledger;
  const says = writersHadLost(pass);
  const isBack = await tools.readFlag.isBack(claim.migration, 'new');
  if (isBack && !(await journal.hasNoted(claim, says))) return false;
  // Of a copy that runs on, another one has gone on, and what it finds is the flag of the end, or of the next start.
  await readClaimed(tools.ledger, claim);
  if ((await truthNow(plan, tools.ledger)) === 'old') return false;
  await journal.keepNote(claim, says);
  if (!isBack) await tools.readFlag.switchBack(claim.migration, 'new');
  await sleep(hearingMs(settings));
  return true;
}

/** Of rows that the old side cannot hold none gets better by another pass; of others people should know why it takes so long. */
async function tell(claim: Claim, { changed }: Progress, { plan, settings, tools }: Its): Promise<void> {
  // A note stays where its row was corrected since: only those count that refuse now.
  const applied = await tools.ledger.applied(claim.migration);
  const stubborn = await measureStubborn(claim, applied, { plan, settings, tools });
  if (changed > stubborn.count) return tools.ledger.journal.keepNote(claim, stillWrittenAlone);
  throw new UndoFailed(
    `${plan.table.schema}.${plan.table.name}: rows whose new side the old one cannot hold: ${stubbornText(stubborn)}. ` +
      `The new side stays the truth, and reads are on the old one. Correct them, and start ${claim.migration} again`,
  );
}
