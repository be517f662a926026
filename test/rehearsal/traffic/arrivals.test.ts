import { describe, expect, it } from 'vitest';
import { Arrivals, type Clock } from '../../../rehearsal/traffic/arrivals.ts';

/** A clock that moves only when it is told to, and may stand still over a timer, as a busy process does. */
class TestClock implements Clock {
  #now = 0;
  #timer: { readonly at: number; readonly ring: () => void } | undefined;

  now(): number {
    return this.#now;
  }

  after(ms: number, ring: () => void): () => void {
    this.#timer = { at: this.#now + ms, ring };
    return () => (this.#timer = undefined);
  }

  run(until: number): void {
    while (this.#timer !== undefined && this.#timer.at <= until) {
      const { at, ring } = this.#timer;
      this.#timer = undefined;
      this.#now = Math.max(this.#now, at);
      ring();
    }
    this.#now = Math.max(this.#now, until);
  }

  stall(until: number): void {
    this.#now = until;
  }
}

function watched(): { readonly clock: TestClock; readonly arrived: number[]; readonly arrivals: Arrivals } {
  const clock = new TestClock();
  const arrived: number[] = [];
  return { clock, arrived, arrivals: new Arrivals(100, (scheduled) => arrived.push(scheduled), clock) };
}

describe('arrivals', () => {
  it('come at their rate whatever becomes of earlier ones', () => {
    const { clock, arrived, arrivals } = watched();
    arrivals.resume();
    clock.run(1000);
    expect(arrived).toHaveLength(100);
  });

  it('after a stall all that should have come are there, each scheduled when it should have come', () => {
    const { clock, arrived, arrivals } = watched();
    arrivals.resume();
    clock.run(100);
    clock.stall(300);
    clock.run(300);
    expect(arrived).toHaveLength(30);
    expect(arrived.slice(10, 13)).toEqual([110, 120, 130]);
  });

  it('paused none come, and what did not come meanwhile is not made up for', () => {
    const { clock, arrived, arrivals } = watched();
    arrivals.resume();
    clock.run(100);
    arrivals.pause();
    clock.run(500);
    expect(arrived).toHaveLength(10);
    arrivals.resume();
    clock.run(600);
    expect(arrived).toHaveLength(20);
  });
});
