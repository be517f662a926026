import { expect, test } from 'vitest';
import { GuardrailBreached, TransientAwsError } from '../../../engine/database/errors.ts';
import { AlarmWatch } from '../../../lambdas/steps/alarm-watch.ts';

/** A minute in which the loop turns every 100 ms, unless it waits. */
async function minute(answer: (nowMs: number) => Error | undefined) {
  let nowMs = 0;
  let asked = 0;
  let askedMs = 0;
  let oldestMs = 0;
  let worked = 0;
  const watch = new AlarmWatch(
    async () => {
      asked += 1;
      askedMs = nowMs;
      const error = answer(nowMs);
      if (error) throw error;
    },
    { now: () => nowMs, sleep: async (ms) => void (nowMs += ms) },
  );
  for (; nowMs < 60_000; nowMs += 100) {
    if (!(await watch.clear())) continue;
    worked += 1;
    oldestMs = Math.max(oldestMs, nowMs - askedMs);
  }
  return { asked, worked, oldestMs };
}

test('a loop that turns ten times a second asks some twenty times a minute, and heeds no answer older than four seconds', async () => {
  const { asked, worked, oldestMs } = await minute(() => undefined);
  expect(asked).toBeGreaterThanOrEqual(15);
  expect(asked).toBeLessThanOrEqual(25);
  expect(oldestMs).toBeLessThanOrEqual(4000);
  expect(worked).toBe(600);
});

test('while CloudWatch throttles nothing is done, and then it goes on', async () => {
  const throttled = new TransientAwsError('AWS did not answer: Throttling');
  const { worked, asked } = await minute((nowMs) => (nowMs < 50_000 ? throttled : undefined));
  expect(asked).toBeLessThanOrEqual(20);
  expect(worked).toBeGreaterThan(0);
  expect(worked).toBeLessThanOrEqual(100);
});

test('an alarm that is on ends the loop at its first turn, and a CloudWatch that is silent for a minute too', async () => {
  await expect(minute(() => new GuardrailBreached('alarm a is on'))).rejects.toThrow('alarm a is on');
  let nowMs = 0;
  const silent = new AlarmWatch(() => Promise.reject(new TransientAwsError('x')), {
    now: () => nowMs,
    sleep: async (ms) => void (nowMs += ms),
  });
  const answers: unknown[] = [];
  for (let turn = 0; turn < 40 && answers.at(-1) !== 'TransientAwsError'; turn += 1)
    answers.push(await silent.clear().catch((error: Error) => error.name));
  expect(answers.at(-1)).toBe('TransientAwsError');
  expect(answers.slice(0, -1).every((answer) => answer === false)).toBe(true);
});
