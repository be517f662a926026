import { describe, expect, test } from 'vitest';
import { writeBoth } from '../../client/dual-write.ts';
import type { SwitchEvent } from '../../client/events.ts';
import { other, type Path } from '../../client/paths.ts';
import { ShadowWrites } from '../../client/shadow-writes.ts';
import { writeMode, type Writes } from '../../client/write-mode.ts';
import { agentScene, flag, membersOf, share, switchScene, until } from './scene.ts';

function writing(truth: Path, otherWithinMs = 1000, writes: Writes = 'counted') {
  const shadows = new ShadowWrites();
  const events: SwitchEvent[] = [];
  const order: string[] = [];
  const partial = { count: 0 };
  const side = (path: Path, outcome: () => unknown) => async (): Promise<unknown> => {
    order.push(path);
    return outcome();
  };
  const write = (old: () => unknown, fresh: () => unknown, key = 'k'): Promise<unknown> =>
    writeBoth(
      key,
      { old: side('old', old), new: side('new', fresh) },
      {
        flag,
        mode: () => ({ truth, writes }),
        shadows,
        otherWithinMs,
        onEvent: (event) => events.push(event),
        partial: () => (partial.count += 1),
      },
    );
  return { write, events, order, partial, shadows };
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

describe.each(['old', 'new'] as const)('a strict write, with the %s side first', (truth) => {
  const sides = (first: () => unknown, second: () => unknown): readonly [() => unknown, () => unknown] =>
    truth === 'old' ? [first, second] : [second, first];

  test('counts where both sides have it', async () => {
    const scene = writing(truth, 1000, 'strict');
    expect(
      await scene.write(
        ...sides(
          () => 'kept',
          () => 'too',
        ),
      ),
    ).toBe('kept');
    expect(scene.order).toEqual([truth, other(truth)]);
  });

  test('is refused where the second side refuses it, however long that takes, and told by key', async () => {
    const scene = writing(truth, 1, 'strict');
    const slow = async (): Promise<never> => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return fails();
    };
    await expect(scene.write(...sides(() => 'kept', slow))).rejects.toThrow('secret');
    expect(scene.events).toMatchObject([{ what: 'partial-write', truth, error: 'RangeError' }]);
    expect(scene.partial.count).toBe(1);
  });
});

describe('a shadow write', () => {
  test('keeps nobody waiting, and its errors are counted and never raised', async () => {
    const scene = writing('old', 1000, 'shadow');
    let fail: (error: Error) => void = () => {};
    const hangs = (): Promise<never> => new Promise((_, reject) => (fail = reject));
    expect(await scene.write(() => 'kept', hangs)).toBe('kept');
    expect(scene.partial.count).toBe(0);
    fail(new RangeError('secret'));
    await scene.shadows.settled();
    expect(scene.partial.count).toBe(1);
    expect(scene.events).toEqual([
      { flag, what: 'partial-write', key: 'k', truth: 'old', missing: 'new', error: 'RangeError' },
    ]);
  });

  test('of a key does not overtake the one before it; those of other keys do', async () => {
    const scene = writing('old', 1000, 'shadow');
    const landed: string[] = [];
    let go = (): void => {};
    const first = new Promise<void>((resolve) => (go = resolve));
    await scene.write(
      () => 1,
      () => first.then(() => landed.push('a first')),
      'a',
    );
    await scene.write(
      () => 2,
      () => landed.push('a second'),
      'a',
    );
    await scene.write(
      () => 3,
      () => landed.push('b'),
      'b',
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect(landed).toEqual(['b']);
    go();
    await scene.shadows.settled();
    expect(landed).toEqual(['b', 'a first', 'a second']);
  });

  test('is not begun where a hundred are under way, and counts as partial', async () => {
    const scene = writing('old', 1000, 'shadow');
    let go = (): void => {};
    const hang = new Promise<void>((resolve) => (go = resolve));
    for (let at = 0; at < 103; at += 1)
      await scene.write(
        () => at,
        () => hang,
        `k${at}`,
      );
    expect(scene.partial.count).toBe(3);
    go();
    await scene.shadows.settled();
    await scene.write(
      () => 'kept',
      () => 'too',
    );
    await scene.shadows.settled();
    expect(scene.partial.count).toBe(3);
  });
});

test('the flag itself says how writes are made, while the truth moves and after it has', async () => {
  const agent = await agentScene(share(100, 0, { truth: 'old', isStrict: true }));
  const { users } = switchScene(agent.url);
  await users.ready(30_000);
  expect([users.state.share, users.writes]).toEqual([100, { truth: 'old', writes: 'strict' }]);
  agent.answer = share(100, 0, { truth: 'new', isStrict: false });
  await until(() => users.truth === 'new');
  expect([users.state.share, users.writes]).toEqual([100, { truth: 'new', writes: 'counted' }]);
  agent.answer = share(0, 0, { truth: 'new', isStrict: true });
  await until(() => users.state.share === 0);
  expect(users.writes).toEqual({ truth: 'new', writes: 'strict' });
  agent.answer = share(0);
  await until(() => users.truth === 'old');
  expect(users.writes).toEqual({ truth: 'old', writes: 'shadow' });
  await users.close();
  await agent.close();
});

test.each([
  [0, null, 'old', 'shadow'],
  [50, null, 'old', 'counted'],
  [100, { truth: 'new', isStrict: false }, 'new', 'counted'],
] as const)(
  'a process that has not heard of the flag for 15 s (%s, %j) promises what both sides have',
  (percent, said, truth, writes) => {
    expect(writeMode(percent, said, 15_000)).toEqual({ truth, writes });
    expect(writeMode(percent, said, 15_001)).toEqual({ truth, writes: 'strict' });
  },
);

test('so does one that has heard nothing yet', async () => {
  const { users } = switchScene('http://127.0.0.1:9');
  expect(users.writes).toEqual({ truth: 'old', writes: 'strict' });
  await users.close();
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
