import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { machineTasks, taskNames } from '../../infra/constructs/tasks.ts';
import { deployedNode } from '../../rehearsal/cloud/lambda/node-binary.ts';
import { readable, statementsOf, trustOf } from './policies.ts';
import { ofType, synthesised, type Synthesised } from './synthesised.ts';

const config = {
  targets: [
    {
      name: 'shop',
      clusterIdentifier: 'orders-prod',
      secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop-AbCdEf',
      database: 'shop',
    },
    {
      name: 'billing',
      clusterIdentifier: 'billing-prod',
      secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:billing-AbCdEf',
      secretKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/billing',
      database: 'billing',
    },
  ],
  notify: [{ protocol: 'email', endpoint: 'dba@example.com' }],
  alarms: ['arn:aws:cloudwatch:eu-central-1:111122223333:alarm:checkout-errors'],
};

let stack: Synthesised;
beforeAll(() => {
  // Raises what cdk-nag finds: a wildcard without its reason, a log that is off.
  stack = synthesised(config, { nag: true });
});

const all = (type: string) => ofType(stack, type);
const only = (type: string) => {
  const found = all(type);
  expect(found, type).toHaveLength(1);
  return found[0]?.[1].Properties ?? {};
};

describe('what may be done', () => {
  test('every policy is as it was reviewed', async () => {
    await expect(readable(stack)).toMatchFileSnapshot('../golden/infra/policies.txt');
  });

  test('no action is a wildcard, and no role is given by AWS ready-made', () => {
    const statements = statementsOf(stack);
    expect(statements.length).toBeGreaterThan(50);
    for (const { owner, actions } of statements)
      for (const action of actions) expect(action, owner).not.toContain('*');
    for (const [id, { Properties }] of all('AWS::IAM::Role'))
      expect(Properties['ManagedPolicyArns'], id).toBeUndefined();
  });

  test('a role is passed to one service, which is named, by the two functions that deploy flags under the alarm', () => {
    const passing = statementsOf(stack).filter(({ actions }) => actions.includes('iam:PassRole'));
    expect(passing.map(({ conditions }) => conditions)).toEqual([
      ['if iam:PassedToService StringEquals appconfig.amazonaws.com'],
      ['if iam:PassedToService StringEquals appconfig.amazonaws.com'],
    ]);
  });

  test('state machines and EventBridge assume their roles for their own resources alone', () => {
    const bound = [...trustOf(stack).values()].filter(([by = '']) => /states|events/u.test(by));
    expect(bound).toHaveLength(6);
    for (const lines of bound) {
      expect(lines).toContain('if aws:SourceAccount StringEquals <AWS::AccountId>');
      expect(lines.join()).toMatch(
        /if aws:SourceArn ArnLike \S+(?:stateMachine:underpin-\w+|rule\/underpin)/u,
      );
    }
  });

  test('an alarm may notify people: its topic has a policy of its own and lost the default one', () => {
    expect(only('AWS::SNS::TopicPolicy')['PolicyDocument']).toMatchObject({
      Statement: [
        { Effect: 'Deny' },
        {
          Effect: 'Allow',
          Action: 'sns:Publish',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        },
      ],
    });
  });

  test('roles hold their whole policy themselves: nothing is added from elsewhere', () => {
    expect(all('AWS::IAM::Policy')).toEqual([]);
  });

  test('an approver may start the decide machine from its console page, and change nothing else', () => {
    const decide = expect.stringMatching(/stateMachine:underpin-decide$/u);
    const itsExecutions = expect.stringMatching(/execution:underpin-decide:\*$/u);
    expect(allowedTo('Approver')).toEqual([
      ['states:DescribeStateMachine', decide],
      ['states:ListExecutions', decide],
      ['states:StartExecution', decide],
      ['states:DescribeExecution', itsExecutions],
      ['states:GetExecutionHistory', itsExecutions],
      ['states:ListStateMachines', '*'],
    ]);
  });

  test('a reader sees what is asked and what became of it, and changes nothing', () => {
    expect(allowedTo('Reader')).toEqual([
      ['states:DescribeExecution', expect.stringMatching(/execution:underpin-decide:\*$/u)],
      ['dynamodb:GetItem', expect.stringMatching(/^<UnderpinHoldsTable\w+\.Arn>$/u)],
      [
        'lambda:InvokeFunction',
        expect.stringMatching(/DescribeMigrationFunction\w+\.Arn>$/u),
        expect.stringMatching(/ShowMigrationsFunction\w+\.Arn>$/u),
      ],
    ]);
  });

  test('the dashboard shows the phase and the open gate of each migration, drawn by a function that readers may invoke', () => {
    expect(JSON.stringify(only('AWS::CloudWatch::Dashboard'))).toMatch(
      /\\"type\\":\\"custom\\".*UnderpinTasksShowMigrationsFunction/u,
    );
  });

  test('an operator may not decide', () => {
    const operating = statementsOf(stack).filter(({ owner }) => owner.includes('Operator'));
    for (const { actions, resources } of operating)
      if (actions.includes('states:StartExecution'))
        expect(resources).toEqual([expect.stringMatching(/stateMachine:underpin-migration$/u)]);
  });

  test('cdk-nag finds nothing in the demo', () => {
    expect(synthesised({ demo: true }, { nag: true }).text).toContain('AWS::RDS::DBCluster');
  });

  test('cdk-nag would find a wildcard', () => {
    expect(() => synthesised(config, { nag: true, careless: true })).toThrow(
      'AwsSolutions-IAM5[Action::s3:*]',
    );
  });
});

const allowedTo = (whom: string) =>
  statementsOf(stack)
    .filter(({ owner }) => owner.startsWith('UnderpinAccess') && owner.includes(whom))
    .flatMap(({ actions, resources }) => actions.map((action) => [action, ...resources]));

describe('functions', () => {
  test('are Node.js 24 on arm64, traced, with a log group of their own', () => {
    const functions = all('AWS::Lambda::Function');
    expect(functions).toHaveLength(taskNames.length);
    for (const [id, { Properties }] of functions)
      expect(Properties, id).toMatchObject({
        Runtime: `nodejs${deployedNode}.x`,
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
        LoggingConfig: { LogGroup: expect.anything() },
        Environment: {
          Variables: {
            POWERTOOLS_SERVICE_NAME: 'underpin',
            UNDERPIN_TARGETS: expect.anything(),
          },
        },
      });
  });

  test('are published as versions that outlive the next deployment', () => {
    const versions = all('AWS::Lambda::Version');
    expect(versions).toHaveLength(machineTasks.length);
    for (const [id, version] of versions)
      expect(version, id).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });
});

const notTasks = new Set(['HoldsTable', 'VerifyMachine', 'GateMachine', 'Targets']);
const definitionShape = z.object({
  StateMachineName: z.string(),
  DefinitionString: z.string(),
  DefinitionSubstitutions: z.record(z.string(), z.unknown()),
});

describe('the bucket of reports', () => {
  test('is private, encrypted, spoken to by TLS only, keeps versions, and outlives the stack', () => {
    const buckets = all('AWS::S3::Bucket');
    expect(buckets).toHaveLength(1);
    expect(buckets[0]?.[1]).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        VersioningConfiguration: { Status: 'Enabled' },
      },
    });
    const refused = JSON.stringify(only('AWS::S3::BucketPolicy')['PolicyDocument']);
    expect(refused).toContain('"Effect":"Deny"');
    expect(refused).toContain('"aws:SecureTransport":"false"');
  });

  test('is written to by the writer of reports alone, and read by operators', () => {
    const about = statementsOf(stack).filter(({ actions }) =>
      actions.some((action) => action.startsWith('s3:')),
    );
    const allowed = about.map(
      ({ owner, actions }) => `${owner.replace(/^.*?(WriteReport|Operator).*$/u, '$1')}: ${actions.join()}`,
    );
    expect(allowed.toSorted()).toEqual(['Operator: s3:GetObject', 'WriteReport: s3:PutObject']);
  });

  test('of the demo goes with it', () => {
    const demo = ofType(synthesised({ demo: true }), 'AWS::S3::Bucket');
    expect(demo.map(([, { DeletionPolicy }]) => DeletionPolicy)).toEqual(['Delete']);
  });
});

describe('state machines', () => {
  test('are the ASL files as they are', () => {
    for (const [, { Properties }] of all('AWS::StepFunctions::StateMachine')) {
      const { StateMachineName, DefinitionString } = definitionShape.parse(Properties);
      const file = `statemachines/${StateMachineName.replace('underpin-', '')}.asl.json`;
      expect(JSON.parse(DefinitionString)).toEqual(JSON.parse(readFileSync(file, 'utf8')));
    }
  });

  test('log every state without its data, and trace it', () => {
    for (const [, { Properties }] of all('AWS::StepFunctions::StateMachine'))
      expect(Properties).toMatchObject({
        StateMachineType: 'STANDARD',
        LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
        TracingConfiguration: { Enabled: true },
      });
  });

  test('name function versions and a version of the nested machine, never what changes under way', () => {
    const versions = new Set(all('AWS::Lambda::Version').map(([id]) => JSON.stringify({ Ref: id })));
    for (const [, { Properties }] of all('AWS::StepFunctions::StateMachine')) {
      const { DefinitionSubstitutions } = definitionShape.parse(Properties);
      for (const [name, arn] of Object.entries(DefinitionSubstitutions))
        if (!notTasks.has(name)) expect(versions, name).toContain(JSON.stringify(arn));
      const { VerifyMachine } = DefinitionSubstitutions;
      if (VerifyMachine !== undefined)
        expect(JSON.stringify(VerifyMachine)).toContain('MachinesverifyVersion');
    }
  });

  test('are published as versions that stay, each with the alias live', () => {
    const versions = all('AWS::StepFunctions::StateMachineVersion');
    expect(versions).toHaveLength(5);
    for (const [, version] of versions)
      expect(version).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    const aliases = all('AWS::StepFunctions::StateMachineAlias');
    expect(aliases.map(([, { Properties }]) => Properties['Name'])).toEqual(Array(5).fill('live'));
  });
});

describe('guardrails', () => {
  const alarmShape = z.looseObject({
    AlarmName: z.string(),
    AlarmDescription: z.string(),
    TreatMissingData: z.string().optional(),
  });
  const alarms = () =>
    all('AWS::CloudWatch::Alarm').map(([, { Properties }]) => alarmShape.parse(Properties));

  test('every alarm says where in the runbook it is answered', () => {
    const runbook = readFileSync('docs/runbook.md', 'utf8');
    for (const { AlarmName, AlarmDescription } of alarms()) {
      const heading = AlarmName.replace(/^underpin-(?:shop-|billing-)?/u, '');
      expect(AlarmDescription).toContain(`docs/runbook.md#${heading}`);
      expect(runbook).toContain(`\n## ${heading}\n`);
    }
  });

  test('silence is health, and said so', () => {
    for (const { AlarmName, TreatMissingData } of alarms())
      expect(TreatMissingData, AlarmName).toBe(
        AlarmName.endsWith('-migration-open') ? 'ignore' : 'notBreaching',
      );
  });

  test('the composite of a target is on when any guardrail of its own or any alarm of the user is', () => {
    const composites = all('AWS::CloudWatch::CompositeAlarm')
      .map(
        ([, { Properties }]) => [Properties['AlarmName'], JSON.stringify(Properties['AlarmRule'])] as const,
      )
      .filter(([name]) => String(name).endsWith('-guardrails'));
    expect(composites.map(([name]) => name)).toEqual([
      'underpin-shop-guardrails',
      'underpin-billing-guardrails',
    ]);
    for (const [target, rule] of [
      ['shop', composites[0]?.[1] ?? ''],
      ['billing', composites[1]?.[1] ?? ''],
    ] as const) {
      // Ours and one of the user's.
      expect(rule.match(/ALARM\(/gu)).toHaveLength(13);
      expect(rule.match(new RegExp(`Guardrails${target}`, 'gu'))).toHaveLength(12);
      expect(rule).toContain('alarm:checkout-errors');
    }
  });

  test('the metrics that an alarm watches are of its own target', () => {
    const clusters = { shop: 'orders-prod', billing: 'billing-prod' };
    for (const [, { Properties }] of all('AWS::CloudWatch::Alarm')) {
      const [, target] = /^underpin-(shop|billing)-/u.exec(String(Properties['AlarmName'])) ?? [];
      if (target !== 'shop' && target !== 'billing') continue;
      const dimensions = z
        .array(z.object({ Name: z.string(), Value: z.unknown() }))
        .parse(Properties['Dimensions'] ?? []);
      const named = dimensions.find(({ Name }) => Name === 'DBClusterIdentifier' || Name === 'target');
      if (Properties['Namespace'] !== 'Underpin/Application')
        expect([target, clusters[target]], String(Properties['AlarmName'])).toContain(named?.Value);
    }
  });

  test('the change of any alarm to ALARM starts the breach machine, again and again, or lands in an alarmed queue', () => {
    const { EventPattern, Targets } = only('AWS::Events::Rule');
    expect(EventPattern).toEqual({
      source: ['aws.cloudwatch'],
      'detail-type': ['CloudWatch Alarm State Change'],
      detail: { state: { value: ['ALARM'] } },
    });
    expect(Targets).toMatchObject([
      {
        Arn: { Ref: expect.stringContaining('breach') },
        RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 3600 },
        DeadLetterConfig: { Arn: expect.anything() },
      },
    ]);
    expect(alarms().map(({ AlarmName }) => AlarmName)).toContain('underpin-breach-undelivered');
  });
});

describe('what must not be lost', () => {
  test('the holds: on demand, encrypted, recoverable, and not deleted with the stack', () => {
    const [[, table] = []] = all('AWS::DynamoDB::Table');
    expect(table).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        SSESpecification: { SSEEnabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: true,
      },
    });
  });

  test('the flags: the stack holds places for them, and none of them', () => {
    const types = Object.values(stack.resources).map(({ Type }) => Type);
    expect(types).not.toContain('AWS::AppConfig::HostedConfigurationVersion');
    expect(types).not.toContain('AWS::AppConfig::Deployment');
    // A rollback stops whatever is deployed in an environment: nothing there may be another target's.
    const environments = all('AWS::AppConfig::Environment').map(([, { Properties }]) => Properties);
    expect(environments.map(({ Name }) => Name)).toEqual(['shop', 'billing']);
    for (const { Monitors } of environments) expect(Monitors).toHaveLength(1);
  });

  test('the way back: its deployments are never held up', () => {
    const strategies = all('AWS::AppConfig::DeploymentStrategy').map(([, { Properties }]) => [
      Properties['Name'],
      Properties['DeploymentDurationInMinutes'],
      Properties['FinalBakeTimeInMinutes'],
    ]);
    expect(strategies).toEqual([
      ['underpin-forward', 0, 1],
      ['underpin-back', 0, 0],
    ]);
  });
});

describe('without a database', () => {
  test('the template can be read and cannot be deployed', () => {
    const placeholder = synthesised({});
    expect(placeholder.rules).toContain('DatabaseIsConfigured');
    expect(placeholder.text).toContain('placeholder-cluster');
    expect(stack.rules).not.toContain('DatabaseIsConfigured');
  });

  test('the template can be read in any account, as `cdk bootstrap` and `cdk diff` do', () => {
    const env = { account: '444455556666', region: 'us-west-2' };
    expect(synthesised({}, { env }).rules).toContain('DatabaseIsConfigured');
  });

  test('the demo brings one that goes with the stack', () => {
    const demo = synthesised({ demo: true });
    const [[, cluster] = []] = ofType(demo, 'AWS::RDS::DBCluster');
    expect(cluster).toMatchObject({
      DeletionPolicy: 'Delete',
      Properties: { EnableHttpEndpoint: true, DeletionProtection: false },
    });
    const kept = Object.values(demo.resources).filter(
      ({ DeletionPolicy }) => DeletionPolicy?.startsWith('Retain') === true,
    );
    // Both go with what they are versions of.
    expect([...new Set(kept.map(({ Type }) => Type))].toSorted()).toEqual([
      'AWS::Lambda::Version',
      'AWS::StepFunctions::StateMachineVersion',
    ]);
  });

  test('the demo leaves no log group behind: every function of it writes to one of the stack', () => {
    for (const [id, { Properties }] of ofType(synthesised({ demo: true }), 'AWS::Lambda::Function'))
      expect(Properties, id).toMatchObject({ LoggingConfig: { LogGroup: expect.anything() } });
  });

  test('the demo can be destroyed after a migration: the flags and reports that it wrote are deleted first', () => {
    const forgetting = statementsOf(synthesised({ demo: true })).filter(({ owner }) =>
      owner.startsWith('forgetmigrations'),
    );
    expect(forgetting.flatMap(({ actions }) => actions)).toEqual(
      expect.arrayContaining(['appconfig:DeleteHostedConfigurationVersion', 's3:DeleteObject']),
    );
    expect(stack.text).not.toContain('DeleteHostedConfigurationVersion');
  });
});

// Every function is new: the environment of all of them changes.
const next = (): Synthesised =>
  synthesised({ ...config, targets: config.targets.map((target) => ({ ...target, database: 'shop2' })) });

describe('a deployment while a migration runs', () => {
  test('changes what was reviewed, and nothing else', async () => {
    const [before, after] = [stack, next()];
    await expect(changes(before, after)).toMatchFileSnapshot('../golden/infra/redeploy-in-mid-migration.txt');
  });

  test('publishes new versions beside the old', () => {
    const after = versionsIn(next());
    expect(after).toHaveLength(machineTasks.length);
    for (const id of versionsIn(stack)) expect(after).not.toContain(id);
  });

  test('leaves the versions that are in use callable', () => {
    const invoking = statementsOf(next()).filter(
      ({ owner, actions }) => owner.includes('Machines') && actions.includes('lambda:InvokeFunction'),
    );
    expect(invoking).toHaveLength(3);
    for (const { resources } of invoking)
      for (const resource of resources) expect(resource).toMatch(/Function\w+\.Arn>:\*$/u);
  });

  test('does not touch AppConfig, so it cannot move the reads', () => {
    expect(flagsIn(next())).toEqual(flagsIn(stack));
  });
});

const versionsIn = (it: Synthesised): readonly string[] =>
  ofType(it, 'AWS::Lambda::Version').map(([id]) => id);
const flagsIn = (it: Synthesised) =>
  Object.entries(it.resources).filter(([, { Type }]) => Type.startsWith('AWS::AppConfig::'));

/** Added, removed and changed resources by type, with the changed properties. */
function changes(before: Synthesised, after: Synthesised): string {
  const lines = new Map<string, number>();
  const add = (line: string): void => void lines.set(line, (lines.get(line) ?? 0) + 1);
  for (const [id, { Type }] of Object.entries(before.resources))
    if (!(id in after.resources)) add(`leaves the template, stays in the account: ${Type}`);
  for (const [id, { Type, Properties }] of Object.entries(after.resources)) {
    const old = before.resources[id];
    if (old === undefined) add(`is new: ${Type}`);
    else
      for (const key of Object.keys({ ...old.Properties, ...Properties }))
        if (JSON.stringify(old.Properties[key]) !== JSON.stringify(Properties[key]))
          add(`changes: ${Type} ${key}`);
  }
  return `${[...lines]
    .map(([line, count]) => `${String(count).padStart(3)} ${line}`)
    .toSorted()
    .join('\n')}\n`;
}
