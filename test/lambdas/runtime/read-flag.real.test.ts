import { GetEnvironmentCommand, ListDeploymentsCommand } from '@aws-sdk/client-appconfig';
import { describe, expect, test } from 'vitest';
import { parseFlags, readShare } from '../../../engine/reads/flags.ts';
import { ReadFlag } from '../../../lambdas/runtime/read-flag.ts';
import type { AlarmState } from '../../../rehearsal/cloud/appconfig/deployment-run.ts';
import { scene } from '../../rehearsal/cloud/appconfig/scene.ts';

const alarm = 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:underpin-guardrails';

const stillMay = (): Promise<void> => Promise.resolve();

async function flagUnder(state: { alarm: AlarmState }, bakeMinutes = 0) {
  const place = await scene({
    type: 'AWS.AppConfig.FeatureFlags',
    alarms: [alarm],
    alarmState: () => state.alarm,
    settleMs: 20,
    monitorEveryMs: 5,
  });
  const flag = new ReadFlag(place.client, {
    target: 'shop',
    application: place.place.ApplicationId,
    environment: place.place.EnvironmentId,
    profile: place.profile.ConfigurationProfileId,
    forward: await place.strategy(0, bakeMinutes),
    back: await place.strategy(0, 0),
    monitor: { AlarmArn: alarm },
  });
  return {
    ...place,
    flag,
    states: async () => {
      const { Items = [] } = await place.client.send(new ListDeploymentsCommand(place.place));
      return Items.toReversed().map(({ State }) => State);
    },
    /** From now on AppConfig takes an update of the environment for one that leaves its alarms as they are. */
    keepMonitors: () =>
      place.client.middlewareStack.add(
        (next) => (call) => {
          if (call.input instanceof Object) Reflect.deleteProperty(call.input, 'Monitors');
          return next(call);
        },
        { step: 'initialize' },
      ),
    monitors: async () => (await place.client.send(new GetEnvironmentCommand(place.place))).Monitors,
  };
}

describe('forward', () => {
  test('goes under the alarm', async () => {
    const { flag, monitors, states } = await flagUnder({ alarm: 'OK' });
    await flag.moveForward('rename', { percent: 25 }, stillMay);
    expect(await flag.share('rename')).toBe(25);
    expect(await monitors()).toEqual([{ AlarmArn: alarm }]);
    expect(await states()).toEqual(['COMPLETE']);
  });

  test('is taken back by AppConfig when the alarm is on, and is retried', async () => {
    const { flag, states } = await flagUnder({ alarm: 'ALARM' });
    await expect(flag.moveForward('rename', { percent: 25 }, stillMay)).rejects.toMatchObject({
      name: 'DeploymentInProgress',
    });
    expect(await states()).toEqual(['ROLLED_BACK']);
  });

  test('moves nothing where AppConfig has not taken the alarm', async () => {
    const { flag, states, keepMonitors } = await flagUnder({ alarm: 'OK' });
    await flag.switchBack('rename');
    keepMonitors();
    await expect(flag.moveForward('rename', { percent: 25 }, stillMay)).rejects.toMatchObject({
      name: 'DeploymentInProgress',
      message: expect.stringContaining(`does not have the alarm ${alarm}`),
    });
    expect(await states()).toEqual(['COMPLETE']);
  });

  test('does not wait for the bake time: every reader has the flag already', async () => {
    const { flag, states } = await flagUnder({ alarm: 'OK' }, 1440);
    await flag.moveForward('rename', { percent: 25 }, stillMay);
    expect(await states()).toEqual(['BAKING']);
  });

  test('is retried when another deployment is under way', async () => {
    const { flag } = await flagUnder({ alarm: 'OK' }, 1440);
    await flag.moveForward('rename', { percent: 1 }, stillMay);
    await expect(flag.moveForward('other', { percent: 1 }, stillMay)).rejects.toMatchObject({
      name: 'DeploymentInProgress',
    });
  });
});

describe('back', () => {
  test('goes through although the alarm is on', async () => {
    const state: { alarm: AlarmState } = { alarm: 'OK' };
    const { flag, states, monitors } = await flagUnder(state);
    await flag.moveForward('rename', { percent: 100 }, stillMay);
    state.alarm = 'ALARM';
    await flag.switchBack('rename');
    expect(await flag.share('rename')).toBe(0);
    expect(await states()).toEqual(['COMPLETE', 'COMPLETE']);
    expect(await monitors()).toEqual([]);
  });

  test('would itself be rolled back if the alarm still watched it', async () => {
    const { store, strategy, deploy, deployment } = await flagUnder({ alarm: 'ALARM' });
    const version = await store(parseFlags(undefined));
    const { DeploymentNumber = 0 } = await deploy(version, await strategy(0, 0));
    await expect.poll(async () => (await deployment(DeploymentNumber)).State).toBe('ROLLED_BACK');
  });

  test('stops a deployment that is in its way', async () => {
    const { flag, states } = await flagUnder({ alarm: 'OK' }, 1440);
    await flag.moveForward('rename', { percent: 25 }, stillMay);
    await flag.switchBack('rename');
    expect(await states()).toEqual(['ROLLED_BACK', 'COMPLETE']);
    expect(await flag.share('rename')).toBe(0);
  });

  test('leaves other migrations where they are', async () => {
    const { flag } = await flagUnder({ alarm: 'OK' });
    await flag.moveForward('one', { percent: 25 }, stillMay);
    await flag.moveForward('two', { percent: 5 }, stillMay);
    await flag.switchBack('one');
    expect(await flag.share('two')).toBe(5);
  });

  test('says so where AppConfig has kept the alarm that was taken off', async () => {
    const state: { alarm: AlarmState } = { alarm: 'OK' };
    const { flag, monitors, keepMonitors } = await flagUnder(state);
    await flag.moveForward('rename', { percent: 100 }, stillMay);
    state.alarm = 'ALARM';
    keepMonitors();
    await expect(flag.switchBack('rename')).rejects.toMatchObject({
      name: 'DeploymentInProgress',
      message: expect.stringContaining(`its environment still has ${alarm}`),
    });
    expect(await monitors()).toEqual([{ AlarmArn: alarm }]);
  });

  test('is followed by a way forward that the alarm watches again', async () => {
    const { flag, monitors } = await flagUnder({ alarm: 'OK' });
    await flag.switchBack('rename');
    await flag.moveForward('rename', { percent: 1 }, stillMay);
    expect(await monitors()).toEqual([{ AlarmArn: alarm }]);
  });
});

test('a document without the flag sends nothing to the new shape', () => {
  expect(readShare(parseFlags(undefined), 'rename')).toBe(0);
});
