import { expect, test } from 'vitest';
import { Faults, underFault, type CloudCall, type Fault } from '../../../rehearsal/cloud/faults.ts';

const call: CloudCall = { service: 'rds-data', operation: 'ExecuteStatement', body: {}, number: 1 };
const drop: Fault = { when: 'dropAfterCommit' };

test('a fault for the next two calls spares the third', () => {
  const faults = new Faults();
  faults.dropConnectionAfterCommit(2);
  expect([1, 2, 3].map(() => faults.next(call))).toEqual([drop, drop, undefined]);
});

test('a fault for no call at all does nothing', () => {
  const faults = new Faults();
  faults.dropConnectionAfterCommit(0);
  expect(faults.next(call)).toBeUndefined();
});

test('a rule holds until it is taken back', () => {
  const faults = new Faults();
  const end = faults.when(({ operation }) => (operation === 'CommitTransaction' ? drop : undefined));
  expect(faults.next(call)).toBeUndefined();
  expect(faults.next({ ...call, operation: 'CommitTransaction' })).toEqual(drop);
  end();
  expect(faults.next({ ...call, operation: 'CommitTransaction' })).toBeUndefined();
});

test('a call under a fault takes effect as often as the fault says, and is answered as it says', async () => {
  const error = { status: 503, name: 'Away', message: 'away' };
  const faults: readonly (readonly [Fault | undefined, number, unknown])[] = [
    [undefined, 1, 'done'],
    [{ when: 'before', error }, 0, 'Away'],
    [{ when: 'dropBefore' }, 0, undefined],
    [{ when: 'afterCommit', error }, 1, 'Away'],
    [{ when: 'dropAfterCommit' }, 1, undefined],
    [{ when: 'late', ms: 1 }, 1, 'done'],
    [{ when: 'twice' }, 2, 'done'],
  ];
  for (const [fault, effects, answer] of faults) {
    let done = 0;
    const work = (): string => {
      done += 1;
      return 'done';
    };
    expect(await underFault(fault, work, ({ name }) => name)).toBe(answer);
    expect(done).toBe(effects);
  }
});
