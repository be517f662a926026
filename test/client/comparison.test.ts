import { describe, expect, test } from 'vitest';
import { Comparison } from '../../client/comparison.ts';
import type { SwitchEvent } from '../../client/events.ts';
import type { ReadPaths } from '../../client/paths.ts';
import { flag, sleep } from './scene.ts';

function comparing(share = 1, random: () => number = () => 0.4) {
  const events: SwitchEvent[] = [];
  const counted: boolean[] = [];
  const comparison = new Comparison({
    flag,
    share: () => share,
    onEvent: (event) => events.push(event),
    counted: (isSame) => counted.push(isSame),
    random,
  });
  const run = <T>(paths: ReadPaths<T>, taken: 'old' | 'new' = 'new', key = 'k'): Promise<T> =>
    comparison.run(key, paths, taken, async () => paths[taken]());
  return { comparison, events, counted, run };
}

const beside = () => 0.4;
const after = () => 0.6;

const failsLater = (): Promise<never> => Promise.reject(new RangeError('secret'));
const failsAtOnce = (): never => {
  throw new TypeError('secret');
};
describe.each([
  ['beside', beside],
  ['after', after],
])('a candidate that is asked %s the taken path', (_, random) => {
  test('leaves the caller the answer of the taken one, and is counted when it is the same', async () => {
    const { comparison, counted, events, run } = comparing(1, random);
    expect(await run({ old: () => ({ a: 1 }), new: () => ({ a: 1 }) })).toEqual({ a: 1 });
    await comparison.settled();
    expect([counted, events]).toEqual([[true], []]);
  });

  test('that differs is reported by its key alone', async () => {
    const { comparison, counted, events, run } = comparing(1, random);
    expect(await run({ old: () => 'secret', new: () => 'other' }, 'old')).toBe('secret');
    await comparison.settled();
    expect(counted).toEqual([false]);
    expect(events).toEqual([{ flag, what: 'mismatch', key: 'k', kind: 'different' }]);
  });

  test('that fails, at once or later, reaches no caller and is reported by its error’s name', async () => {
    const { comparison, events, run } = comparing(1, random);
    expect(await run({ old: failsLater, new: () => 'fresh' })).toBe('fresh');
    expect(await run({ old: () => 'kept', new: failsAtOnce }, 'old')).toBe('kept');
    await comparison.settled();
    expect(events).toEqual([
      { flag, what: 'mismatch', key: 'k', kind: 'old-failed', error: 'RangeError' },
      { flag, what: 'mismatch', key: 'k', kind: 'new-failed', error: 'TypeError' },
    ]);
  });

  test('that is slow, or busy before its first await, keeps no caller waiting', async () => {
    const { comparison, counted, run } = comparing(1, random);
    let begun = false;
    const candidate = async (): Promise<string> => {
      begun = true;
      await sleep(1);
      return 'same';
    };
    expect(await run({ old: candidate, new: () => 'same' })).toBe('same');
    // The caller has its answer, and the candidate has not even begun.
    expect(begun).toBe(false);
    await comparison.settled();
    expect([begun, counted]).toEqual([true, [true]]);
  });
});

test('what the caller does to its answer is no difference', async () => {
  const { comparison, counted, run } = comparing(1, after);
  const asked = { new: 0 };
  const fresh = () => {
    asked.new += 1;
    return { tags: ['a'] };
  };
  const answer = await run({ old: () => ({ tags: ['a'] }), new: fresh });
  answer.tags.push('b');
  await comparison.settled();
  expect(counted).toEqual([true]);
  // No second look was needed.
  expect(asked.new).toBe(1);
});

test('a read that fails on the taken path fails for its caller, and is not compared', async () => {
  const { comparison, counted, run } = comparing();
  const failure = new Error('away');
  await expect(run({ old: () => 1, new: () => Promise.reject(failure) })).rejects.toBe(failure);
  await comparison.settled();
  expect(counted).toEqual([]);
});

test('a write between the two answers is no difference: a second look is taken', async () => {
  const { comparison, counted, events, run } = comparing();
  const row = { value: 1 };
  const old = (): number => (row.value += row.value === 1 ? 1 : 0);
  await run({ old, new: () => row.value });
  row.value = 2;
  await comparison.settled();
  expect([counted, events]).toEqual([[true], []]);
});

describe('the application', () => {
  const different = { old: () => ({ id: 1, at: 1 }), new: () => ({ id: 1, at: 2 }) };

  test('may say what is equal, and what to ignore', async () => {
    const { comparison, counted, run } = comparing();
    await run({ ...different, equal: (old, fresh) => old.id === fresh.id });
    await run({ ...different, ignore: (old, fresh) => old.at + 1 === fresh.at });
    await run({ ...different, ignore: () => false });
    await comparison.settled();
    expect(counted).toEqual([true, true, false]);
  });

  test('may have cleaned values told', async () => {
    const { comparison, events, run } = comparing();
    await run({ ...different, clean: ({ at }) => at });
    await comparison.settled();
    expect(events).toEqual([{ flag, what: 'mismatch', key: 'k', kind: 'different', old: 1, new: 2 }]);
  });

  test('may be wrong in each of them: that is reported, counts as different, and harms no caller', async () => {
    const { comparison, counted, events, run } = comparing();
    for (const mistake of [{ equal: failsAtOnce }, { ignore: failsAtOnce }, { clean: failsAtOnce }])
      expect(await run({ ...different, ...mistake })).toEqual({ id: 1, at: 2 });
    await comparison.settled();
    expect(counted).toEqual([false, false, false]);
    expect(new Set(events.flatMap((event) => (event.what === 'fault' ? [event.where] : [])))).toEqual(
      new Set(['equal', 'ignore', 'clean']),
    );
    expect(JSON.stringify(events)).not.toContain('secret');
  });
});

test('no more than four comparisons run at once', async () => {
  const { comparison, run } = comparing(1, beside);
  const state = { underway: 0, most: 0 };
  const old = async (): Promise<number> => {
    state.underway += 1;
    state.most = Math.max(state.most, state.underway);
    await sleep(30);
    state.underway -= 1;
    return 1;
  };
  const reads = Array.from({ length: 50 }, () =>
    comparison.wanted() ? run({ old, new: () => 1 }) : Promise.resolve(1),
  );
  await Promise.all(reads);
  await comparison.settled();
  expect(state.most).toBe(4);
});

test('a share of the reads is compared', () => {
  let drawn = 0;
  const { comparison } = comparing(0.01, () => (drawn += 0.001) % 1);
  const wanted = Array.from({ length: 1000 }, () => comparison.wanted()).filter(Boolean).length;
  expect(wanted).toBeGreaterThan(5);
  expect(wanted).toBeLessThan(15);
  expect(comparing(0).comparison.wanted()).toBe(false);
});
