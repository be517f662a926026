import { StopDeploymentCommand } from '@aws-sdk/client-appconfig';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startAppConfigAgent, type AgentOptions } from '../../../../rehearsal/cloud/appconfig/agent.ts';
import { ManualClock } from '../manual-clock.ts';
import { scene, type Scene } from './scene.ts';
import { eventually } from '../../../eventually.ts';

const path = '/applications/shop/environments/live/configurations/switches';

async function agentOf({ endpoint }: Scene, options: Partial<AgentOptions> = {}) {
  const agent = await startAppConfigAgent({ appConfigEndpoint: endpoint, ...options });
  onTestFinished(() => agent.close());
  const get = async (query = '', headers: Record<string, string> = {}) => {
    const response = await fetch(`${agent.endpoint}${path}${query}`, { headers });
    return { status: response.status, body: await response.json() };
  };
  return { ...agent, get };
}

const reads = (share: number) => ({
  version: '1',
  flags: { reads: { attributes: { shape: {} } }, banner: {} },
  values: {
    reads: {
      _variants: [
        {
          name: 'tester',
          enabled: true,
          rule: '(ends_with $email "@us.test")',
          attributeValues: { shape: 'new' },
        },
        {
          name: 'new',
          enabled: true,
          rule: `(split pct::${share} by::$user)`,
          attributeValues: { shape: 'new' },
        },
        { name: 'old', enabled: false, attributeValues: { shape: 'old' } },
      ],
    },
    banner: { enabled: false },
  },
});

async function deployed(document: unknown, type = 'AWS.AppConfig.FeatureFlags') {
  const made = await scene({ type });
  const roll = async (next: unknown) => {
    const { DeploymentNumber = 0 } = await made.deploy(await made.store(next), await made.strategy(0, 0));
    await eventually(async () => expect((await made.deployment(DeploymentNumber)).State).toBe('COMPLETE'));
  };
  await roll(document);
  return { ...made, roll };
}

describe('the agent', () => {
  test('evaluates flags by the context of the request', async () => {
    const { get } = await agentOf(await deployed(reads(0)));
    expect(await get()).toEqual({
      status: 200,
      body: { reads: { _variant: 'old', enabled: false }, banner: { enabled: false } },
    });
    const tester = { _variant: 'tester', enabled: true, shape: 'new' };
    expect((await get('?flag=reads', { context: 'email=a=b@us.test' })).body).toEqual({ reads: tester });
    expect((await get('?flag=reads', { context: 'user=1, email=a@us.test' })).body).toEqual({
      reads: tester,
    });
  });

  test('keeps the users of a share that grows', async () => {
    const made = await deployed(reads(10));
    const agent = await agentOf(made);
    const members = async () => {
      const users = Array.from({ length: 60 }, (_, user) => user);
      const flags = await Promise.all(
        users.map((user) => agent.get('?flag=reads', { context: `user=${user}` })),
      );
      return users.filter((user) => JSON.stringify(flags[user]).includes('"_variant":"new"'));
    };
    const before = await members();
    await made.roll(reads(50));
    await agent.poll();
    const after = await members();
    expect(after).toEqual(expect.arrayContaining(before));
    expect(after.length).toBeGreaterThan(before.length);
  });

  test('serves an old version until its poll is due', async () => {
    const clock = new ManualClock();
    const made = await deployed({ at: 1 }, 'AWS.Freeform');
    const agent = await agentOf(made, { clock });
    expect((await agent.get()).body).toEqual({ at: 1 });
    await made.roll({ at: 2 });
    await clock.advance(44_000);
    expect((await agent.get()).body).toEqual({ at: 1 });
    await clock.advance(1000);
    await eventually(async () => expect((await agent.get()).body).toEqual({ at: 2 }));
  });

  test('goes back to the previous version as soon as a deployment is stopped', async () => {
    const made = await deployed({ at: 1 }, 'AWS.Freeform');
    const agent = await agentOf(made);
    await made.deploy(await made.store({ at: 2 }), await made.strategy(0, 60));
    await eventually(async () => expect((await made.deployment(2)).State).toBe('BAKING'));
    await agent.poll();
    expect((await agent.get()).body).toEqual({ at: 2 });
    await made.client.send(new StopDeploymentCommand({ ...made.place, DeploymentNumber: 2 }));
    await agent.poll();
    expect((await agent.get()).body).toEqual({ at: 1 });
  });

  test('after a rollback goes on from the version before it', async () => {
    const made = await deployed({ at: 1 }, 'AWS.Freeform');
    const agent = await agentOf(made);
    for (const [turn, at] of [2, 3].entries()) {
      const DeploymentNumber = turn + 2;
      await made.deploy(await made.store({ at }), await made.strategy(0, 60));
      await eventually(async () => expect((await made.deployment(DeploymentNumber)).State).toBe('BAKING'));
      await made.client.send(new StopDeploymentCommand({ ...made.place, DeploymentNumber }));
      await eventually(async () =>
        expect((await made.deployment(DeploymentNumber)).State).toBe('ROLLED_BACK'),
      );
    }
    await agent.poll();
    expect((await agent.get()).body).toEqual({ at: 1 });
  });

  test('gives a gradual deployment to a share of the agents, and to a fixed share of the entities', async () => {
    const clock = new ManualClock();
    const made = await scene({ clock });
    const [one, two] = [await made.store({ at: 1 }), await made.store({ at: 2 })];
    await made.deploy(one, await made.strategy(0, 0));
    await clock.advance(1000);
    await made.deploy(two, await made.strategy(10, 0, 50));
    await clock.advance(1000);
    const asked = Array.from({ length: 40 }, (_, index) => `i-${index}`);
    const agents = await Promise.all(
      asked.map(async (instanceId) => (await agentOf(made, { instanceId })).get()),
    );
    const among = agents.filter((it) => JSON.stringify(it.body) === '{"at":2}').length;
    expect([among > 8, among < 32]).toEqual([true, true]);
    const { get } = await agentOf(made, { instanceId: 'i-0' });
    const entities = await Promise.all(asked.map((entity) => get('', { 'entity-id': entity })));
    expect(entities).toEqual(agents);
  });

  test('goes on serving its cache while AppConfig is away', async () => {
    const made = await deployed({ at: 1 }, 'AWS.Freeform');
    const agent = await agentOf(made);
    await agent.get();
    vi.stubGlobal('fetch', failingFor(made.endpoint));
    onTestFinished(() => void vi.unstubAllGlobals());
    await agent.poll();
    expect((await agent.get()).body).toEqual({ at: 1 });
  });

  test('says 404 before anything is deployed and for names it cannot find, and 400 for what it does not know', async () => {
    const made = await scene({ type: 'AWS.AppConfig.FeatureFlags' });
    const agent = await agentOf(made);
    expect((await agent.get()).status).toBe(404);
    expect((await fetch(`${agent.endpoint}/applications/no/environments/live/configurations/x`)).status).toBe(
      404,
    );
    expect((await fetch(`${agent.endpoint}/else`)).status).toBe(400);
    expect((await agent.get('?flags=x')).status).toBe(400);
  });

  test('refuses a flag that is not there and a context that is not key=value', async () => {
    const { get } = await agentOf(await deployed(reads(0)));
    expect((await get('?flag=writes')).status).toBe(400);
    expect((await get('?flag=reads', { context: 'nonsense' })).status).toBe(400);
  });
});

function failingFor(endpoint: string): typeof fetch {
  const original = globalThis.fetch;
  return (input, init) =>
    addressOf(input).startsWith(endpoint)
      ? Promise.reject(new Error('connection refused'))
      : original(input, init);
}

function addressOf(input: string | URL | Request): string {
  return input instanceof Request ? input.url : input.toString();
}
