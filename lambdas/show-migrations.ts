import * as z from 'zod';
import type { MigrationSummary } from '../engine/ledger/summary.ts';
import { ledgerOf, migrationsOf } from './steps/read-ledger.ts';
import { migrationsTable, type MigrationRow, type TargetTable } from './steps/migrations-table.ts';
import { openHolds } from './runtime/open-holds.ts';
import { targets, type Target } from './runtime/targets.ts';
import { task } from './runtime/task.ts';
import type { Tools } from './runtime/tools.ts';

/** What a dashboard of CloudWatch sends of a custom widget; `describe` asks what the widget is. */
const input = z.object({ describe: z.boolean().optional() });

const about =
  'Underpin: the phase and the open gate of each migration, the latest ten of each target. It takes no parameters.';

/**
 * How long one database may keep the whole table waiting. A paused cluster takes up to 40 s: it wakes nevertheless, and answers
 * the next refresh.
 */
const patienceMs = 20_000;

/** Of each target, so that a long history does not make the dashboard slow. */
const mostShown = 10;

/** Draws the dashboard's table of migrations. It changes nothing, and answers without a ledger and without a database too. */
export const handler = task(
  { input, uses: {} },
  async ({ describe }): Promise<{ readonly markdown: string }> => {
    if (describe === true) return { markdown: about };
    const shown = await Promise.all(targets().map(answeredOrSilent));
    return { markdown: migrationsTable(shown, new Date().toISOString()) };
  },
);

const isRunning = ({ status }: MigrationSummary): boolean => status === 'running';

function answeredOrSilent(target: Target): Promise<TargetTable> {
  const silent = new Promise<TargetTable>((resolve) => {
    setTimeout(resolve, patienceMs, { target: target.name, ledger: 'silent', others: 0, shown: [] }).unref();
  });
  return Promise.race([tableOf(target), silent]);
}

async function tableOf(target: Target): Promise<TargetTable> {
  const { ledger } = await ledgerOf(target);
  const read = await migrationsOf(ledger);
  const first = [...read.migrations.filter(isRunning), ...read.migrations.filter((it) => !isRunning(it))];
  return {
    target: target.name,
    ledger: read.ledger,
    others: Math.max(0, first.length - mostShown),
    shown: await Promise.all(first.slice(0, mostShown).map((each) => rowOf(each, target, ledger))),
  };
}

async function rowOf(
  migration: MigrationSummary,
  target: Target,
  ledger: Tools['ledger'],
): Promise<MigrationRow> {
  if (!isRunning(migration)) return { migration, hold: null, goesBack: false };
  const tools = { openHolds: openHolds(() => target) };
  const [hold = null, visits] = await Promise.all([
    tools.openHolds.open(migration),
    ledger.journal.visits(migration.name),
  ]);
  const goesBack = visits.at(-1)?.phase === 'rollback';
  // A gate that the way back has passed by asks nothing, although it stands open for a moment yet.
  return { migration, goesBack, hold: goesBack && hold?.kind !== 'cleanup' ? null : hold };
}
