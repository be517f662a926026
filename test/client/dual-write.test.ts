import { describe, expect, test } from 'vitest';
import { writeBoth } from '../../client/dual-write.ts';
import type { SwitchEvent } from '../../client/events.ts';
import type { Path } from '../../client/paths.ts';
import { agentScene, flag, membersOf, share, switchScene, until } from './scene.ts';

function writing(truth: Path, otherWithinMs = 1000) {
  const events: SwitchEvent[] = [];
  const order: string[] = [];
  const partial = { count: 0 };
  const side = (path: Path, outcome: () => unknown) => async (): Promise<unknown> => {
    order.push(path);
    return outcome();
  };
  const write = (old: () => unknown, fresh: () => unknown): Promise<unknown> =>
    writeBoth(
      'k',
      { old: side('old', old), new: side('new', fresh) },
      {
        flag,
        truth: () => truth,
        otherWithinMs,
        onEvent: (event) => events.push(event),
        partial: () => (partial.count += 1),
      },
    );
  return { write, events, order, partial };
}

const fails = (): never => {
  throw new RangeError('secret');
};

describe.each([
  ['old', ['old', 'new']],
  ['new', ['new', 'old']],
] as const)('a write while the %s side is the truth', (truth, order) => {
  const sides = (result: () => unknown, second: () => unknown): readonly [() => unknown, () => unknown] =>
    truth === 'old' ? [result, second] : [second, result];

  test('goes to the truth first, and returns what that returned', async () => {
    const scene = writing(truth);
    expect(
      await scene.write(
        ...sides(
          () => 'kept',
          () => 'dropped',
        ),
      ),
    ).toBe('kept');
    expect(scene.order).toEqual(order);
    expect([scene.partial.count, scene.events]).toEqual([0, []]);
  });

  test('that the truth refuses is refused, and is written nowhere', async () => {
    const scene = writing(truth);
    await expect(scene.write(...sides(fails, () => 'dropped'))).rejects.toThrow('secret');
    expect(scene.order).toEqual([truth]);
    expect(scene.partial.count).toBe(0);
  });

  test('that the other side refuses is kept, counted and told by key, without values', async () => {
    const scene = writing(truth);
    expect(await scene.write(...sides(() => 'kept', fails))).toBe('kept');
    expect(scene.partial.count).toBe(1);
    expect(scene.events).toEqual([
      { flag, what: 'partial-write', key: 'k', truth, missing: order[1], error: 'RangeError' },
    ]);
  });

  test('that the other side keeps waiting is answered in time, and counts as partial', async () => {
    const scene = writing(truth, 30);
    expect(
      await scene.write(
        ...sides(
          () => 'kept',
          () => new Promise<never>(() => {}),
        ),
      ),
    ).toBe('kept');
    expect(scene.events).toMatchObject([{ what: 'partial-write', error: 'not done within 30 ms' }]);
  });
});

test('the flag says which side is the truth: the new one at 100 %, the old one until then', async () => {
  const agent = await agentScene(share(25));
  const { users, lines } = switchScene(agent.url);
  const order: string[] = [];
  const write = (): Promise<number> =>
    users.write('k', { old: () => order.push('old'), new: () => order.push('new') });
  await write();
  await users.ready(30_000);
  await write();
  expect(order.splice(0)).toEqual(['old', 'new', 'old', 'new']);
  agent.answer = share(100);
  // A question that was under way is answered as before.
  await until(() => users.state.share === 100);
  await write();
  expect(order.splice(0)).toEqual(['new', 'old']);
  agent.answer = share(0);
  await until(() => users.state.share === 0);
  await write();
  await users.write('k', { old: () => 1, new: fails }).catch(() => undefined);
  expect(order).toEqual(['old', 'new']);
  await users.close();
  await agent.close();
  expect(lines.map(membersOf)).toEqual([
    { target: 'shop', migration: 'rename-users-email', PartialWrites: 1 },
  ]);
});
