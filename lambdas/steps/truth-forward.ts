import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { DeploymentInProgress } from '../../engine/database/errors.ts';
import type { Claim } from '../../engine/ledger/claim.ts';
import { walkId } from '../../engine/ledger/walk-id.ts';
import { phaseOf, type Plan, type Unit } from '../../engine/plan/plan.ts';
import type { Settings } from '../../engine/plan/settings.ts';
import type { ReadShare } from '../../engine/reads/flags.ts';
import type { Tools } from '../runtime/tools.ts';
import { isFresh, longestAgeSeconds, movedBehind } from './behind-pass.ts';
import { hearingMs } from './hearing.ts';
import { truthNow } from './walk-now.ts';

/** What the move of the truth rests on: the walk that has found nothing, and the deployment since which writers are strict. */
export const passed = z.object({ walk: walkId, deployment: z.number() });
type Passed = Readonly<z.infer<typeof passed>>;

interface Its {
  readonly plan: Plan;
  readonly settings: Settings;
  readonly tools: Pick<Tools, 'database' | 'ledger' | 'readFlag'>;
}

// What the look at the flag is worth: time for AppConfig's answer and the statement, and less than processes need to hear of another flag.
const lookIsWorthSeconds = 10;

/**
 * What the last share says. Until every process has heard of it, some take the old side for the truth; from the confidence on, all take the
 * new one.
 */
export const strictShare = (plan: Plan, { reads: { compare } }: Settings): ReadShare => ({
  percent: 100,
  compare,
  ...(plan.follow === 'application' ? { writes: { truth: 'old', isStrict: true } } : {}),
});

/**
 * Where the application writes both sides, and the new one is about to be the truth: the units that make it that. Or the number of the
 * deployment that another pass goes by; where another migration's way back has deployed the flag anew, all processes have heard of it by then.
 * Raises DeploymentInProgress where readers have a flag that does not say that writers are strict, and TransientAwsError.
 */
export async function truthForward(
  claim: Claim,
  { walk, deployment }: Passed,
  { plan, settings, tools }: Its,
): Promise<number | readonly Unit[]> {
  const { run } = phaseOf(plan, 'read-switch');
  // A call whose answer was lost has moved it.
  if ((await truthNow(plan, tools.ledger)) === 'new') return run;
  // Before the flag is asked: by the database's clock, what its answer is worth counts from here.
  const walked = await tools.ledger.walks.find(claim, walk);
  const since = await tools.readFlag.saidSince(claim.migration, strictShare(plan, settings), deployment);
  if (since === null)
    throw new DeploymentInProgress(
      `the read flags that are deployed do not say that writers are strict: deployment ${deployment} was taken back`,
    );
  if (since > deployment) {
    await sleep(hearingMs(settings));
    return since;
  }
  if (!isFresh(walked)) return since;
  const withinSeconds = Math.min(longestAgeSeconds, walked.ageSeconds + lookIsWorthSeconds);
  return movedBehind(run, claim, { walk, withinSeconds }, tools);
}
