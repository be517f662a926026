import type { TargetDescription } from '../../engine/ledger/description.ts';
import { phaseNow } from '../../engine/ledger/phase-now.ts';
import type { MigrationSummary } from '../../engine/ledger/summary.ts';
import { minute, span } from '../../engine/words/span.ts';
import { deadlineOf, isWindow, type Hold } from '../runtime/hold-item.ts';

/** A migration as the dashboard shows it. */
export interface MigrationRow {
  readonly migration: MigrationSummary;
  /** What it waits at now. */
  readonly hold: Hold | null;
  readonly goesBack: boolean;
}

export interface TargetTable {
  readonly target: string;
  /** `silent`: the database has not answered in time. */
  readonly ledger: TargetDescription['ledger'] | 'silent';
  /** How many migrations there are beside those that are shown. */
  readonly others: number;
  readonly shown: readonly MigrationRow[];
}

const head = ['migration', 'status', 'phase', 'backfill', 'changed', 'waits for'];

/** The phase and the open gate of each migration, as Markdown: of each target a table. Names hold no character that Markdown reads. */
export function migrationsTable(targets: readonly TargetTable[], now: string): string {
  return targets.map((each) => [`**${each.target}**`, ...linesOf(each, now)].join('\n\n')).join('\n\n');
}

function linesOf({ ledger, shown, others }: TargetTable, now: string): readonly string[] {
  if (typeof ledger === 'object')
    return [`The ledger cannot be read: the database answers ${ledger.unreadable}.`];
  if (ledger === 'silent')
    return ['The database has not answered yet. A paused cluster wakes up now: refresh in half a minute.'];
  if (shown.length === 0) return ['No migration was started here yet.'];
  const rows = [head, head.map(() => '---'), ...shown.map((each) => cells(each, now))];
  return [
    rows.map((row) => `| ${row.join(' | ')} |`).join('\n'),
    ...(others === 0 ? [] : [`${others} older ones: \`underpin status\``]),
  ];
}

function cells({ migration, hold, goesBack }: MigrationRow, now: string): readonly string[] {
  const { name, status, estimatedRows, backfilledRows, updatedAt, phase } = migration;
  const isRunning = status === 'running';
  const share = estimatedRows > 0 ? Math.min(100, Math.floor((backfilledRows / estimatedRows) * 100)) : null;
  return [
    name,
    goesBack ? '**rolling back**' : standing(migration),
    phase === 'done' ? '' : phaseNow({ phase }, hold),
    isRunning && share !== null ? `${share} %` : '',
    `${span(Date.parse(now) - Date.parse(updatedAt))} ago`,
    hold === null ? '' : waitText(hold),
  ];
}

function standing({ status, order }: MigrationSummary): string {
  if (status !== 'running' || order === null) return status;
  return order.order === 'pause' ? 'paused' : 'aborted';
}

const waitText = (hold: Hold): string =>
  isWindow(hold)
    ? `the end of ${hold.hold}, ${minute(deadlineOf(hold))}`
    : `**an answer at ${hold.hold}**, until ${minute(deadlineOf(hold))}`;
