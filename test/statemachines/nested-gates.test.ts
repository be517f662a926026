import { RedriveExecutionCommand } from '@aws-sdk/client-sfn';
import { describe, expect, test } from 'vitest';
import { Faults, type FaultRule } from '../../rehearsal/cloud/faults.ts';
import type { Stage } from '../rehearsal/cloud/step-functions/stage.ts';
import { play, type Failing } from './played-migration.ts';

const startsGate: (call: Parameters<FaultRule>[0]) => boolean = ({ operation, caller }) =>
  operation === 'StartExecution' && caller?.startsWith('Gate: ') === true;
const unavailable = { status: 503, name: 'ServiceUnavailable', message: 'try again' };
const isGate = ({ executionArn }: { readonly executionArn: string }): boolean =>
  executionArn.includes(':execution:gate:');

/** The first start's answer is lost, and no other start gets through before the gate has closed. */
function lostUntilClosed(closed: () => boolean): Faults {
  const faults = new Faults();
  let started = false;
  faults.when((call) => {
    if (!startsGate(call) || closed()) return undefined;
    if (started) return { when: 'before', error: unavailable };
    started = true;
    return { when: 'dropAfterCommit' };
  });
  return faults;
}

async function played(failing: Failing = {}) {
  let closed = false;
  return play({
    failing,
    faults: lostUntilClosed(() => closed),
    meanwhile: async (scene) => {
      scene.service.onEvent((record) => {
        if (isGate(record) && record.event.type === 'ExecutionSucceeded') closed = true;
      });
      return 0;
    },
  });
}

describe('a gate that has closed before the answer to its start arrives', () => {
  test('has said that the migration may go on, and it does', async () => {
    const { status, output, history } = await played();
    expect({ status, output }).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'completed' } });
    const entered = history.map(({ stateEnteredEventDetails: details }) => details?.name);
    expect(entered).toContain('Closed gate: contract');
  });

  test('has said why it may not, and the migration goes back for that reason', async () => {
    const { error, given } = await played({ CollectEvidence: () => 'VerificationFailed' });
    expect(error).toBe('RolledBack');
    expect(given('FenceWorkers')).toMatchObject([
      { failure: { phase: 'contract-gate', error: { Error: 'VerificationFailed' } } },
    ]);
  });
});

test('a migration that is stopped at a gate and redriven asks there again', async () => {
  const answers: Record<string, 'approve'> = { swap: 'approve', contract: 'approve' };
  const waitsAtGate = (scene: Stage, times: number): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        const held = scene
          .records()
          .filter((record) => isGate(record) && record.event.type === 'TaskSubmitted');
        if (held.length >= times) resolve();
      };
      scene.service.onEvent(look);
      look();
    });
  const { status, output, given } = await play({
    plan: { gateAtReadSwitch: true },
    answers,
    meanwhile: async (scene, execution) => {
      await waitsAtGate(scene, 1);
      await scene.stop(execution);
      answers['read-switch'] = 'approve';
      await scene.client.send(new RedriveExecutionCommand({ executionArn: execution }));
      return 1;
    },
  });
  expect({ status, output }).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'completed' } });
  expect(given('NotifyPeople').filter(({ about }) => about === 'gate')).toHaveLength(2);
});
