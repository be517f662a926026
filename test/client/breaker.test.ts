import { describe, expect, test } from 'vitest';
import { Breaker, defaultLimits, type Admission, type BreakerLimits } from '../../client/breaker.ts';

function breaking(limits: Partial<BreakerLimits> = {}, oldP95: number | undefined = 10) {
  const clock = { now: 1_000_000 };
  const said: string[] = [];
  const breaker = new Breaker({
    limits: { ...defaultLimits, ...limits },
    now: () => clock.now,
    oldP95: () => oldP95,
    opened: (reason) => said.push(reason),
    closed: () => said.push('closed'),
  });
  const admitted = (): Admission => {
    const admission = breaker.admit();
    if (admission === undefined) throw new Error('it was not let on to the new path');
    return admission;
  };
  const good = (ms = 5): void => breaker.answered(admitted(), ms);
  const bad = (): void => breaker.failed(admitted());
  return { breaker, clock, said, admitted, good, bad };
}

const times = (count: number, work: () => void): void => {
  for (let done = 0; done < count; done += 1) work();
};

describe('a breaker', () => {
  test('stays closed below its error rate, and below its number of errors', () => {
    const few = breaking();
    times(4, few.bad);
    expect(few.breaker.state).toBe('closed');
    const rare = breaking();
    times(100, rare.good);
    times(10, rare.bad);
    expect(rare.breaker.state).toBe('closed');
    times(2, rare.bad);
    expect(rare.breaker.state).toBe('open');
    expect(rare.said).toEqual(['12 of 112 reads failed on the new path in 10 s']);
  });

  test('forgets failures after ten seconds', () => {
    const { breaker, clock, bad } = breaking();
    for (const pause of [10_000, 13_000, 100_000]) {
      times(4, bad);
      clock.now += pause;
      expect(breaker.state).toBe('closed');
    }
    times(4, bad);
    clock.now += 9000;
    times(1, bad);
    expect(breaker.state).toBe('open');
  });

  test('opens when more than one read in twenty takes longer than twice the old path’s p95', () => {
    const { breaker, said, good } = breaking();
    times(95, good);
    times(4, () => good(21));
    times(1, () => good(20));
    expect(breaker.state).toBe('closed');
    times(2, () => good(21));
    expect(breaker.state).toBe('open');
    expect(said).toEqual(['6 of 102 reads took more than 20.0 ms on the new path in 10 s']);
  });

  test('takes no notice of a factor of very little, nor of latency while the old path’s is unknown', () => {
    const quick = breaking({}, 0.5);
    times(200, () => quick.good(10));
    expect(quick.breaker.state).toBe('closed');
    const unknown = breaking({}, undefined);
    // `undefined` above means the default of the scene; this one knows nothing.
    const blind = new Breaker({
      limits: defaultLimits,
      now: () => 0,
      oldP95: () => undefined,
      opened: (reason) => unknown.said.push(reason),
      closed: () => {},
    });
    times(200, () => {
      const admission = blind.admit();
      if (admission) blind.answered(admission, 60_000);
    });
    expect(blind.state).toBe('closed');
  });

  test('judges reads that never end', () => {
    const { breaker, clock, admitted } = breaking();
    times(60, admitted);
    clock.now += 19;
    breaker.tick();
    expect(breaker.state).toBe('closed');
    clock.now += 5;
    breaker.tick();
    expect(breaker.state).toBe('open');
  });

  test('that is open lets nobody on to the new path until its time is over', () => {
    const { breaker, clock, bad } = breaking();
    times(5, bad);
    expect(breaker.admit()).toBe(undefined);
    clock.now += defaultLimits.openMs - 1;
    expect(breaker.admit()).toBe(undefined);
    clock.now += 1;
    expect(breaker.admit()).toMatchObject({ isTrial: true });
  });

  test('then tries one read at a time, and closes after five good ones', () => {
    const { breaker, clock, said, bad, admitted, good } = breaking();
    times(5, bad);
    clock.now += defaultLimits.openMs;
    const trial = admitted();
    expect(breaker.state).toBe('trying');
    expect(breaker.admit()).toBe(undefined);
    breaker.answered(trial, 5);
    times(3, good);
    expect(breaker.state).toBe('trying');
    good();
    expect(breaker.state).toBe('closed');
    expect(said.at(-1)).toBe('closed');
  });

  test.each(['failed', 'slow'])('whose trial %s opens for twice as long, up to ten minutes', (how) => {
    const { breaker, clock, bad, admitted } = breaking();
    times(5, bad);
    let wait = defaultLimits.openMs;
    times(8, () => {
      clock.now += wait;
      const trial = admitted();
      if (how === 'failed') breaker.failed(trial);
      else breaker.answered(trial, 21);
      expect(breaker.state).toBe('open');
      wait = Math.min(600_000, wait * 2);
      clock.now += wait - 1;
      expect(breaker.admit()).toBe(undefined);
      clock.now += 1 - wait;
    });
    expect(wait).toBe(600_000);
  });

  test('whose trial never ends opens again', () => {
    const { breaker, clock, bad, admitted } = breaking();
    times(5, bad);
    clock.now += defaultLimits.openMs;
    admitted();
    clock.now += 25;
    breaker.tick();
    expect(breaker.state).toBe('open');
  });

  test('whose trial was nobody’s fault tries another', () => {
    const { breaker, clock, bad, admitted } = breaking();
    times(5, bad);
    clock.now += defaultLimits.openMs;
    breaker.blameless(admitted());
    expect(breaker.admit()).toMatchObject({ isTrial: true });
  });

  test('is not opened by reads that began before it closed again', () => {
    const { breaker, clock, bad, admitted, good } = breaking();
    const stragglers = Array.from({ length: 10 }, admitted);
    times(5, bad);
    clock.now += defaultLimits.openMs;
    times(5, good);
    for (const straggler of stragglers) breaker.failed(straggler);
    expect(breaker.state).toBe('closed');
  });
});
