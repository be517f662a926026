import type { MigrationDetails } from '../../engine/ledger/description.ts';
import type { PhaseVisit } from '../../engine/plan/phase-visits.ts';
import type { Hold } from '../../lambdas/runtime/hold-item.ts';
import { phaseLines, type Progress, type PhaseStanding } from '../phase-lines.ts';
import type { Screen } from '../screen.ts';
import { phaseNow } from '../../engine/ledger/phase-now.ts';
import type { Closeup } from './look.ts';
import { backfillProgress, verificationProgress, type EarlierLook } from './progress.ts';

type Row = PhaseVisit['phase'];

/** A line for each phase of the latest start: done, under way or to come, how long it took, and how far it is. */
export function phaseTable(
  { migration, hold, wayBack, at: now }: Pick<Closeup, 'migration' | 'hold' | 'wayBack' | 'at'>,
  { screen, earlier }: { readonly screen: Screen; readonly earlier?: EarlierLook | undefined },
): readonly string[] {
  const all = withHold(migration, hold);
  const wentBack = all.some(({ phase }) => phase === 'rollback');
  const lived = migration.steps.map(({ phase }) => phase);
  const rows: readonly Row[] = ['plan', ...lived, ...(wentBack ? (['rollback'] as const) : [])];
  return rows.flatMap((name) => {
    const visits = all.filter(({ phase }) => phase === name);
    const standing = standingOf(name, migration, { all, goesBack: wentBack || wayBack !== null });
    return phaseLines(
      {
        name,
        standing,
        lastedMs: visits.length === 0 ? null : lengthOf(visits, now),
        progress: progressOf(name, migration, { now, earlier, moves: standing === 'under-way' }),
      },
      screen,
    );
  });
}

/** Only what a migration has left behind it is done: where it stopped, or stands still, it is not. */
function standingOf(
  row: Row,
  { status, order }: MigrationDetails,
  { all, goesBack }: { readonly all: readonly PhaseVisit[]; readonly goesBack: boolean },
): PhaseStanding {
  if (!all.some(({ phase }) => phase === row)) return 'to-come';
  const forward = all.filter(({ phase }) => phase !== 'rollback' && phase !== 'done');
  const isLast = forward.at(-1)?.phase === row;
  if (row === 'rollback') return status === 'running' ? 'under-way' : 'rollback';
  if (goesBack) return isLast ? 'stopped' : 'done';
  if (!isLast || status === 'completed') return 'done';
  if (status !== 'running' || order?.order === 'abort') return 'stopped';
  return order?.order === 'pause' ? 'paused' : 'under-way';
}

// A gate is asked before the first work of its phase, which is what the ledger hears of.
function withHold({ visits, phase }: MigrationDetails, hold: Hold | null): readonly PhaseVisit[] {
  const last = visits.at(-1);
  const now = phaseNow({ phase }, hold);
  if (hold === null || last === undefined || last.phase === now || last.phase === 'rollback') return visits;
  return [
    ...visits.slice(0, -1),
    { ...last, leftAt: hold.openedAt },
    { phase: now, enteredAt: hold.openedAt, leftAt: null },
  ];
}

const lengthOf = (visits: readonly PhaseVisit[], now: string): number =>
  visits.reduce((sum, { enteredAt, leftAt }) => sum + Date.parse(leftAt ?? now) - Date.parse(enteredAt), 0);

function progressOf(
  row: Row,
  migration: MigrationDetails,
  at: Parameters<typeof backfillProgress>[1],
): Progress | null {
  if (row === 'backfill') return backfillProgress(migration, at);
  return row === 'verify' ? verificationProgress(migration.verification) : null;
}
