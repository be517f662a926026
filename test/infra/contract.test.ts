import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import * as errors from '../../engine/database/errors.ts';
import { phaseNames } from '../../engine/plan/plan.ts';
import { machineNames, machinePermissions } from '../../infra/constructs/machine-permissions.ts';
import { permissionsOf } from '../../infra/constructs/task-permissions.ts';
import { kebab, machineTasks, taskNames, tasks } from '../../infra/constructs/tasks.ts';
import { actionsOf } from './api-calls.ts';
import { actionsOfState, aslText, everyState, forward, machine, onward, type State } from './asl.ts';

const sorted = (values: Iterable<string>): readonly string[] => [...new Set(values)].toSorted();
const ours = new Set(Object.keys(errors));
// The decide machine fails a hold by it.
const rejected = 'GateRejected';
const notTasks = new Set(['HoldsTable', 'VerifyMachine']);
const asked = (name: string): readonly string[] =>
  sorted([...aslText(name).matchAll(/\$\{(\w+)\}/gu)].map(([, key = '']) => key)).filter(
    (key) => !notTasks.has(key),
  );

const surroundings = {
  clusterArn: 'cluster',
  secretArn: 'secret',
  flags: {
    application: 'application',
    environment: 'environment',
    profile: 'profile',
    forward: 'forward',
    back: 'back',
    monitorRole: 'role',
  },
  holdsTable: 'holds',
  migrationMachine: 'machine migration',
  publishing: [
    { why: 'tell', actions: ['sns:Publish'], resources: ['topic'] },
    { why: 'encrypt', actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: ['key'] },
  ],
  executions: ['executions/*'],
  maps: ['maps/*'],
  reportBucket: 'reports',
};
const arns = (name: string) => ({
  machine: `machine ${name}`,
  executions: `executions of ${name}/*`,
  mapRuns: `map runs of ${name}/*`,
  maps: `maps of ${name}/*`,
});
const around = {
  machines: {
    migration: arns('migration'),
    verify: arns('verify'),
    decide: arns('decide'),
    breach: arns('breach'),
  },
  functions: (task: string) => task,
  holds: { tableArn: 'holds' },
  nestedRule: 'rule',
};

describe('tasks', () => {
  test('every task that a state machine names has its handler, and every handler its task or its people', () => {
    const named = sorted(machineNames.flatMap(asked));
    const files = readdirSync('lambdas').filter((file) => file.endsWith('.ts'));
    expect(named).toEqual(sorted(machineTasks));
    expect(sorted(files)).toEqual(sorted(taskNames.map((task) => `${kebab(task)}.ts`)));
  });

  test.each(taskNames)('%s may do every API call that its code can make, and no other', (task) => {
    const allowed = permissionsOf(tasks[task].may, surroundings).flatMap(({ actions }) => actions);
    expect(sorted(allowed)).toEqual(sorted(actionsOf(`${kebab(task)}.ts`)));
  });

  test('whoever reads a secret under a key of its own may decrypt by that key, and nobody else may', () => {
    for (const task of taskNames) {
      const allowed = permissionsOf(tasks[task].may, { ...surroundings, secretKeyArn: 'key of the secret' });
      const reads = allowed.some(({ actions }) => actions.includes('secretsmanager:GetSecretValue'));
      const byKey = allowed.filter(({ resources }) => resources.includes('key of the secret'));
      expect(byKey.map(({ actions }) => actions)).toEqual(reads ? [['kms:Decrypt']] : []);
    }
  });

  test('no task outlasts the state that waits for it', () => {
    const longest = Math.max(...machineTasks.map((task) => tasks[task].minutes * 60));
    const states = machineNames.flatMap((name) => everyState(machine(name)));
    const waits = states.filter(({ Resource }) => Resource?.endsWith('lambda:invoke') === true);
    for (const { name, TimeoutSeconds } of waits)
      expect(z.number().parse(TimeoutSeconds), name).toBeGreaterThan(longest);
  });
});

describe.each(machineNames)('machine %s', (name) => {
  const states = everyState(machine(name));
  const permissions = machinePermissions[name](around);

  test('may do every API call that its states make, and no other', () => {
    const allowed = permissions.flatMap(({ actions }) => actions);
    expect(sorted(allowed)).toEqual(sorted(states.flatMap(actionsOfState)));
  });

  test('may invoke the tasks that it names, and no other', () => {
    const invoked = permissions
      .filter(({ actions }) => actions.includes('lambda:InvokeFunction'))
      .flatMap(({ resources }) => resources);
    expect(sorted(invoked)).toEqual(asked(name).map((task) => `${task}:*`));
  });

  test('waits and catches errors by names that somebody raises', () => {
    const services = /^(?:States|Lambda|Runtime|Sandbox|DynamoDb|Sfn|StepFunctions)\./u;
    const names = states.flatMap(({ Retry, Catch }) =>
      [...Retry, ...Catch].flatMap(({ ErrorEquals }) => ErrorEquals),
    );
    for (const error of sorted(names))
      expect(services.test(error) || ours.has(error) || error === rejected, error).toBe(true);
  });
});

test('every error of ours has the name by which the machines know it', () => {
  for (const [name, raised] of Object.entries<new (said: string) => Error>(errors))
    expect(new raised('22000').name, 'a minifier renames classes, never strings').toBe(name);
});

const catchAll = ({ Catch }: State): string | undefined =>
  Catch.find(({ ErrorEquals }) => ErrorEquals.includes('States.ALL'))?.Next;

/** Tells people, or looks for what there is to tell: whatever becomes of it, the migration goes on. */
const onlySays = ({ Arguments }: State): boolean =>
  ['${TellPeople}', '${AuditMigration}'].includes(String(Arguments?.['FunctionName']));
const reports = ({ name }: State): boolean => name.startsWith('Write the report');

describe('the way back', () => {
  const migration = machine('migration');
  const back = new Set([
    'Switch reads back',
    'Bring the old shape back',
    // Nothing was changed yet, or nothing can be changed back.
    'Tell that it did not start',
    'Write the report for people',
  ]);
  const goingBack = new Set(onward(migration, 'Bring the old shape back'));
  const works = forward(migration).filter(
    (state) =>
      !goingBack.has(state) &&
      !reports(state) &&
      (state.Type === 'Map' || (state.Type === 'Task' && !onlySays(state))),
  );
  test.each(
    works.filter(({ name }) => name !== 'Look at that execution').map((state) => [state.name, state]),
  )('whatever fails in "%s" goes to its undo', (_, state) => {
    expect(back).toContain(catchAll(state));
  });

  test('a notification or an audit that fails stops nothing', () => {
    const told = everyState(migration).filter(onlySays);
    expect(told.length).toBeGreaterThan(8);
    for (const state of told) expect(catchAll(state), state.name).toBe(state.Next);
  });

  test('a report that cannot be written changes no outcome, and stands before every end that people are told', () => {
    const written = everyState(migration).filter(reports);
    for (const state of written) expect(catchAll(state), state.name).toBe(state.Next);
    expect(written.map(({ Next }) => Next)).toEqual([
      'Tell that it is done',
      'Tell that it was rolled back',
      'Tell that people must look',
    ]);
  });

  test('every phase that is applied names a phase of the plan', () => {
    const phases = [...aslText('migration').matchAll(/"phase": "([\w-]+)"/gu)].map(([, phase]) => phase);
    for (const phase of phases) expect([...phaseNames, 'plan']).toContain(phase);
  });

  test('only the contract and what follows it are not rolled back', () => {
    const forGood = works.filter((state) => catchAll(state) === 'Write the report for people');
    expect(forGood.map(({ name }) => name)).toEqual(['Contract', 'Close as completed']);
  });

  test('the rollback sends the reads back before it does anything else', () => {
    const { states } = migration;
    expect(states.get('Bring the old shape back')?.Next).toBe('Switch reads back');
    expect(states.get('Switch reads back')?.Next).toBe('Fence the workers');
    expect(states.get('Fence the workers')?.Next).toBe('Undo the phases');
  });
});

test('the runbook has a heading for every alarm, and no alarm twice', () => {
  const runbook = readFileSync('docs/runbook.md', 'utf8');
  const sources = ['guardrail-alarms', 'breach-rule', 'failed-migrations']
    .map((file) => readFileSync(`infra/constructs/${file}.ts`, 'utf8'))
    .join('\n');
  const names = sorted([...sources.matchAll(/^\s+name: '([\w-]+)',$/gmu)].map(([, name = '']) => name));
  expect(names).toHaveLength(15);
  for (const name of [...names, 'guardrails'])
    expect(runbook.match(new RegExp(`^## ${name}$`, 'gmu')), name).toHaveLength(1);
});
