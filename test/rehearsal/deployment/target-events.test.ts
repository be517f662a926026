import { expect, test } from 'vitest';
import type {
  HistoryEventRecord,
  StepFunctions,
} from '../../../rehearsal/cloud/step-functions/step-functions.ts';
import { onTargetEvent, targetNamed } from '../../../rehearsal/deployment/target-events.ts';

type Spoken = Pick<HistoryEventRecord['event'], 'type'> &
  Partial<Pick<HistoryEventRecord['event'], 'executionStartedEventDetails'>>;

/** A Step Functions that says what it is told to. */
function speaker() {
  const listeners = new Set<(record: HistoryEventRecord) => void>();
  const stepFunctions: Pick<StepFunctions, 'onEvent'> = {
    onEvent: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const say = (executionArn: string, event: Spoken): void =>
    listeners.forEach((listener) =>
      listener({
        executionArn,
        stateMachine: 'any',
        event: { id: 1, previousEventId: 0, timestamp: new Date(0), ...event },
      }),
    );
  const start = (executionArn: string, input: unknown): void =>
    say(executionArn, {
      type: 'ExecutionStarted',
      executionStartedEventDetails: { input: JSON.stringify(input) },
    });
  return { stepFunctions, say, start };
}

test('the events of a target are those of executions whose input names it, nested ones and shards too', () => {
  const { stepFunctions, say, start } = speaker();
  const heard: string[] = [];
  const stop = onTargetEvent(stepFunctions, 'shop', ({ executionArn, event }) =>
    heard.push(`${executionArn} ${event.type}`),
  );
  start('migration', { migration: 'm', target: 'shop' });
  start('other', { migration: 'm', target: 'billing' });
  start('breach', { detail: { alarmName: 'a' } });
  start('text', 'shop');
  for (const arn of ['other', 'breach', 'text', 'migration']) say(arn, { type: 'ExecutionSucceeded' });
  start('shard', { target: 'shop', shard: 1 });
  stop();
  say('shard', { type: 'ExecutionSucceeded' });
  expect(heard).toEqual([
    'migration ExecutionStarted',
    'migration ExecutionSucceeded',
    'shard ExecutionStarted',
  ]);
});

test('an input that names no target belongs to none', () => {
  expect([undefined, null, 'shop', [], {}, { target: 1 }].map(targetNamed)).toEqual(Array(6).fill(undefined));
});
