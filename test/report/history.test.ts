import { expect, test } from 'vitest';
import { phasesOf, Transitions } from '../../report/history.ts';
import type { HistoryEvent } from '../../report/section.ts';

const start = Date.parse('2026-07-24T14:02:00.000Z');
const at = (seconds: number): Date => new Date(start + seconds * 1000);
const entered = (name: string, seconds: number, type = 'TaskStateEntered'): HistoryEvent => ({
  type,
  timestamp: at(seconds),
  stateEnteredEventDetails: { name },
});

test('phases last from their first state to the next phase, and the last one until now', () => {
  const events = [
    { type: 'ExecutionStarted', timestamp: at(0) },
    entered('Plan the migration', 0),
    entered('Is it claimed?', 1, 'ChoiceStateEntered'),
    entered('Expand', 2, 'ParallelStateEntered'),
    entered('Add the new shape', 2),
    entered('Dual write', 3, 'ParallelStateEntered'),
    entered('Backfill', 4, 'ParallelStateEntered'),
  ];
  expect(phasesOf(events, start + 10_000)).toEqual([
    { name: 'plan', from: at(0).toISOString(), to: at(2).toISOString() },
    { name: 'expand', from: at(2).toISOString(), to: at(3).toISOString() },
    { name: 'dual-write', from: at(3).toISOString(), to: at(4).toISOString() },
    { name: 'backfill', from: at(4).toISOString(), to: at(10).toISOString() },
  ]);
});

test('the last phase ends with the execution, but not with a redrive of it', () => {
  const events = [
    entered('Rollback', 5, 'ParallelStateEntered'),
    { type: 'ExecutionRedriven', timestamp: at(6) },
    { type: 'ExecutionFailed', timestamp: at(9) },
  ];
  expect(phasesOf(events, start + 60_000)).toEqual([
    { name: 'rollback', from: at(5).toISOString(), to: at(9).toISOString() },
  ]);
});

test('no history is no phase', () => {
  expect(phasesOf([], start)).toEqual([]);
});

test('a state that is entered is a transition, and so is each retry of a task', () => {
  const transitions = new Transitions();
  const heard = (types: readonly string[]) => types.forEach((type) => transitions.hear({ type }));
  heard(['ExecutionStarted', 'ChoiceStateEntered', 'ChoiceStateExited', 'TaskStateEntered', 'TaskScheduled']);
  expect(transitions.count).toBe(2);
  heard(['TaskStarted', 'TaskFailed', 'TaskScheduled', 'TaskSucceeded']);
  expect(transitions.count).toBe(3);
  heard(['MapStateEntered', 'MapRunStarted', 'WaitStateEntered', 'ExecutionSucceeded']);
  expect(transitions.count).toBe(5);
});
