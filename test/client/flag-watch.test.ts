import { array, assert, asyncProperty, integer, nat } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bucketCount, bucketOf } from '../../client/buckets.ts';
import type { SwitchEvent } from '../../client/events.ts';
import { readFlagAnswer } from '../../client/flag-answer.ts';
import { FlagWatch } from '../../client/flag-watch.ts';
import { evaluatedAt, flag, until } from './scene.ts';

/** A watch over the document that a migration stores, evaluated as the agent does, at a share that a test moves. */
function watching(options: { readonly trustMs?: number; readonly now?: () => number } = {}) {
  const events: SwitchEvent[] = [];
  const document = { evaluate: evaluatedAt(0), version: '0', asked: 0, isLost: false };
  const watch = new FlagWatch({
    flag,
    ask: (key) => {
      document.asked += 1;
      return document.isLost
        ? Promise.reject(new Error('away'))
        : Promise.resolve(readFlagAnswer(document.evaluate(key), flag, document.version));
    },
    refreshMs: 60_000,
    trustMs: Infinity,
    onEvent: (event) => events.push(event),
    restMs: 0,
    ...options,
  });
  const move = async (percent: number): Promise<void> => {
    document.evaluate = evaluatedAt(percent);
    document.version = String(percent);
    await watch.refresh();
  };
  return { watch, document, events, move };
}

const buckets = Array.from({ length: bucketCount }, (_, bucket) => bucket);

describe('a ramp', () => {
  test('that only grows never takes a key back, at whatever moment it is asked', async () => {
    const shares = array(integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 4 });
    await assert(
      asyncProperty(shares, array(nat(6), { maxLength: 4 }), async (ramp, patience) => {
        const { watch, move } = watching();
        const moved = new Set<number>();
        const look = (): void => {
          for (const bucket of buckets) {
            if (watch.path(bucket) === 'new') moved.add(bucket);
            else expect(moved.has(bucket)).toBe(false);
          }
        };
        for (const [step, percent] of ramp.toSorted((a, b) => a - b).entries()) {
          await move(percent);
          look();
          // In the middle of asking, or when all is known.
          for (let round = 0; round < (patience[step] ?? 1); round += 1)
            await new Promise((resolve) => setTimeout(resolve, 1));
          look();
        }
        await move(100);
        look();
        expect(buckets.every((bucket) => watch.path(bucket) === 'new')).toBe(true);
        await move(0);
        expect(buckets.every((bucket) => watch.path(bucket) === 'old')).toBe(true);
        watch.close();
      }),
      { numRuns: 15 },
    );
  });

  test.each([1, 5, 25, 50])(
    'at %d %% moves that share of the keys, within half of itself',
    async (percent) => {
      const { watch, document, move } = watching();
      await move(percent);
      await until(() => document.asked > bucketCount);
      await new Promise((resolve) => setTimeout(resolve, 20));
      const taken = buckets.filter((bucket) => watch.path(bucket) === 'new').length / bucketCount;
      expect(Math.abs(taken * 100 - percent)).toBeLessThan(percent / 2);
      watch.close();
    },
  );
});

test('asks for each bucket once at a share, and not at all at 0 % and 100 %', async () => {
  const { watch, document, move } = watching();
  await move(0);
  await move(100);
  expect(document.asked).toBe(2);
  await move(25);
  await until(() => document.asked === 3 + bucketCount);
  await move(25);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(document.asked).toBe(4 + bucketCount);
  watch.close();
});

test('a read that is the first of its bucket brings the question forward, once', async () => {
  const { watch, document, events, move } = watching();
  await move(50);
  const asked = document.asked;
  await Promise.all([watch.learn(999), watch.learn(999)]);
  expect(document.asked - asked).toBeLessThan(12);
  expect(watch.wantsAnswer(999)).toBe(false);
  expect(watch.path(999)).toBe(JSON.parse(evaluatedAt(50)('999')).enabled ? 'new' : 'old');
  expect(events).toEqual([{ flag, what: 'flag-moved', share: 50 }]);
  watch.close();
});

test('while the agent is lost no read asks it', async () => {
  const { watch, document, move } = watching();
  await move(50);
  document.isLost = true;
  await watch.refresh();
  const asked = document.asked;
  for (const bucket of buckets) if (watch.wantsAnswer(bucket)) await watch.learn(bucket);
  expect(document.asked - asked).toBeLessThan(10);
  watch.close();
});

test('a process that slept asks again before anything else', async () => {
  const clock = { now: 0 };
  const { watch, document, move } = watching({ now: () => clock.now });
  await move(100);
  expect(watch.wantsAnswer(1)).toBe(false);
  clock.now += 3_600_000;
  document.evaluate = evaluatedAt(0);
  expect(watch.wantsAnswer(1)).toBe(true);
  expect(watch.path(1)).toBe('new');
  await watch.learn(1);
  expect(watch.path(1)).toBe('old');
  watch.close();
});

test('an answer that was overtaken by a newer flag is not believed', async () => {
  const late: { answer?: (body: string) => void } = {};
  const state = { percent: 50 };
  const watch = new FlagWatch({
    flag,
    ask: async (key) => {
      if (key !== '7') return readFlagAnswer(evaluatedAt(state.percent)(key), flag, '1');
      const body = await new Promise<string>((resolve) => (late.answer = resolve));
      return readFlagAnswer(body, flag, '1');
    },
    refreshMs: 60_000,
    trustMs: Infinity,
    onEvent: () => {},
    restMs: 0,
  });
  await watch.refresh();
  await until(() => late.answer !== undefined);
  state.percent = 20;
  await watch.refresh();
  late.answer?.('{"enabled":true,"_variant":"new-50"}');
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(watch.share).toBe(20);
  expect(watch.path(7)).toBe('old');
  watch.close();
});

describe('the bucket of a key', () => {
  test('is its CRC-32 modulo 1,000, as any language computes it', () => {
    expect(bucketOf('123456789')).toBe(0xcbf43926 % 1000);
    expect(bucketOf('漢字')).toBe(0x9961bbaf % 1000);
    expect([bucketOf(42), bucketOf(42n)]).toEqual([bucketOf('42'), bucketOf('42')]);
  });

  test('spreads numbers, UUIDs and addresses evenly', () => {
    const kinds: readonly ((place: number) => string)[] = [
      String,
      (place) => `00000000-0000-4000-8000-${String(place).padStart(12, '0')}`,
      (place) => `user${place}@example.com`,
    ];
    for (const kind of kinds) {
      const counts = Array.from({ length: bucketCount }, () => 0);
      for (let place = 0; place < 100_000; place += 1)
        counts[bucketOf(kind(place))] = (counts[bucketOf(kind(place))] ?? 0) + 1;
      expect(Math.min(...counts)).toBeGreaterThan(40);
      expect(Math.max(...counts)).toBeLessThan(160);
    }
  });
});
