import { z } from 'zod';
import { phaseNames, type PhaseName } from '../engine/plan.ts';
import { storedSettings } from '../engine/stored.ts';
import { UndoFailed } from '../engine/errors.ts';
import { task } from './runtime/task.ts';

const input = z.object({ migration: z.string(), execution: z.string() });

interface Rollback {
  readonly epoch: number;
  /** The phases to undo, newest first. */
  readonly undo: readonly PhaseName[];
}

// With `onRollback: leave` the shapes stay and stay equal, so that the next start goes on from here.
const mustBeUndone: ReadonlySet<PhaseName> = new Set(['quarantine', 'read-switch']);

/** Makes every worker of this execution harmless and says which phases are to be undone. */
export const handler = task(input, async ({ migration, execution }, { ledger }): Promise<Rollback> => {
  const { epoch } = await ledger.fence(migration, execution);
  const record = await ledger.find(migration);
  if (!record) throw new UndoFailed(`the ledger has no ${migration}`);
  const { onRollback } = storedSettings(record);
  const applied = [...(await ledger.applied(migration))].map((unit) => unit.split('/')[0]);
  const standing = phaseNames.filter((phase) => applied.includes(phase) || (phase === 'backfill' && onRollback === 'remove'));
  const undo = standing.filter((phase) => onRollback === 'remove' || mustBeUndone.has(phase)).toReversed();
  return { epoch, undo };
});
