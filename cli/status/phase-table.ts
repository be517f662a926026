import type { MigrationDetails } from '../../engine/ledger/description.ts';
import type { PhaseVisit } from '../../engine/plan/phase-visits.ts';
import { phaseNames } from '../../engine/plan/plan.ts';
import type { Hold } from '../aws/holds.ts';
import type { Screen } from '../screen.ts';
import { span } from '../span.ts';
import { phaseNow, type Closeup } from './look.ts';
import { backfillWords, verificationWords, type EarlierLook } from './progress.ts';

type Row = PhaseVisit['phase'];

/** A line for each phase of the latest start: done, under way or to come, how long it took, and how far it is. */
export function phaseTable(
  { migration, hold, at: now }: Pick<Closeup, 'migration' | 'hold' | 'at'>,
  { screen, earlier }: { readonly screen: Screen; readonly earlier?: EarlierLook | undefined },
): readonly string[] {
  const all = withHold(migration, hold);
  const wentBack = all.some(({ phase }) => phase === 'rollback');
  const rows: readonly Row[] = ['plan', ...phaseNames, ...(wentBack ? (['rollback'] as const) : [])];
  return rows.map((row) => {
    const visits = all.filter(({ phase }) => phase === row);
    const underWay = migration.status === 'running' && all.at(-1)?.phase === row;
    const mark = underWay
      ? screen.styled('cyan', '▸')
      : visits.length > 0
        ? screen.styled(row === 'rollback' ? 'yellow' : 'green', row === 'rollback' ? '↩' : '✓')
        : ' ';
    const name = visits.length > 0 ? row.padEnd(12) : screen.styled('dim', row.padEnd(12));
    const lasted = visits.length === 0 ? '' : span(lengthOf(visits, now));
    return `  ${mark} ${name} ${lasted.padStart(12)}  ${wordsOf(row, migration, now, earlier)}`.trimEnd();
  });
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

function wordsOf(row: Row, migration: MigrationDetails, now: string, earlier?: EarlierLook): string {
  if (row === 'backfill') return backfillWords(migration, now, earlier);
  if (row === 'verify') return verificationWords(migration);
  return '';
}
