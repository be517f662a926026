import { expect, test } from 'vitest';
import { Faults, type DataApiCall, type Fault } from '../../../../rehearsal/cloud/data-api/faults.ts';

const call: DataApiCall = { operation: 'ExecuteStatement', body: {}, number: 1 };
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
