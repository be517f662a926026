import {
  AppConfigClient,
  ListApplicationsCommand,
  ListConfigurationProfilesCommand,
  ListEnvironmentsCommand,
} from '@aws-sdk/client-appconfig';
import {
  AppConfigDataClient,
  GetLatestConfigurationCommand,
  StartConfigurationSessionCommand,
} from '@aws-sdk/client-appconfigdata';
import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  ListStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { testSource } from './left-out.ts';

export interface Place {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

const patienceMs = 30_000;
const migration = 'emulated';

/** What an emulator can honestly be asked, in order: each claim with how it is seen. */
export const checks: readonly (readonly [claim: string, see: (place: Place) => Promise<string>])[] = [
  ['every resource was created', everyResource],
  ['a function runs: reads are switched back', functionRuns],
  ['the flag document that it wrote is served', documentServed],
  ['an alarm reaches the rule, and the rule starts the breach machine', alarmReachesRule],
  ['a migration is started, and its planner refuses a name that no file has', migrationStarted],
];

/** After the stack was destroyed. */
export async function gone(place: Place): Promise<string> {
  const { StackSummaries = [] } = await new CloudFormationClient(place).send(new ListStacksCommand({}));
  const left = StackSummaries.filter(
    ({ StackName, StackStatus }) => StackName === 'underpin' && StackStatus !== 'DELETE_COMPLETE',
  );
  assert.deepEqual(left, []);
  const { stateMachines = [] } = await new SFNClient(place).send(new ListStateMachinesCommand({}));
  assert.deepEqual(stateMachines, []);
  return 'no stack and no state machine is left';
}

async function everyResource(place: Place): Promise<string> {
  const client = new CloudFormationClient(place);
  const { StackResources = [] } = await client.send(
    new DescribeStackResourcesCommand({ StackName: 'underpin' }),
  );
  const bad = StackResources.filter(({ ResourceStatus }) => ResourceStatus !== 'CREATE_COMPLETE');
  assert.deepEqual(bad, []);
  assert.ok(StackResources.length > 80, `only ${StackResources.length} resources`);
  return `${StackResources.length} resources`;
}

async function functionRuns(place: Place): Promise<string> {
  const { Payload, FunctionError } = await new LambdaClient(place).send(
    new InvokeCommand({
      FunctionName: 'underpin-switch-reads-back',
      Payload: new TextEncoder().encode(JSON.stringify({ migration, execution: 'by hand' })),
    }),
  );
  const answer = new TextDecoder().decode(Payload);
  assert.equal(FunctionError, undefined, answer);
  assert.deepEqual(JSON.parse(answer), { percent: 0 });
  return answer;
}

async function documentServed(place: Place): Promise<string> {
  const appConfig = new AppConfigClient(place);
  const { Items: applications = [] } = await appConfig.send(new ListApplicationsCommand({}));
  const ApplicationId = applications.find(({ Name }) => Name === 'underpin')?.Id;
  const { Items: environments = [] } = await appConfig.send(new ListEnvironmentsCommand({ ApplicationId }));
  const { Items: profiles = [] } = await appConfig.send(
    new ListConfigurationProfilesCommand({ ApplicationId }),
  );
  const data = new AppConfigDataClient(place);
  const { InitialConfigurationToken } = await data.send(
    new StartConfigurationSessionCommand({
      ApplicationIdentifier: ApplicationId,
      EnvironmentIdentifier: environments[0]?.Id,
      ConfigurationProfileIdentifier: profiles[0]?.Id,
    }),
  );
  const { Configuration } = await data.send(
    new GetLatestConfigurationCommand({ ConfigurationToken: InitialConfigurationToken }),
  );
  const text = new TextDecoder().decode(Configuration);
  assert.ok(text.includes(migration), `served: ${text}`);
  return `${text.length} characters`;
}

async function alarmReachesRule(place: Place): Promise<string> {
  const breach = await machine(place, 'underpin-breach');
  const cloudWatch = new CloudWatchClient(place);
  const StateReason = 'tested';
  await cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'OK', StateReason }));
  await cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason }));
  const sfn = new SFNClient(place);
  const started = async (): Promise<string | undefined> => {
    const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn: breach }));
    return executions[0]?.executionArn;
  };
  try {
    return await until(started, 5000);
  } catch {
    await new EventBridgeClient(place).send(new PutEventsCommand({ Entries: [alarmEvent] }));
    return `${await until(started)} (the emulator's CloudWatch told EventBridge nothing; the event was put by hand)`;
  } finally {
    await cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'OK', StateReason }));
  }
}

// Of the only target, which is named after its database.
const AlarmName = 'underpin-shop-guardrails';
const alarmEvent = {
  Source: testSource,
  DetailType: 'CloudWatch Alarm State Change',
  Detail: JSON.stringify({ alarmName: AlarmName, state: { value: 'ALARM' } }),
};

async function migrationStarted(place: Place): Promise<string> {
  const sfn = new SFNClient(place);
  const { executionArn } = await sfn.send(
    new StartExecutionCommand({
      stateMachineArn: await machine(place, 'underpin-migration'),
      input: JSON.stringify({ migration: 'not-there' }),
    }),
  );
  const ended = await until(async () => {
    const { status, cause = '' } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    return status === 'RUNNING' ? undefined : `${status}: ${cause}`;
  });
  // The planner found the folder of migrations beside it. Emulators rename its error, so that is not looked at.
  assert.match(ended, /^FAILED: .*there is no migration .*0001-rename-users-email\.yaml/u);
  return ended;
}

async function machine(place: Place, name: string): Promise<string> {
  const { stateMachines = [] } = await new SFNClient(place).send(new ListStateMachinesCommand({}));
  const arn = stateMachines.find((it) => it.name === name)?.stateMachineArn;
  assert.ok(arn, `there is no machine ${name}`);
  return arn;
}

async function until(look: () => Promise<string | undefined>, forMs = patienceMs): Promise<string> {
  for (const end = Date.now() + forMs; Date.now() < end; await sleep(250)) {
    const seen = await look();
    if (seen !== undefined) return seen;
  }
  throw new Error(`nothing happened within ${forMs / 1000} s`);
}
