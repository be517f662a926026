import { describe, expect, it } from 'vitest';
import { AcknowledgedWrites } from '../../../rehearsal/traffic/acknowledged-writes.ts';
import { keyOf, Keys } from '../../../rehearsal/traffic/keys.ts';
import { seededRandom } from '../../../rehearsal/traffic/random.ts';

const random = seededRandom(5);

describe('keys', () => {
  it('one row is claimed by one write at a time', () => {
    const keys = new Keys([keyOf(['1']), keyOf(['2'])]);
    const [first, second] = [keys.claim(random), keys.claim(random)];
    expect(new Set([first, second]).size).toBe(2);
    expect(keys.claim(random)).toBeUndefined();
    keys.release(first ?? '');
    expect(keys.claim(random)).toBe(first);
  });

  it('only rows that the traffic inserted are found among the inserted, until they are removed', () => {
    const keys = new Keys(['["1"]']);
    expect(keys.claim(random, 'inserted')).toBeUndefined();
    keys.added('["2"]');
    expect(keys.claim(random, 'inserted')).toBe('["2"]');
    keys.removed('["2"]');
    keys.release('["2"]');
    expect(keys.claim(random, 'inserted')).toBeUndefined();
    expect(keys.size).toBe(1);
  });

  it('every row is drawn about as often as any other, also after some were removed', () => {
    const keys = new Keys(Array.from({ length: 12 }, (_, n) => String(n)));
    keys.removed('0');
    keys.removed('11');
    const counts = new Map<string, number>();
    for (let n = 0; n < 10_000; n += 1) {
      const key = keys.any(random) ?? '';
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(10);
    expect(Math.min(...counts.values())).toBeGreaterThan(850);
  });
});

describe('acknowledged writes', () => {
  const value = { old: ['a'], new: ['a'] };

  it('the last one of a row is what counts', () => {
    const writes = new AcknowledgedWrites();
    writes.acknowledged('k', { state: 'old', value });
    writes.acknowledged('k', { state: 'gone' });
    expect(writes.all()).toEqual([['k', [{ state: 'gone' }]]]);
  });

  it('one whose answer was lost leaves both outcomes open, until the next is acknowledged', () => {
    const writes = new AcknowledgedWrites();
    writes.acknowledged('k', { state: 'old', value });
    writes.unknown('k', { state: 'gone' });
    expect(writes.all()).toEqual([['k', [{ state: 'old', value }, { state: 'gone' }]]]);
    writes.acknowledged('k', { state: 'new', value });
    expect(writes.all()).toEqual([['k', [{ state: 'new', value }]]]);
  });

  it('of another column takes nothing back of what is promised of this one', () => {
    const writes = new AcknowledgedWrites();
    writes.acknowledged('k', { state: 'old', value });
    writes.acknowledged('k', { state: 'there' });
    expect(writes.all()).toEqual([['k', [{ state: 'old', value }]]]);
  });
});
