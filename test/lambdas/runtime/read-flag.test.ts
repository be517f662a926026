import {
  GetDeploymentCommand,
  ListDeploymentsCommand,
  ListHostedConfigurationVersionsCommand,
  StopDeploymentCommand,
  type AppConfigClient,
} from '@aws-sdk/client-appconfig';
import * as z from 'zod';
import { describe, expect, test, vi } from 'vitest';
import { Fenced } from '../../../engine/database/errors.ts';
import { withReadShare, parseFlags } from '../../../engine/reads/flags.ts';
import { ReadFlag } from '../../../lambdas/runtime/read-flag.ts';
import { scene as appConfig } from '../../rehearsal/cloud/appconfig/scene.ts';
import { ManualClock } from '../../rehearsal/cloud/manual-clock.ts';
import { eventually } from '../../eventually.ts';

const minute = 60_000;
const shared = (percent: number) => withReadShare(parseFlags(undefined), 'm_shop', { percent });

const stillMay = (): Promise<void> => Promise.resolve();

/** An AppConfig whose deployments take a minute of a clock that stands, and the read flag over it. */
async function scene() {
  const clock = new ManualClock();
  const cloud = await appConfig({ clock, type: 'AWS.AppConfig.FeatureFlags', alarmState: () => 'OK' });
  const { client, place, profile } = cloud;
  const strategy = await cloud.strategy(1, 0);
  const flag = new ReadFlag(client, {
    target: 'shop',
    application: place.ApplicationId,
    environment: place.EnvironmentId,
    profile: profile.ConfigurationProfileId,
    forward: strategy,
    back: strategy,
    monitor: {
      AlarmArn: 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:quiet',
      AlarmRoleArn: 'arn:aws:iam::123456789012:role/r',
    },
  });
  const versions = async () =>
    (await client.send(new ListHostedConfigurationVersionsCommand(profile))).Items?.length;
  const deployments = async () =>
    (await client.send(new ListDeploymentsCommand(place))).Items?.map((it) => [
      it.ConfigurationVersion,
      it.State,
    ]);
  return { ...cloud, clock, strategy, flag, versions, deployments };
}

const states = async (deployments: () => Promise<unknown>, wanted: unknown) =>
  eventually(async () => expect(await deployments()).toEqual(wanted));

/** Whether a command of that kind is sent from now on. */
const watched = (client: AppConfigClient) => {
  const sent = vi.spyOn(client, 'send');
  return (command: new (input: never) => unknown): boolean =>
    sent.mock.calls.some(([each]) => each instanceof command);
};

test('asked again, the share goes on with the deployment that is under way', async () => {
  const { flag, store, deploy, strategy, clock, client, versions, deployments } = await scene();
  await deploy(await store(shared(0)), strategy);
  const asked = watched(client);
  const moved = flag.moveForward('m', { percent: 0 }, stillMay);
  await eventually(() => expect(asked(GetDeploymentCommand)).toBe(true));
  await clock.advance(minute);
  await moved;
  expect([await versions(), await deployments()]).toEqual([1, [['1', 'COMPLETE']]]);
});

test('asked again after its deployment did not start, the share deploys the version that is stored', async () => {
  const { flag, store, clock, versions, deployments } = await scene();
  await store(shared(5));
  const moved = flag.moveForward('m', { percent: 5 }, stillMay);
  await states(deployments, [['1', 'DEPLOYING']]);
  await clock.advance(minute);
  await moved;
  expect(await versions()).toBe(1);
});

test.each([
  ['has read the flag', 1, 0],
  ['is about to deploy', 2, 1],
])('a copy that is fenced when it %s moves nothing', async (_, at, stored) => {
  const { flag, versions, deployments } = await scene();
  let asked = 0;
  const moved = flag.moveForward('m', { percent: 5 }, async () => {
    asked += 1;
    if (asked === at) throw new Fenced('over');
  });
  await expect(moved).rejects.toMatchObject({ name: 'Fenced' });
  expect([await versions(), await deployments()]).toEqual([stored, []]);
});

test('a rollback stops what is under way and waits until it is over', async () => {
  const { flag, store, deploy, strategy, clock, deployments } = await scene();
  await deploy(await store(shared(5)), strategy);
  const moved = flag.switchBack('m');
  await states(deployments, [['1', 'ROLLING_BACK']]);
  await clock.advance(1000);
  await states(deployments, [
    ['2', 'DEPLOYING'],
    ['1', 'ROLLED_BACK'],
  ]);
  await clock.advance(minute);
  await moved;
});

test('a rollback does not stop a deployment that rolls back already', async () => {
  const { flag, store, deploy, strategy, clock, client, place, deployments } = await scene();
  await deploy(await store(shared(5)), strategy);
  await client.send(new StopDeploymentCommand({ ...place, DeploymentNumber: 1 }));
  const asked = watched(client);
  const moved = flag.switchBack('m');
  await eventually(() => expect(asked(GetDeploymentCommand)).toBe(true));
  await clock.advance(1000);
  await states(deployments, [
    ['2', 'DEPLOYING'],
    ['1', 'ROLLED_BACK'],
  ]);
  await clock.advance(minute);
  await moved;
  expect(asked(StopDeploymentCommand)).toBe(false);
});

describe('since which deployment readers have been told something', () => {
  const strict = { percent: 100, writes: { truth: 'old', isStrict: true } } as const;
  const saying = withReadShare(parseFlags(undefined), 'm_shop', strict);
  /** Deploys versions one after the other, each until it is complete, taken back, or under way. */
  async function deployed(...all: readonly (readonly [unknown, 'complete' | 'taken back' | 'under way'])[]) {
    const { flag, store, deploy, strategy, clock, client, place } = await scene();
    const deployment = async (DeploymentNumber: number): Promise<string | undefined> =>
      (await client.send(new GetDeploymentCommand({ ...place, DeploymentNumber }))).State;
    for (const [at, [document, ends]] of all.entries()) {
      await deploy(await store(document, at), strategy);
      if (ends === 'taken back')
        await client.send(new StopDeploymentCommand({ ...place, DeploymentNumber: at + 1 }));
      if (ends === 'under way') continue;
      await clock.advance(ends === 'complete' ? minute : 1000);
      await eventually(async () =>
        expect(await deployment(at + 1)).toBe(ends === 'complete' ? 'COMPLETE' : 'ROLLED_BACK'),
      );
    }
    return flag;
  }
  const other = withReadShare(saying, 'another_shop', { percent: 25 });

  test.each([
    [
      'what was complete',
      [
        [shared(5), 'complete'],
        [saying, 'complete'],
      ],
      2,
    ],
    [
      'what another migration has deployed over it',
      [
        [saying, 'complete'],
        [other, 'complete'],
      ],
      1,
    ],
    [
      'nothing where it was taken back',
      [
        [shared(5), 'complete'],
        [saying, 'taken back'],
      ],
      null,
    ],
    [
      'what was deployed anew after it was taken back',
      [
        [shared(5), 'complete'],
        [saying, 'taken back'],
        [other, 'complete'],
      ],
      3,
    ],
    [
      'nothing where readers are getting another',
      [
        [saying, 'complete'],
        [shared(0), 'under way'],
      ],
      null,
    ],
    [
      'what they have, as long as they are getting the same',
      [
        [saying, 'complete'],
        [other, 'under way'],
      ],
      1,
    ],
    [
      'nothing where they are only getting it',
      [
        [shared(5), 'complete'],
        [saying, 'under way'],
      ],
      null,
    ],
    [
      'what stands behind a page of deployments that were taken back',
      [[saying, 'complete'], ...Array.from({ length: 21 }, () => [other, 'taken back'] as const)],
      1,
    ],
  ] as const)('is %s', async (_, deployments, since) => {
    const flag = await deployed(...deployments);
    expect(await flag.saidSince('m', strict, 0)).toBe(since);
  });

  test('is asked no further back than somebody wants to know', async () => {
    const flag = await deployed([saying, 'complete'], [other, 'complete'], [saying, 'complete']);
    expect(await flag.saidSince('m', strict, 2)).toBe(2);
  });
});

test('the newest version is the one with the highest number, in whatever order and on whatever page it is listed', async () => {
  const { flag, store, client } = await scene();
  for (const percent of [1, 5, 25]) await store(shared(percent));
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const answer = await next({ ...args, input: { ...args.input, NextToken: undefined } });
      return context.commandName === 'ListHostedConfigurationVersionsCommand'
        ? { ...answer, output: pageOf(answer.output, args.input) }
        : answer;
    },
    { step: 'initialize' },
  );
  expect(await flag.share('m')).toBe(25);
});

/** Oldest first, a page with one after the other. */
function pageOf(output: object, input: object): never {
  const versions = z.object({ Items: z.array(z.looseObject({ VersionNumber: z.number() })) }).parse(output);
  const { NextToken = '0' } = z.object({ NextToken: z.string().optional() }).parse(input);
  const at = Number(NextToken);
  const Items = versions.Items.toReversed();
  const more = at + 1 < Items.length ? { NextToken: String(at + 1) } : {};
  // The SDK's types know no answer that is made here.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return { ...output, Items: [Items[at]], ...more } as never;
}
