import { underpin } from '../command-name.ts';
import type { Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import { Deployment } from '../aws/deployment.ts';
import type { Decision } from '../aws/decide.ts';
import { isWindow, type Hold } from '../../lambdas/runtime/hold-item.ts';
import { addressOf, withAddress, type AddressOptions } from '../aws/address.ts';
import { person } from '../person.ts';
import type { Session } from '../session.ts';
import { Refused } from '../refused.ts';
import type { Screen } from '../screen.ts';
import { holdLines } from '../status/hold-lines.ts';
import { UsageError } from '../usage-error.ts';
import { waitingHold, type WaitingGate } from '../waiting-hold.ts';

interface ApproveOptions extends AddressOptions {
  readonly migration?: string;
  readonly reason?: string;
  readonly acknowledgeRollback?: boolean;
  readonly override?: boolean;
  readonly wait: boolean;
}

/** `underpin approve GATE` */
export function approve(command: Command, { screen }: Session): void {
  withAddress(command)
    .argument('<gate>', 'as `status` names it: read-switch, contract, bake-25, …')
    .option('--migration <migration>', 'whose, where more than one waits')
    .option('--reason <text>', 'why; it stays with the decision')
    .option(
      '--acknowledge-rollback',
      'for the gate contract: it is understood that nothing can be brought back afterwards',
    )
    .option('--override', 'pass over failed evidence that cannot lose data; needs --reason')
    .option('--no-wait', 'do not look whether the gate has opened')
    .action((gate: string, options: ApproveOptions) => answer(gate, options, screen));
}

async function answer(gate: string, options: ApproveOptions, screen: Screen): Promise<void> {
  const { migration, override, reason, wait } = options;
  if (override === true && reason === undefined)
    throw new UsageError('--override is recorded with its reason. Say why: --reason "…"');
  const deployment = new Deployment(await addressOf(options));
  const description = await deployment.describe();
  const waiting = await waitingHold(deployment, description, { hold: gate, migration });
  const { hold } = waiting;
  screen.line(`${waiting.migration.name}: ${waiting.migration.goal}`);
  for (const line of holdLines(hold, new Date().toISOString(), screen)) screen.line(line);
  refuse(hold, options);
  await deployment.decide(description.surroundings, approvalOf(hold, options));
  const measuresAgain = !isWindow(hold) && hold.evidence !== undefined;
  screen.line(wait && measuresAgain ? `Approved. ${await opened(deployment, waiting)}` : 'Approved.');
  screen.line(`To follow it: ${underpin} status ${hold.migration} --watch${deployment.address.words}`);
}

const approvalOf = (
  hold: Hold,
  { reason, override, acknowledgeRollback }: ApproveOptions,
): Omit<Decision, 'target'> => ({
  migration: hold.migration,
  hold: hold.hold,
  decision: 'approve',
  reason: reason ?? `${isWindow(hold) ? 'ended early' : 'evidence seen'} by ${person()}`,
  ...(hold.evidence?.hash === undefined ? {} : { evidence: hold.evidence.hash }),
  ...(override === true ? { override } : {}),
  ...(acknowledgeRollback === true ? { acknowledgeRollback } : {}),
});

const failingItems = ({ evidence }: Hold) =>
  (evidence?.items ?? []).filter(({ verdict }) => verdict === 'fail');

/** Before anything is sent: what is known to be missing. */
function refuse(hold: Hold, { acknowledgeRollback, override }: ApproveOptions): void {
  if (hold.hold === 'contract' && hold.kind === 'gate' && acknowledgeRollback !== true)
    throw new UsageError(
      'After this gate the old shape is renamed, and after the quarantine dropped: from then on nothing can be brought back but from a restored copy. ' +
        'Until the phase contract a refusal, an alarm or `underpin abort` still goes back. If that is understood: --acknowledge-rollback. Nothing was decided.',
    );
  const forGood = failingItems(hold).filter(({ overridable }) => !overridable);
  if (override === true && forGood.length > 0)
    throw new Refused(
      `Nobody can pass over ${forGood.map(({ what }) => `"${what}"`).join(', ')}: data could be lost. Fix it; then approve, and the gate measures again. Nothing was decided.`,
    );
}

const pollMs = 700;
const looks = 12;

/**
 * Whether the gate let it through. It measures again after an approval, and asks again where something fails; whether it
 * goes on shows at its next hold only, so nothing seen for some seconds is good news.
 */
async function opened(deployment: Deployment, { hold, migration }: WaitingGate): Promise<string> {
  const { surroundings } = await deployment.describe();
  for (let look = 0; look < looks; look += 1) {
    await sleep(pollMs);
    const now = await deployment.openHold(surroundings, migration);
    if (now === undefined || now.openedAt === hold.openedAt) continue;
    if (now.hold !== hold.hold) return `It goes on, and is at ${now.hold}.`;
    const why =
      now.evidence?.refused ??
      failingItems(now)
        .map(({ what, measured }) => `${what}: ${measured}`)
        .join('; ');
    throw new Refused(`The approval was taken, and the gate stays shut: ${why}. It asks again.`);
  }
  return 'It goes on.';
}
