import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import * as errors from '../../engine/database/errors.ts';
import { phaseNames } from '../../engine/plan/plan.ts';
import { machineNames, machinePermissions } from '../../infra/constructs/machine-permissions.ts';
import { permissionsOf } from '../../infra/constructs/task-permissions.ts';
import { kebab, machineTasks, taskNames, tasks } from '../../infra/constructs/tasks.ts';
import { actionsOf, servicesOf } from './api-calls.ts';
import { actionsOfState, aslText, everyState, framedIn, machine, type State } from './asl.ts';

const sorted = (values: Iterable<string>): readonly string[] => [...new Set(values)].toSorted();
const ours = new Set(Object.keys(errors));
// The decide machine fails a hold by it.
const rejected = 'GateRejected';
const notTasks = new Set(['HoldsTable', 'VerifyMachine', 'GateMachine', 'Targets']);
const asked = (name: string): readonly string[] =>
  sorted([...aslText(name).matchAll(/\$\{(\w+)\}/gu)].map(([, key = '']) => key)).filter(
    (key) => !notTasks.has(key),
  );

const surroundings = {
  databases: [
    { engine: 'postgres', clusterArn: 'cluster', secretArn: 'secret', secretKeyArn: undefined } as const,
  ],
  flags: {
    application: 'application',
    environments: ['environment'],
    profiles: ['profile'],
    forward: 'forward',
    back: 'back',
    monitorRole: 'role',
  },
  holdsTable: 'holds',
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
    gate: arns('gate'),
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

  test.each(taskNames)(
    '%s is bundled with the clients of the services that it calls, and no other',
    (task) => {
      // These are asked in its name by a service that it calls.
      const inItsName = new Set(['secretsmanager', 'kms', 'iam']);
      const called = [...actionsOf(`${kebab(task)}.ts`)].map((action) => action.split(':')[0] ?? '');
      expect(sorted(servicesOf(`${kebab(task)}.ts`))).toEqual(
        sorted(called.filter((each) => !inItsName.has(each))),
      );
    },
  );

  test('whoever reads a secret under a key of its own may decrypt by that key, and nobody else may', () => {
    for (const task of taskNames) {
      const database = {
        engine: 'postgres',
        clusterArn: 'other cluster',
        secretArn: 'other secret',
        secretKeyArn: 'its key',
      } as const;
      const databases = [...surroundings.databases, database];
      const allowed = permissionsOf(tasks[task].may, { ...surroundings, databases });
      const reads = allowed.some(({ actions }) => actions.includes('secretsmanager:GetSecretValue'));
      const byKey = allowed.filter(({ resources }) => resources.includes('its key'));
      expect(byKey.map(({ actions }) => actions)).toEqual(reads ? [['kms:Decrypt']] : []);
    }
  });

  test('whoever reaches a MySQL may begin a transaction on it, where its triggers are made, and on no other cluster', () => {
    for (const task of taskNames) {
      const database = {
        engine: 'mysql',
        clusterArn: 'a mysql',
        secretArn: 'its secret',
        secretKeyArn: undefined,
      } as const;
      const allowed = permissionsOf(tasks[task].may, {
        ...surroundings,
        databases: [...surroundings.databases, database],
      });
      const reaches = allowed.some(({ actions }) => actions.includes('rds-data:ExecuteStatement'));
      // Planning bounds its trials in transactions on every cluster.
      const begins = allowed.filter(
        ({ actions, why }) => actions.includes('rds-data:BeginTransaction') && why.includes('trigger'),
      );
      expect(begins.map(({ resources }) => resources)).toEqual(reaches ? [['a mysql']] : []);
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

/** Notifies people, or looks for what there is to report: whatever becomes of it, the migration goes on. */
const onlySays = ({ Arguments }: State): boolean =>
  ['${NotifyPeople}', '${AuditMigration}', '${WriteReport}'].includes(String(Arguments?.['FunctionName']));

describe('the way back', () => {
  const migration = machine('migration');
  const frames = [...migration.states.values()].filter(({ Type }) => Type === 'Parallel');
  const frameOf = (phase: string): State | undefined =>
    frames.find(({ name }) => name.toLowerCase().replaceAll(' ', '-') === phase);

  test('every phase is one frame of its name, and beside them are those before, between and after', () => {
    expect(frames.map(({ name }) => name)).toEqual([
      'Change window',
      'Expand',
      'Dual write',
      'Backfill',
      'Verify',
      'Read switch',
      'Swap',
      'Confidence',
      'Contract gate',
      'Quarantine',
      'Contract',
      'Rollback',
    ]);
    for (const phase of phaseNames) expect(frameOf(phase), phase).toBeDefined();
  });

  test('a frame has one branch and catches whatever comes out of it', () => {
    for (const frame of frames) {
      expect(frame.Branches, frame.name).toHaveLength(1);
      expect(frame.Catch[0], frame.name).toMatchObject({ ErrorEquals: ['Fenced'], Next: 'Taken over' });
      expect(catchAll(frame), frame.name).toBe(
        ['Contract', 'Rollback'].includes(frame.name) ? 'Write the report' : 'Rollback',
      );
    }
  });

  test('what keeps the contract from being begun leads back', () => {
    const early = frameOf('contract')?.Catch.find(({ Next }) => Next === 'Rollback');
    expect(early?.ErrorEquals).toEqual(['GuardrailBreached', 'Aborted', 'NotNow', 'VerificationFailed']);
  });

  test('within a frame, nothing catches but what has a meaning there', () => {
    const asking = ['Switch reads', 'Exchange the names', 'Set the old shape aside', 'Drop the old shape'];
    const meaning = (name: string): string => {
      if (['Gate: remove the new shape', 'Compare before the drop'].includes(name)) return 'States.ALL';
      if (asking.includes(name)) return 'ComparisonOvertaken';
      if (name === 'Undo the phases') return 'Fenced';
      return name.startsWith('Gate: ') ? 'StepFunctions.ExecutionAlreadyExistsException' : 'States.Timeout';
    };
    for (const frame of frames)
      for (const state of framedIn(frame).filter((each) => each.Catch.length > 0 && !onlySays(each)))
        expect(
          [state.name, state.Catch.flatMap(({ ErrorEquals }) => ErrorEquals)],
          'the end of a window; a gate that has closed already; rows behind a comparison, and what that finds; a fence that was sent twice; and nobody has to let the new shape go',
        ).toEqual([state.name, [meaning(state.name)]]);
  });

  test('what changes something and stands in no frame has its own way out', () => {
    const outside = [...migration.states.values()].filter(
      (state) => state.Type === 'Task' && !onlySays(state),
    );
    expect(outside.map((state) => [state.name, state.Catch.at(-1)?.Next])).toEqual([
      ['Plan the migration', 'Tell people how it ended'],
      ['Look at the other execution', 'Plan the migration'],
      ['Close the migration', 'Write the report'],
    ]);
  });

  test('a notification, an audit or a report that fails stops nothing', () => {
    const told = [...everyState(migration), ...everyState(machine('gate'))].filter(onlySays);
    expect(told.length).toBeGreaterThan(5);
    for (const state of told) expect(catchAll(state), state.name).toBe(state.Next);
  });

  test('is walked once: one gate machine, one undo loop, one report, one end that people are notified of', () => {
    const called = everyState(migration).map(({ Arguments }) => String(Arguments?.['FunctionName']));
    const once = (name: string) => called.filter((each) => each === `\${${name}}`).length;
    expect([
      once('WriteReport'),
      once('CloseMigration'),
      once('AuditMigration'),
      once('CollectEvidence'),
    ]).toEqual([1, 1, 1, 0]);
    // Beside the loop, the quarantine is undone before the reads go back.
    expect(once('UndoPhase')).toBe(2);
  });

  test('the rollback sends the reads back before it does anything else', () => {
    const rollback = frameOf('rollback');
    const next = (name: string) =>
      (rollback ? framedIn(rollback) : []).find((each) => each.name === name)?.Next;
    expect(next('Bring the old shape back')).toBe('Switch reads back');
    expect(next('Switch reads back')).toBe('Fence the workers');
    expect(next('Fence the workers')).toBe('Undo the phases');
  });
});

test('the runbook has a heading for every alarm, and no alarm twice', () => {
  const runbook = readFileSync('docs/runbook.md', 'utf8');
  const sources = ['guardrail-alarms', 'breach-rule', 'failed-migrations']
    .map((file) => readFileSync(`infra/constructs/${file}.ts`, 'utf8'))
    .join('\n');
  const names = sorted([...sources.matchAll(/^\s+name: '([\w-]+)',$/gmu)].map(([, name = '']) => name));
  expect(names).toHaveLength(18);
  for (const name of [...names, 'guardrails', 'migration-breached', 'slow-statements', 'migration-open'])
    expect(runbook.match(new RegExp(`^## ${name}$`, 'gmu')), name).toHaveLength(1);
});

test('this repository’s own stack and its demo use the construct as every app has it', () => {
  const own = [
    'underpin-stack.ts',
    'app.ts',
    ...readdirSync('infra/demo')
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `demo/${file}`),
  ];
  const beyond = own.filter((file) =>
    /from '[./]+\/(?:underpin|constructs\/target)\.ts'/u.test(readFileSync(`infra/${file}`, 'utf8')),
  );
  expect(beyond).toEqual([]);
});
