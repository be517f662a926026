import type { TargetDescription } from '../engine/ledger/description.ts';
import type { MigrationSummary } from '../engine/ledger/summary.ts';
import type { Deployment } from './aws/deployment.ts';
import type { Hold } from '../lambdas/runtime/hold-item.ts';
import { Refused } from './refused.ts';
import { refuseUnreadable } from './status/look.ts';
import { UsageError } from './usage-error.ts';

export interface WaitingGate {
  readonly hold: Hold;
  readonly migration: MigrationSummary;
}

/** The hold of this name that waits for an answer. Raises Refused where none does or the ledger cannot be read, UsageError where more than one does. */
export async function waitingHold(
  deployment: Deployment,
  { surroundings, ledger, migrations }: TargetDescription,
  { hold: name, migration: only }: { readonly hold: string; readonly migration: string | undefined },
): Promise<WaitingGate> {
  refuseUnreadable(ledger, deployment.address);
  const asked = migrations.filter(
    (it) => it.status === 'running' && (only === undefined || it.name === only),
  );
  const all = await Promise.all(
    asked.map(async (migration) => ({ migration, hold: await deployment.openHold(surroundings, migration) })),
  );
  const open = all.flatMap(({ migration, hold }): WaitingGate[] =>
    hold === undefined ? [] : [{ migration, hold }],
  );
  const [found, another] = open.filter(({ hold }) => hold.hold === name);
  if (found === undefined)
    throw new Refused(`Nothing waits at ${name}. ${others(open, only)} Nothing was decided.`);
  if (another !== undefined)
    throw new UsageError(
      `More than one migration waits at ${name}: ${found.migration.name}, ${another.migration.name}. Say which: --migration ${found.migration.name}`,
    );
  return found;
}

function others(open: readonly WaitingGate[], only: string | undefined): string {
  if (open.length === 0) return only === undefined ? 'No migration waits.' : `${only} does not wait.`;
  return `These wait: ${open.map(({ migration, hold }) => `${migration.name} at ${hold.hold}`).join(', ')}.`;
}
