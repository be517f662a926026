import { underpin } from '../command-name.ts';
import type { Screen } from '../screen.ts';
import { span } from '../span.ts';
import { statusStyles } from './closeup-lines.ts';
import { isWindow } from './hold-lines.ts';
import { isAbandoned, phaseNow, type Listed, type Overview } from './look.ts';

/** All migrations as a table, and the alarms that are on. */
export function overviewLines(
  { migrations, alarms, at, targets, unreadable }: Overview,
  screen: Screen,
  words: string,
): readonly string[] {
  const unread = Object.entries(unreadable).map(([target, error]) =>
    screen.styled('red', `the ledger of ${target} cannot be read: the database answers ${error}`),
  );
  if (migrations.length === 0 && unread.length === 0)
    return [`No migration was started here yet. Start one: ${underpin} start MIGRATION${words}`];
  // A word that is the same in every line says nothing.
  const several = targets.length > 1;
  const rows = migrations.map((listed) => [...(several ? [listed.target] : []), ...cells(listed, at)]);
  const head = [
    ...(several ? ['TARGET'] : []),
    'MIGRATION',
    'STATUS',
    'PHASE',
    'BACKFILL',
    'MOVED',
    'WAITS FOR',
  ];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[], dress: (cell: string, column: number) => string): string =>
    row
      .map((cell, column) => dress(cell.padEnd(widths[column] ?? 0), column))
      .join('  ')
      .trimEnd();
  return [
    line(head, (cell) => screen.styled('dim', cell)),
    ...rows.map((row, index) =>
      line(row, (cell, column) =>
        column === (several ? 2 : 1)
          ? screen.styled(statusStyles[migrations[index]?.migration.status ?? ''] ?? 'red', cell)
          : cell,
      ),
    ),
    ...unread,
    ...alarms.map(({ name, since }) =>
      screen.styled('red', `alarm ${name} is on since ${span(Date.parse(at) - Date.parse(since))}`),
    ),
  ];
}

function cells({ migration, hold, execution, goesBack }: Listed, now: string): readonly string[] {
  const { name, status, estimatedRows, backfilledRows, updatedAt } = migration;
  const share = estimatedRows > 0 ? Math.min(100, Math.floor((backfilledRows / estimatedRows) * 100)) : null;
  return [
    name,
    standingOf(migration, execution, goesBack),
    migration.phase === 'done' ? '' : phaseNow(migration, hold),
    status !== 'running' || share === null ? '' : `${share} %`,
    `${span(Date.parse(now) - Date.parse(updatedAt))} ago`,
    hold === null ? '' : `${isWindow(hold) ? 'the end of' : 'an answer at'} ${hold.hold}`,
  ];
}

function standingOf(
  migration: Listed['migration'],
  execution: Listed['execution'],
  goesBack: boolean,
): string {
  if (isAbandoned(migration, execution)) return 'abandoned';
  if (goesBack) return 'rolling back';
  const { order, status } = migration;
  if (order !== null) return order.order === 'pause' ? 'paused' : 'aborted';
  return status;
}
