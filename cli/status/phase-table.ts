import type { MigrationDetails, PhaseVisit } from '../../engine/description.ts';
import { phaseNames } from '../../engine/plan.ts';
import type { Screen } from '../screen.ts';
import { span } from '../span.ts';
import { backfillWords, verificationWords, type EarlierLook } from './progress.ts';

type Row = PhaseVisit['phase'];

/** A line for each phase of the latest start: done, under way or to come, how long it took, and how far it is. */
export function phaseTable(
  migration: MigrationDetails,
  {
    screen,
    now,
    earlier,
  }: { readonly screen: Screen; readonly now: string; readonly earlier?: EarlierLook | undefined },
): readonly string[] {
  const wentBack = migration.visits.some(({ phase }) => phase === 'rollback');
  const rows: readonly Row[] = ['plan', ...phaseNames, ...(wentBack ? (['rollback'] as const) : [])];
  return rows.map((row) => {
    const visits = migration.visits.filter(({ phase }) => phase === row);
    const underWay = migration.status === 'running' && migration.visits.at(-1)?.phase === row;
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

const lengthOf = (visits: readonly PhaseVisit[], now: string): number =>
  visits.reduce((sum, { enteredAt, leftAt }) => sum + Date.parse(leftAt ?? now) - Date.parse(enteredAt), 0);

function wordsOf(row: Row, migration: MigrationDetails, now: string, earlier?: EarlierLook): string {
  if (row === 'backfill') return backfillWords(migration, now, earlier);
  if (row === 'verify') return verificationWords(migration);
  return '';
}
