import * as z from 'zod';
import type { Applied } from '../engine/ledger/applied.ts';
import { knownElsewhere, oldShapeMayLack, staysBehind } from '../engine/notices/rolled-back.ts';
import { livedPhases, phaseOf, type PhaseName, type Plan } from '../engine/plan/plan.ts';
import { undoneAtOnce, undoneLast } from '../engine/plan/rollback-order.ts';
import { storedPlan, storedSettings } from '../engine/plan/stored.ts';
import type { GateName } from '../engine/plan/settings.ts';
import { failure, wordsOfReason } from '../engine/words/failure.ts';
import {
  asFollowed,
  isExchanged,
  measureCameSince,
  measureDoubt,
  measureReplication,
} from './evidence/measure-changes.ts';
import { database, ledger } from './runtime/database.ts';
import { gates } from './runtime/gates.ts';
import { readFlag } from './runtime/read-flag.ts';
import { fenceTellingWriters } from './steps/fenced-writers.ts';
import { keepOvertaken } from './steps/overtaken-decision.ts';
import { task } from './runtime/task.ts';

const input = z.object({
  migration: z.string(),
  execution: z.string(),
  /** Why the way back was taken. */
  failure,
});

interface Rollback {
  readonly epoch: number;
  /** Why it is rolled back, for people: as a worker noted it, or else what the state machine was told. */
  readonly reason: string;
  /** Phases that must be undone at once, newest first. */
  readonly undo: readonly PhaseName[];
  /** Phases that go too, newest first, once no version of the application names the new shape; `onRollback: remove`. */
  readonly remove: readonly PhaseName[];
  /** Which triggers have let writes of the new shape pass; null where the old shape holds every write. */
  readonly doubt: string | null;
  /** What came since the plan has had its way, and the way back leaves where it is, as a sentence; null where nothing did. */
  readonly behind: string | null;
}

const gateOf = (phase: string): GateName =>
  phase === 'read-switch' || phase === 'swap' ? phase : 'contract';

/** Whether all triggers of the dual write are to stand. */
const isFollowed = (plan: Plan, applied: Applied): boolean =>
  livedPhases(plan).includes('dual-write') &&
  phaseOf(plan, 'dual-write').run.every((_, at) => applied.has('dual-write', 'run', at)) &&
  !applied.undoBegun('dual-write');

/** Makes every worker of this execution harmless and says which phases are to be undone. */
export const handler = task(
  { input, uses: { database, ledger, gates, readFlag } },
  async ({ migration, execution, failure: failed }, tools): Promise<Rollback> => {
    const { journal } = tools.ledger;
    const { epoch, record } = await fenceTellingWriters(tools, migration, execution);
    const reason = (await journal.lastFailure(migration))?.reason ?? wordsOfReason(failed);
    if (failed.error === 'GateRejected')
      await journal.keepRejection({ migration, epoch }, gateOf(failed.phase), failed.cause);
    else await keepOvertaken(tools, { migration, epoch }, { execution, reason });
    const applied = await tools.ledger.applied(migration);
    const standing = new Set(applied.phases());
    const plan = storedPlan(record);
    const hasExchanged = await isExchanged(plan, applied, tools.database);
    const doubt = isFollowed(plan, applied)
      ? await measureDoubt(asFollowed(plan, hasExchanged), { migration, epoch }, tools.database)
      : null;
    const remove = storedSettings(record).onRollback === 'remove' ? undoneLast(standing, plan) : [];
    const came = hasExchanged ? await measureCameSince(plan, tools.database) : null;
    const replicated = remove.includes('expand') ? await measureReplication(plan, tools.database) : null;
    // Names are exchanged, or a view has the table's: never both.
    const behind = (came && staysBehind(came)) ?? (replicated && knownElsewhere(plan.table, replicated));
    if (doubt !== null) await journal.keepNote({ migration, epoch }, oldShapeMayLack(doubt));
    if (behind !== null) await journal.keepNote({ migration, epoch }, behind);
    return { epoch, reason, undo: undoneAtOnce(standing, plan), remove, doubt, behind };
  },
);
