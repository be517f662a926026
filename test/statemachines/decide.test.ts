import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { startDynamoDb } from '../../rehearsal/cloud/dynamodb.ts';
import { Faults } from '../../rehearsal/cloud/faults.ts';
import { createHoldsTable, holdsTable } from '../../rehearsal/deployment/holds.ts';
import { sdkOptions } from '../rehearsal/cloud/sdk-options.ts';
import { shipped } from './played-migration.ts';
import { stage, type Ended, type Stage } from '../rehearsal/cloud/step-functions/stage.ts';
import { eventually } from '../eventually.ts';

type Gate = 'read-switch' | 'contract';

const gateInput = {
  migration: 'm',
  target: 'shop',
  goal: 'a test',
  execution: 'e',
  startedAt: '2026-12-01T10:00:00.000Z',
  epoch: 1,
  workers: 1,
  gate: 'contract',
  ask: true,
  deadlineSeconds: 60,
  alarms: [],
  walk: { purpose: 'reconcile', n: 2 },
  enters: 'verify',
  repairs: 0,
};

interface Asked {
  readonly walk?: unknown;
  readonly decision?: Readonly<Record<string, unknown>>;
  readonly shown?: string;
  readonly comparedSince?: boolean;
}

let scene: Stage;
let client: DynamoDBClient;
let decide: string;
let faults: Faults;
let asked: Asked[];
let answers: Readonly<Record<string, unknown>>[];
beforeEach(async () => {
  const dynamoDb = await startDynamoDb();
  onTestFinished(() => dynamoDb.close());
  client = new DynamoDBClient(sdkOptions(dynamoDb.endpoint));
  onTestFinished(() => client.destroy());
  await createHoldsTable(client);
  asked = [];
  answers = [];
  const evidence = { gate: 'contract', open: true, items: [], collectedAt: '2026-10-04T12:00:00.000Z' };
  faults = new Faults();
  scene = await stage({
    faults,
    endpoints: { dynamodb: dynamoDb.endpoint },
    functions: {
      NotifyPeople: () => ({}),
      CollectEvidence: (payload) => {
        asked.push(z.looseObject({}).parse(payload));
        return {
          ...evidence,
          hash: `hash-${asked.length}`,
          next: 'go-on',
          refused: '',
          ...answers[asked.length - 1],
        };
      },
    },
  });
  decide = await scene.create(shipped('decide'), 'decide');
  await scene.create(
    {
      QueryLanguage: 'JSONata',
      StartAt: 'Clean',
      States: { Clean: { Type: 'Succeed', Output: { walk: '{% $states.input.walk %}' } } },
    },
    'verify',
  );
});

const waits = async (name: Gate = 'contract'): Promise<string> => {
  const execution = await scene.start(await scene.create(shipped('gate')), { ...gateInput, gate: name });
  await scene.event(execution, ({ type }) => type === 'TaskSubmitted');
  return execution;
};
const said = async (decision: Readonly<Record<string, unknown>>): Promise<Ended> =>
  scene.end(
    await scene.start(decide, {
      migration: 'm',
      hold: 'contract',
      decision: 'approve',
      reason: 'fine',
      ...decision,
    }),
  );
const hold = async () =>
  (await client.send(new GetItemCommand({ TableName: holdsTable, Key: { id: { S: 'm@shop' } } }))).Item;

describe('an answer to the contract gate', () => {
  test('that names the evidence shown and acknowledges the way back opens it, and is kept in the hold', async () => {
    const execution = await waits();
    const decided = await said({ evidence: 'hash-1', acknowledgeRollback: true, override: true });
    expect(decided.status).toBe('SUCCEEDED');
    expect((await scene.end(execution)).output).toEqual({ opened: true });
    expect(asked[1]).toMatchObject({
      shown: 'hash-1',
      decision: {
        decision: 'approve',
        reason: 'fine',
        decidedBy: decided.executionArn,
        evidence: 'hash-1',
        acknowledgeRollback: true,
        override: true,
      },
    });
    expect(await hold()).toMatchObject({
      state: { S: 'decided' },
      reason: { S: 'fine' },
      decidedAt: { S: expect.stringMatching(/^\d{4}-.*Z$/u) },
      decidedBy: { S: decided.executionArn },
      decidedOn: { S: 'hash-1' },
      override: { S: 'yes' },
    });
  });

  test.each([
    { decision: { evidence: 'hash-0', acknowledgeRollback: true }, error: 'EvidenceChanged' },
    { decision: { evidence: 'hash-0', decision: 'reject' }, error: 'EvidenceChanged' },
    { decision: { evidence: 'hash-1' }, error: 'InvalidDecision' },
    { decision: { acknowledgeRollback: false }, error: 'InvalidDecision' },
    { decision: { acknowledgeRollback: 'true' }, error: 'InvalidDecision' },
    { decision: { acknowledgeRollback: true, override: 'yes' }, error: 'InvalidDecision' },
    { decision: { acknowledgeRollback: true, reason: '  ' }, error: 'InvalidDecision' },
    { decision: { acknowledgeRollback: true, hold: 'read-switch' }, error: 'NothingWaits' },
    { decision: { acknowledgeRollback: true, target: 'billing' }, error: 'NoSuchTarget' },
  ])('$decision is refused, and the gate waits on', async ({ decision, error }) => {
    const execution = await waits();
    expect(await said(decision)).toMatchObject({ status: 'FAILED', error });
    expect(await hold()).toMatchObject({ state: { S: 'open' } });
    await said({ decision: 'reject', reason: 'enough' });
    expect((await scene.end(execution)).output).toEqual({
      opened: false,
      error: { Error: 'GateRejected', Cause: 'enough' },
    });
  });

  test('is asked for again while the evidence measured afterwards is against it', async () => {
    answers = [{}, { next: 'ask', refused: 'still against it' }];
    const execution = await waits();
    await said({ acknowledgeRollback: true });
    await eventually(async () => expect((await hold())?.['evidenceHash']).toEqual({ S: 'hash-2' }));
    expect(await said({ evidence: 'hash-1', acknowledgeRollback: true })).toMatchObject({
      error: 'EvidenceChanged',
    });
    await said({ evidence: 'hash-2', acknowledgeRollback: true });
    expect((await scene.end(execution)).output).toEqual({ opened: true });
    expect(asked[2]).toMatchObject({ shown: 'hash-2' });
  });

  test.each(['approve', 'reject'] as const)(
    'to %s that arrives while its own answer is lost is not called undecided',
    async (decision) => {
      const execution = await waits();
      const lost = ({ operation }: { readonly operation: string }) =>
        /^SendTask(?:Success|Failure)$/u.test(operation);
      const end = faults.when((call) => {
        if (!lost(call)) return undefined;
        end();
        return { when: 'dropAfterCommit' };
      });
      const decided = await said({ decision, acknowledgeRollback: true });
      expect(decided).toMatchObject({ status: 'FAILED', error: 'AlreadyAnswered' });
      expect(decided.cause).toContain('was recorded');
      expect((await scene.end(execution)).output).toMatchObject({ opened: decision === 'approve' });
    },
  );

  test('of stale rows has them compared again, and says so', async () => {
    answers = [{}, { next: 'compare-again' }];
    const execution = await waits();
    await said({ acknowledgeRollback: true });
    expect((await scene.end(execution)).output).toEqual({ opened: true });
    expect(asked.map(({ walk }) => walk)).toEqual([2, 2, 3].map((n) => ({ purpose: 'reconcile', n })));
    expect(asked.map(({ comparedSince }) => comparedSince)).toEqual([false, false, true]);
  });
});

test('the read switch needs no acknowledgement', async () => {
  const execution = await waits('read-switch');
  expect(await said({ hold: 'read-switch', evidence: 'hash-1' })).toMatchObject({ status: 'SUCCEEDED' });
  expect((await scene.end(execution)).output).toEqual({ opened: true });
});

test('a gate that nobody answers is shut by its deadline, and says that it was', async () => {
  const execution = await scene.start(await scene.create(shipped('gate')), {
    ...gateInput,
    deadlineSeconds: 1,
  });
  expect((await scene.end(execution)).output).toMatchObject({
    opened: false,
    error: { Error: 'States.Timeout' },
  });
});

test('a gate that asks nobody opens on complete evidence alone', async () => {
  const input = { ...gateInput, ask: false };
  const machine = await scene.create(shipped('gate'));
  expect((await scene.end(await scene.start(machine, input))).output).toEqual({ opened: true });
  const items = [{ what: 'rows', measured: '5 differ', verdict: 'fail' }];
  answers = [{}, { next: 'ask', items }];
  expect((await scene.end(await scene.start(machine, input))).output).toEqual({
    opened: false,
    error: { Error: 'EvidenceIncomplete', Cause: 'rows: 5 differ' },
  });
});

test('a gate that asks nobody has rows compared again that are only stale, and judges them anew', async () => {
  answers = [{ next: 'compare-again' }];
  const machine = await scene.create(shipped('gate'));
  const execution = await scene.start(machine, { ...gateInput, ask: false });
  expect((await scene.end(execution)).output).toEqual({ opened: true });
  expect(asked).toMatchObject([
    { walk: { purpose: 'reconcile', n: 2 }, ask: false, comparedSince: false },
    { walk: { purpose: 'reconcile', n: 3 }, ask: false, comparedSince: true },
  ]);
});
