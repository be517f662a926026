import { GetDeploymentCommand, StopDeploymentCommand } from '@aws-sdk/client-appconfig';
import { describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { Ledger, type Claim } from '../../engine/ledger/ledger.ts';
import { truthOf } from '../../engine/ledger/truth.ts';
import { readFlag } from '../../lambdas/runtime/read-flag.ts';
import { targets } from '../../lambdas/runtime/targets.ts';
import { bothSidesCloud, context } from './both-sides-cloud.ts';
import { awaitedLocks } from '../awaited-locks.ts';

const cloud = bothSidesCloud();
const { start, apply, storedPlanOf, reconciled } = cloud;

describe('the move of the truth', () => {
  const moved = z.object({ done: z.boolean(), deployment: z.number().optional() });
  const rows = async (): Promise<readonly unknown[]> =>
    (await cloud.db.sql.query('SELECT id, mail, email FROM people WHERE id = 7')).rows;
  /** All reads are on the new side, writers are strict, and a pass has found nothing. */
  async function passed(n = 20_000) {
    const claim = { migration: 'm', epoch: (await start('arn:first')).epoch };
    await apply(claim, 'expand', 'dual-write', 'verify');
    await cloud.db.sql.query('UPDATE people SET email = mail');
    const { handler } = await import('../../lambdas/set-read-share.ts');
    await handler({ ...claim, percent: 25 }, context);
    const { deployment } = await handler({ ...claim, percent: 100 }, context);
    expect(await reconciled(claim, { n, noneMayDiffer: true })).toMatchObject({ clean: true });
    return { claim, deployment };
  }
  async function move(claim: Claim, deployment: number, n = 20_000): Promise<z.infer<typeof moved>> {
    const { handler } = await import('../../lambdas/apply-phase.ts');
    const walk = { purpose: 'reconcile', n } as const;
    const given = { ...claim, phase: 'read-switch', passed: { walk, deployment } } as const;
    return moved.parse(await handler(given, context));
  }
  const truth = async (): Promise<unknown> =>
    truthOf(await storedPlanOf('m'), await new Ledger(cloud.db.database).applied('m'));
  /** The walk of that number is over for so much longer. */
  const later = (seconds: number, n: number) =>
    cloud.db.sql.query(
      'UPDATE underpin.checkpoint SET updated_at = updated_at - make_interval(secs => $1) WHERE n = $2',
      [seconds, n],
    );
  const oldOnly = () => cloud.db.sql.query(`UPDATE people SET mail = 'acknowledged' WHERE id = 7`);
  const at = () => ({ ApplicationId: cloud.place.application, EnvironmentId: cloud.place.environment });

  test('follows at once behind a pass that has found nothing, and is done once', async () => {
    const { claim, deployment } = await passed();
    expect(await move(claim, deployment)).toEqual({ done: true });
    expect(await truth()).toBe('new');
    const { handler: begin } = await import('../../lambdas/begin-confidence.ts');
    await begin(claim, context);
    // A second copy, whatever the flag says by now.
    expect(await move(claim, deployment)).toEqual({ done: true });
  });

  test('waits for another pass where a pause lay between, and takes nothing back that was written meanwhile', async () => {
    const { claim, deployment } = await passed();
    await oldOnly();
    await later(61, 20_000);
    expect(await move(claim, deployment)).toEqual({ done: false, deployment });
    expect(await truth()).toBe('old');
    expect(await reconciled(claim, { n: 20_001, noneMayDiffer: true })).toMatchObject({ mismatches: 1 });
    expect(await move(claim, deployment, 20_001)).toEqual({ done: false, deployment });
    expect(await reconciled(claim, { n: 20_002, noneMayDiffer: true })).toMatchObject({ clean: true });
    expect(await move(claim, deployment, 20_002)).toEqual({ done: true });
    expect(await rows()).toEqual([{ id: 7, mail: 'acknowledged', email: 'acknowledged' }]);
  });

  test('does not come while AppConfig has taken the last share back, and another pass goes by the flag that is deployed anew', async () => {
    const { claim, deployment } = await passed();
    await vi.waitFor(async () => {
      const { State } = await cloud.appConfig.send(
        new GetDeploymentCommand({ ...at(), DeploymentNumber: deployment }),
      );
      expect(['BAKING', 'COMPLETE']).toContain(State);
    });
    await cloud.appConfig.send(
      new StopDeploymentCommand({ ...at(), DeploymentNumber: deployment, AllowRevert: true }),
    );
    await expect(move(claim, deployment)).rejects.toMatchObject({
      name: 'DeploymentInProgress',
      message: expect.stringContaining(`deployment ${deployment} was taken back`),
    });
    expect(await truth()).toBe('old');
    // As another migration's way back does it.
    const flag = readFlag(() => targets()[0] ?? expect.fail('there is a target'));
    await flag.switchBack('another');
    const began = performance.now();
    const anew = await move(claim, deployment);
    // In which all have heard of it: a flag is heard of within a second here.
    expect(performance.now() - began).toBeGreaterThan(1000);
    expect(anew).toEqual({ done: false, deployment: expect.any(Number) });
    expect(anew.deployment).toBeGreaterThan(deployment);
    expect(await reconciled(claim, { n: 20_001, noneMayDiffer: true })).toMatchObject({ clean: true });
    expect(await move(claim, anew.deployment ?? 0, 20_001)).toEqual({ done: true });
  });

  /** The statement that moves the truth has been sent, and takes effect when what comes meanwhile has been done. */
  async function frozen(copy: () => Promise<unknown>, meanwhile: () => Promise<unknown>): Promise<unknown> {
    const holder = await cloud.db.connect();
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE underpin.applied IN SHARE MODE');
    const moving = copy();
    moving.catch(() => undefined);
    const waiting = awaitedLocks("relation = 'underpin.applied'::regclass");
    await vi.waitFor(
      async () => {
        expect((await cloud.db.sql.query(waiting)).rowCount).toBe(1);
      },
      { timeout: 10_000, interval: 20 },
    );
    await meanwhile();
    await holder.query('COMMIT');
    return moving;
  }
  const tooLate = { name: 'TransientDatabaseError', sqlState: '40001' };

  test('is made by a copy whose statement comes in time', async () => {
    const { claim, deployment } = await passed();
    expect(
      await frozen(
        () => move(claim, deployment),
        () => later(5, 20_000),
      ),
    ).toEqual({ done: true });
    expect(await truth()).toBe('new');
  });

  test.each([11, 61])(
    'is not made by a copy that was frozen for %i seconds between its look and its statement',
    async (seconds) => {
      const { claim, deployment } = await passed();
      const late = frozen(
        () => move(claim, deployment),
        async () => {
          // As a version that has heard of a flag that was taken back.
          await oldOnly();
          await later(seconds, 20_000);
        },
      );
      await expect(late).rejects.toMatchObject(tooLate);
      expect([await truth(), await rows()]).toEqual([
        'old',
        [{ id: 7, mail: 'acknowledged', email: 'mail 7' }],
      ]);
    },
  );

  test('back is not made by one either, and what came on the new side alone is found by another pass', async () => {
    const { claim, deployment } = await passed();
    await move(claim, deployment);
    const { handler: switchBack } = await import('../../lambdas/switch-reads-back.ts');
    await switchBack({ migration: 'm', execution: 'arn:first' }, context);
    const { handler: fence } = await import('../../lambdas/fence-workers.ts');
    const failure = { phase: 'confidence', error: { Error: 'GuardrailBreached', Cause: 'an alarm is on' } };
    const { epoch } = await fence({ migration: 'm', execution: 'arn:first', failure }, context);
    const { handler: undo } = await import('../../lambdas/undo-phase.ts');
    const back = (pass: number) => undo({ migration: 'm', epoch, phase: 'read-switch', pass }, context);
    const late = frozen(
      () => back(1),
      async () => {
        await cloud.db.sql.query(`UPDATE people SET email = 'acknowledged' WHERE id = 7`);
        await later(61, 1);
      },
    );
    await expect(late).rejects.toMatchObject(tooLate);
    expect(await truth()).toBe('new');
    expect(await back(1)).toEqual({ done: false, pass: 2 });
    expect(await back(2)).toEqual({ done: false, pass: 3 });
    expect(await back(3)).toEqual({ done: true, pass: 3 });
    expect([await truth(), await rows()]).toEqual([
      'old',
      [{ id: 7, mail: 'acknowledged', email: 'acknowledged' }],
    ]);
  });
});
