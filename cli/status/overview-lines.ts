import { underpin } from '../command-name.ts';
import type { Screen, Style } from '../screen.ts';
import { span } from '../../engine/words/span.ts';
import { statusStyles } from './closeup-lines.ts';
import { isWindow } from '../../lambdas/runtime/hold-item.ts';
import { phaseNow } from '../../engine/ledger/phase-now.ts';
import { isAbandoned, type ListedMigration, type Overview } from './look.ts';
import { tableLines } from './table.ts';

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
  const style = (row: number): Style =>
    row < 0 ? 'dim' : (statusStyles[migrations[row]?.migration.status ?? ''] ?? 'red');
  const statusColumn = several ? 2 : 1;
  return [
    ...tableLines({ head, rows, first: statusColumn + 1 }, screen.columns, (cell, row, column) =>
      row < 0 || column === statusColumn ? screen.styled(style(row), cell) : cell,
    ),
    ...unread,
    ...alarms.map(({ name, since }) =>
      screen.styled('red', `alarm ${name} is on since ${span(Date.parse(at) - Date.parse(since))}`),
    ),
  ];
}

function cells({ migration, hold, execution, goesBack }: ListedMigration, now: string): readonly string[] {
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
  migration: ListedMigration['migration'],
  execution: ListedMigration['execution'],
  goesBack: boolean,
): string {
  if (isAbandoned(migration, execution)) return 'abandoned';
  if (goesBack) return 'rolling back';
  const { order, status } = migration;
  if (order !== null) return order.order === 'pause' ? 'paused' : 'aborted';
  return status;
}
