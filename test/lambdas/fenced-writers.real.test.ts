import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import * as z from 'zod';
import type { Claim } from '../../engine/ledger/ledger.ts';
import { bothSidesCloud, context } from './both-sides-cloud.ts';

const cloud = bothSidesCloud();
const { start, apply, variants } = cloud;
const fenced = z.object({ epoch: z.number() });
const undone = z.object({ done: z.boolean(), pass: z.number() });

/** So long processes take to hear of a flag here. */
const hearingSeconds = 3;

/** At the last share, on the way back from there, and with a truth that a copy of ApplyPhase has moved behind the flag. */
async function movedBehindTheFlag(): Promise<Claim> {
  const claim = { migration: 'm', epoch: (await start('arn:first')).epoch };
  await apply(claim, 'expand', 'dual-write', 'verify');
  await cloud.db.sql.query(`UPDATE people SET email = mail;
    UPDATE underpin.migration SET settings = jsonb_set(settings, '{reads,bakeSeconds}', '${hearingSeconds}')`);
  const { handler: move } = await import('../../lambdas/set-read-share.ts');
  await move({ ...claim, percent: 100 }, context);
  const { handler: switchBack } = await import('../../lambdas/switch-reads-back.ts');
  await switchBack({ migration: 'm', execution: 'arn:first' }, context);
  await apply(claim, 'read-switch');
  return claim;
}

async function fence({ migration }: Claim): Promise<Claim> {
  const { handler } = await import('../../lambdas/fence-workers.ts');
  const failure = {
    phase: 'read-switch',
    error: { Error: 'GuardrailBreached', Cause: 'an alarm is on' },
  };
  return {
    migration,
    ...fenced.parse(await handler({ migration, execution: 'arn:first', failure }, context)),
  };
}

async function undoReadSwitch(claim: Claim): Promise<void> {
  const { handler } = await import('../../lambdas/undo-phase.ts');
  for (let answer = { done: false, pass: 1 }; !answer.done;)
    answer = undone.parse(await handler({ ...claim, phase: 'read-switch', pass: answer.pass }, context));
}

test('a write of a process that has not heard yet of the flag behind the fence is not lost, however long AppConfig has taken', async () => {
  const claim = await movedBehindTheFlag();
  const end = cloud.faults.when(({ operation }) =>
    operation === 'StartDeployment' ? { when: 'late', ms: hearingSeconds * 1000 } : undefined,
  );
  const itself = await fence(claim);
  end();
  expect(await variants()).toEqual(['old-0-strict-new']);
  const undoing = undoReadSwitch(itself);
  await sleep((hearingSeconds * 1000) / 3);
  // To that process the new side is the truth, and its second write is lost: its client was told that the first one counts.
  await cloud.db.sql.query(`UPDATE people SET email = 'acknowledged' WHERE id = 7`);
  await undoing;
  const { rows } = await cloud.db.sql.query('SELECT mail FROM people WHERE id = 7');
  expect(rows).toEqual([{ mail: 'acknowledged' }]);
});
