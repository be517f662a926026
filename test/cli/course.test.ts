import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { expect, test } from 'vitest';
import { courseOf } from '../../cli/aws/course.ts';

const entered = (name: string): Partial<HistoryEvent> => ({ stateEnteredEventDetails: { name } });
/** A phase's frame as its Catch leaves it. */
const left = (name: string, Error: string, Cause: string): Partial<HistoryEvent> => ({
  stateExitedEventDetails: {
    name,
    assignedVariables: { failure: JSON.stringify({ phase: name, error: { Error, Cause } }) },
  },
});
const newestFirst = (...oldestFirst: readonly Partial<HistoryEvent>[]): readonly HistoryEvent[] =>
  oldestFirst
    .map((event, at): HistoryEvent => ({ id: at, timestamp: new Date(0), type: undefined, ...event }))
    .toReversed();

test('forward, it is in the state that it entered last', () => {
  const events = newestFirst(entered('Backfill'), entered('Verify every row'));
  expect(courseOf(events)).toEqual({ state: 'Verify every row', wayBack: null });
});

test('back, the cause is what the phase kept, in words for people', () => {
  const message = JSON.stringify({
    errorType: 'GuardrailBreached',
    errorMessage: 'alarm a is on',
    trace: [],
  });
  const events = newestFirst(
    entered('Bake'),
    left('read-switch', 'GuardrailBreached', message),
    entered('Rollback'),
    entered('Fence the workers'),
  );
  expect(courseOf(events)).toMatchObject({
    state: 'Fence the workers',
    wayBack: { phase: 'read-switch', error: 'GuardrailBreached', cause: 'alarm a is on' },
  });
});
