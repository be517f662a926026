import {
  GetEnvironmentCommand,
  GetHostedConfigurationVersionCommand,
  ListApplicationsCommand,
  ListDeploymentsCommand,
  ListDeploymentStrategiesCommand,
  ListHostedConfigurationVersionsCommand,
  StopDeploymentCommand,
  CreateConfigurationProfileCommand,
  CreateApplicationCommand,
  GetApplicationCommand,
  TagResourceCommand,
} from '@aws-sdk/client-appconfig';
import { describe, expect, test } from 'vitest';
import type { AlarmState } from '../../../../rehearsal/cloud/appconfig/deployment-run.ts';
import { ManualClock } from '../manual-clock.ts';
import { scene } from './scene.ts';
import { eventually } from '../../../eventually.ts';

const minute = 60_000;

describe('versions', () => {
  test('a stale LatestVersionNumber changes nothing', async () => {
    const { store, client, profile } = await scene();
    expect([await store({ a: 1 }, 0), await store({ a: 2 }, 1), await store({ a: 3 })]).toEqual([1, 2, 3]);
    await expect(store({ a: 4 }, 2)).rejects.toMatchObject({
      name: 'ConflictException',
      $metadata: { httpStatusCode: 409 },
    });
    const { Items } = await client.send(new ListHostedConfigurationVersionsCommand(profile));
    expect(Items?.map((it) => it.VersionNumber)).toEqual([3, 2, 1]);
  });

  test('a version comes back as it was stored', async () => {
    const { store, client, profile } = await scene();
    await store({ a: 'ü' });
    const version = await client.send(
      new GetHostedConfigurationVersionCommand({ ...profile, VersionNumber: 1 }),
    );
    expect(Buffer.from(version.Content ?? []).toString()).toBe('{"a":"ü"}');
    expect(version).toMatchObject({ VersionNumber: 1, ContentType: 'application/json' });
  });

  test('a flag document that AWS would refuse is refused, with the place', async () => {
    const { store } = await scene({ type: 'AWS.AppConfig.FeatureFlags' });
    await expect(store({ version: '1', flags: { reads: { weight: 1 } } })).rejects.toMatchObject({
      name: 'BadRequestException',
      Reason: 'InvalidConfiguration',
      Details: { InvalidConfiguration: [{ Location: '/flags/reads' }] },
    });
  });

  test('flags come back with the times that AWS writes into them', async () => {
    const { store, client, profile } = await scene({ type: 'AWS.AppConfig.FeatureFlags' });
    await store({ version: '1', flags: { reads: {} }, values: { reads: { enabled: true } } });
    const version = await client.send(
      new GetHostedConfigurationVersionCommand({ ...profile, VersionNumber: 1 }),
    );
    const time: unknown = expect.stringMatching(/^\d{4}-/);
    expect(JSON.parse(Buffer.from(version.Content ?? []).toString())).toEqual({
      version: '1',
      flags: { reads: { _createdAt: time, _updatedAt: time } },
      values: { reads: { enabled: true, _createdAt: time, _updatedAt: time } },
    });
  });
});

describe('a deployment', () => {
  test('walks through its steps and its bake time', async () => {
    const clock = new ManualClock();
    const { store, strategy, deploy, deployment } = await scene({ clock });
    await deploy(await store({}), await strategy(10, 5, 50));
    const seen = [await deployment(1)];
    for (const advance of [minute, 5 * minute, 4 * minute, 5 * minute]) {
      await clock.advance(advance);
      seen.push(await deployment(1));
    }
    expect(seen.map((it) => [it.State, it.PercentageComplete])).toEqual([
      ['DEPLOYING', 0],
      ['DEPLOYING', 50],
      ['DEPLOYING', 100],
      ['BAKING', 100],
      ['COMPLETE', 100],
    ]);
    expect(seen.at(-1)?.EventLog?.map((it) => [it.EventType, it.TriggeredBy])).toEqual([
      ['DEPLOYMENT_COMPLETED', 'APPCONFIG'],
      ['BAKE_TIME_STARTED', 'APPCONFIG'],
      ['PERCENTAGE_UPDATED', 'APPCONFIG'],
      ['PERCENTAGE_UPDATED', 'APPCONFIG'],
      ['DEPLOYMENT_STARTED', 'USER'],
    ]);
    expect(seen.at(-1)?.CompletedAt).toEqual(new Date(clock.now()));
  });

  test('without a duration still is not complete in the response', async () => {
    const { store, strategy, deploy, deployment } = await scene();
    expect((await deploy(await store({}), await strategy(0, 0))).State).toBe('DEPLOYING');
    await eventually(async () => expect((await deployment(1)).State).toBe('COMPLETE'));
  });

  test('refuses a second one in its environment until it is done, also while it bakes or rolls back', async () => {
    const clock = new ManualClock();
    const { store, strategy, deploy, client, place, deployment } = await scene({ clock });
    const [version, slow] = [await store({}), await strategy(1, 1)];
    const second = () => deploy(version, slow);
    const refused = { name: 'ConflictException', $metadata: { httpStatusCode: 409 } };
    await deploy(version, slow);
    await expect(second()).rejects.toMatchObject(refused);
    await clock.advance(1.5 * minute);
    expect((await deployment(1)).State).toBe('BAKING');
    await expect(second()).rejects.toMatchObject(refused);
    await client.send(new StopDeploymentCommand({ ...place, DeploymentNumber: 1 }));
    expect((await deployment(1)).State).toBe('ROLLING_BACK');
    await expect(second()).rejects.toMatchObject(refused);
    await clock.advance(1000);
    expect((await deployment(1)).State).toBe('ROLLED_BACK');
    expect((await second()).DeploymentNumber).toBe(2);
  });

  test('with a stale LatestDeploymentNumber does not start', async () => {
    const { store, strategy, deploy, deployment, client, place } = await scene();
    const [version, fast] = [await store({}), await strategy(0, 0)];
    await deploy(version, fast, 0);
    await eventually(async () => expect((await deployment(1)).State).toBe('COMPLETE'));
    await expect(deploy(version, fast, 0)).rejects.toMatchObject({ name: 'ConflictException' });
    const { Items } = await client.send(new ListDeploymentsCommand(place));
    expect(Items?.map((it) => [it.DeploymentNumber, it.State])).toEqual([[1, 'COMPLETE']]);
  });

  test('can be reverted for 72 hours after it completed and not later', async () => {
    const clock = new ManualClock();
    const { store, strategy, deploy, deployment, client, place } = await scene({ clock });
    const [version, fast] = [await store({}), await strategy(0, 0)];
    const stop = (DeploymentNumber: number, AllowRevert: boolean) =>
      client.send(new StopDeploymentCommand({ ...place, DeploymentNumber, AllowRevert }));
    const badRequest = { name: 'BadRequestException' };
    await deploy(version, fast);
    await clock.advance(minute);
    await expect(stop(1, false)).rejects.toMatchObject(badRequest);
    await clock.advance(71 * 60 * minute);
    expect((await stop(1, true)).State).toBe('REVERTED');
    await expect(stop(1, true)).rejects.toMatchObject(badRequest);
    await deploy(version, fast);
    await clock.advance(73 * 60 * minute);
    await expect(stop(2, true)).rejects.toMatchObject(badRequest);
    expect((await deployment(2)).State).toBe('COMPLETE');
  });
});

describe('the alarms of an environment', () => {
  const arn = 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors';
  const watched = async (state: () => AlarmState) => {
    const clock = new ManualClock();
    const made = await scene({ clock, alarms: [arn], alarmState: () => state() });
    await made.deploy(await made.store({}), await made.strategy(1, 1));
    return { ...made, clock };
  };

  test.each(['ALARM', 'INSUFFICIENT_DATA'] as const)('%s in the bake time rolls back', async (bad) => {
    let state: AlarmState = 'OK';
    const { clock, deployment, client, place } = await watched(() => state);
    await clock.advance(1.5 * minute);
    expect((await deployment(1)).State).toBe('BAKING');
    state = bad;
    await clock.advance(1000);
    const after = await deployment(1);
    expect(after.State).toBe('ROLLED_BACK');
    expect(after.EventLog?.find((it) => it.EventType === 'ROLLBACK_STARTED')?.TriggeredBy).toBe(
      'CLOUDWATCH_ALARM',
    );
    expect((await client.send(new GetEnvironmentCommand(place))).State).toBe('ROLLED_BACK');
  });

  test('no longer matter once it is complete', async () => {
    let state: AlarmState = 'OK';
    const { clock, deployment } = await watched(() => state);
    await clock.advance(3 * minute);
    state = 'ALARM';
    await clock.advance(3 * minute);
    expect((await deployment(1)).State).toBe('COMPLETE');
  });

  test('that cannot be read roll back with INTERNAL_ERROR', async () => {
    const { clock, deployment } = await watched(() => {
      throw new Error('no such alarm');
    });
    await clock.advance(1000);
    expect((await deployment(1)).EventLog?.[1]).toMatchObject({
      EventType: 'ROLLBACK_STARTED',
      TriggeredBy: 'INTERNAL_ERROR',
      Description: 'no such alarm',
    });
  });

  test('are refused where nobody can tell their state', async () => {
    await expect(scene({ alarms: [arn] })).rejects.toMatchObject({ name: 'BadRequestException' });
  });
});

describe('the control plane', () => {
  test('says ResourceNotFoundException for what it does not have', async () => {
    const { client } = await scene();
    await expect(client.send(new GetApplicationCommand({ ApplicationId: 'abcdefg' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      $metadata: { httpStatusCode: 404 },
    });
  });

  test('refuses operations and values that it does not imitate', async () => {
    const { client, place } = await scene();
    const tag = new TagResourceCommand({ ResourceArn: 'arn:aws:appconfig:x', Tags: { a: 'b' } });
    await expect(client.send(tag)).rejects.toThrow('does not know POST /tags');
    const { ApplicationId } = place;
    const inS3 = { ApplicationId, Name: 'x', LocationUri: 's3://bucket/key' };
    await expect(client.send(new CreateConfigurationProfileCommand(inS3))).rejects.toThrow('LocationUri');
  });

  test('lists in pages', async () => {
    const { client } = await scene();
    await client.send(new CreateApplicationCommand({ Name: 'second' }));
    const first = await client.send(new ListApplicationsCommand({ MaxResults: 1 }));
    const rest = await client.send(new ListApplicationsCommand({ NextToken: first.NextToken }));
    expect([first.Items, rest.Items].map((it) => it?.map(({ Name }) => Name))).toEqual([
      ['shop'],
      ['second'],
    ]);
    expect(rest.NextToken).toBeUndefined();
  });

  test('knows the predefined strategies', async () => {
    const { client } = await scene();
    const { Items } = await client.send(new ListDeploymentStrategiesCommand({}));
    expect(Items?.find((it) => it.Id === 'AppConfig.AllAtOnce')).toMatchObject({
      FinalBakeTimeInMinutes: 10,
    });
  });
});
