import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { fileURLToPath } from 'node:url';
import { Closers } from '../stage/closers.ts';
import { usualHearingSeconds } from '../../lambdas/runtime/environment.ts';
import type { AwsPlace } from '../cloud/aws-place.ts';
import { hurriedClock, realClock } from '../cloud/clock.ts';
import type { CloudWatch } from '../cloud/cloudwatch/cloudwatch.ts';
import type { DataApi } from '../cloud/data-api/data-api.ts';
import type { Faults } from '../cloud/faults.ts';
import { deployedNames } from './functions.ts';
import { createGuardrails, guardrailAlarmArnOf, type GuardrailLimits } from './guardrail-alarms.ts';
import { handlerEnvironment, surroundingsOf } from './handler-environment.ts';
import { createHoldsTable, holdsTable } from './holds.ts';
import { startLambdaFront } from '../cloud/lambda/http-front.ts';
import { startLambda, type LambdaService } from '../cloud/lambda/lambda.ts';
import { invocations, type BeforeInvocation } from './invocations.ts';
import { LogMetrics } from './log-metrics.ts';
import { breachRule, createMachines, type Machines } from './machines.ts';
import { clusterArnOf, secretArnOf, type LocalTarget } from './local-target.ts';
import { createReadFlags, placeOfFlags } from './read-flags.ts';
import { credentials, placeOf, region, sdkEnvironment, startServices, type Services } from './services.ts';
import type { S3 } from '../cloud/s3.ts';
import type { SnsMessage } from '../cloud/sns.ts';
import { startStepFunctions, type StepFunctions } from '../cloud/step-functions/step-functions.ts';

export interface LocalCloudOptions {
  /** At least one. */
  readonly targets: readonly LocalTarget[];
  readonly migrationsFolder: string;
  /** Of each target. */
  readonly limits: GuardrailLimits;
  /** Bundled handlers by task name. */
  readonly functions: ReadonlyMap<string, string>;
  /** How many times shorter waits are than declared: those of state machines, AppConfig's, and that for processes to hear of a flag. Default 1. */
  readonly speed?: number;
}

/** As the command line asks for services, by the names that the SDK's variables give them. */
export interface PeoplesPlace extends Omit<AwsPlace, 'endpoint'> {
  readonly endpoints: Readonly<
    Record<'LAMBDA' | 'SFN' | 'DYNAMODB' | 'CLOUDWATCH' | 'APPCONFIG' | 'S3', string>
  >;
}

/** AWS made small and local: real services on 127.0.0.1, the shipped handlers in processes of their own, the ASL files. */
export interface LocalCloud {
  /** The folder that its handlers read migrations from. */
  readonly migrationsFolder: string;
  readonly sfn: SFNClient;
  readonly dynamoDb: DynamoDBClient;
  readonly machines: Machines;
  readonly stepFunctions: StepFunctions;
  readonly lambda: LambdaService;
  readonly dataApi: DataApi;
  /** What is to go wrong between handlers, states and services. */
  readonly faults: Faults;
  /** What was put into the bucket of reports, as `bucket/key`. */
  readonly reports: S3['objects'];
  readonly cloudWatchPlace: AwsPlace;
  readonly cloudWatch: Pick<CloudWatch, 'takeLogLine'>;
  /** Where people's clients find its services. */
  readonly peoplesPlace: PeoplesPlace;
  /** What every handler finds in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the application of a target asks which shape to read. */
  agentUrlOf(target: string): string;
  onMessage(listener: (message: SnsMessage) => void): void;
  /** Whether a guardrail of a target is on. */
  isAlarmOn(target: string): boolean;
  /** Gives the way to stop it. */
  beforeInvocation(listener: BeforeInvocation): () => void;
  close(): Promise<void>;
}

const folderOf = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const functionTimeoutMs = 300_000;
const functionsAtOnce = 40;

/** Starts all of it in about a second; what was started is closed again when a part of it fails. */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const opened = new Closers();
  try {
    return await start(options, opened);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function start(options: LocalCloudOptions, opened: Closers): Promise<LocalCloud> {
  const databases = options.targets.map(
    ({ name, databaseUrl }) =>
      [clusterArnOf(name), { url: databaseUrl, secretArns: [secretArnOf(name)] }] as const,
  );
  const services = await startServices(new Map(databases), opened, options.speed);
  const names = options.targets.map(({ name }) => name);
  const flags = await createReadFlags(placeOf(services.appConfig), names);
  const topic = await createTopic(services);
  const listeners = new Set<BeforeInvocation>();
  const stepFunctions = await opened.add(
    startInterpreter(services, () => lambda, { listeners, speed: options.speed ?? 1 }),
  );
  const environment = {
    ...sdkEnvironment(services),
    AWS_ENDPOINT_URL_SFN: stepFunctions.endpoint,
    ...handlerEnvironment(options, flags),
    ...surroundingsOf(topic),
    UNDERPIN_HEARING_SECONDS: String(usualHearingSeconds / (options.speed ?? 1)),
  };
  const log = await opened.add(new LogMetrics(services.cloudWatch));
  const lambda: LambdaService = await opened.add(
    startLambda({
      functions: new Map(
        [...options.functions].map(([name, file]) => [name, { file, timeoutMs: functionTimeoutMs }]),
      ),
      environment,
      concurrency: functionsAtOnce,
    }),
  );
  lambda.onLog(({ line }) => log.take(line));
  // Executions end before the functions that they call.
  opened.later(() => stepFunctions.close());
  const lambdaFront = await opened.add(
    startLambdaFront({ lambda, names: deployedNames(options.functions.keys()) }),
  );
  const sfn = new SFNClient(placeOf(stepFunctions));
  const dynamoDb = new DynamoDBClient(placeOf(services.dynamoDb));
  await createHoldsTable(dynamoDb);
  const machines = await createMachines(sfn, folderOf('statemachines'), options.functions.keys(), {
    HoldsTable: holdsTable,
    Targets: names.join(','),
  });
  for (const name of names) await createGuardrails(placeOf(services.cloudWatch), name, options.limits);
  const bus = breachRule(sfn, machines);
  services.cloudWatch.onStateChange((event) => void bus.put(event));
  return {
    migrationsFolder: options.migrationsFolder,
    sfn,
    dynamoDb,
    machines,
    stepFunctions,
    lambda,
    dataApi: services.dataApi,
    faults: services.faults,
    reports: services.s3.objects,
    cloudWatchPlace: placeOf(services.cloudWatch),
    cloudWatch: services.cloudWatch,
    peoplesPlace: {
      region,
      credentials,
      endpoints: {
        LAMBDA: lambdaFront.endpoint,
        SFN: stepFunctions.endpoint,
        DYNAMODB: services.dynamoDb.endpoint,
        CLOUDWATCH: services.cloudWatch.endpoint,
        APPCONFIG: services.appConfig.endpoint,
        S3: services.s3.endpoint,
      },
    },
    environment,
    agentUrlOf: (target) => {
      const { environment: at, profile } = placeOfFlags(flags, target);
      return `${services.agent.endpoint}/applications/${flags.application}/environments/${at}/configurations/${profile}`;
    },
    onMessage: (listener) => services.sns.onMessage(listener),
    isAlarmOn: (target) => services.cloudWatch.alarmState(guardrailAlarmArnOf(target)) === 'ALARM',
    beforeInvocation: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async () => {
      sfn.destroy();
      dynamoDb.destroy();
      await opened.close();
    },
  };
}

const startInterpreter = (
  services: Services,
  lambda: () => LambdaService,
  { listeners, speed }: { readonly listeners: ReadonlySet<BeforeInvocation>; readonly speed: number },
) =>
  startStepFunctions({
    clock: speed === 1 ? realClock : hurriedClock(speed),
    workClock: realClock,
    endpoints: {
      dynamodb: services.dynamoDb.endpoint,
      rdsdata: services.dataApi.endpoint,
      appconfig: services.appConfig.endpoint,
      cloudwatch: services.cloudWatch.endpoint,
      sns: services.sns.endpoint,
    },
    faults: services.faults,
    invokeFunction: invocations({ lambda, listeners, faults: services.faults }),
  });

async function createTopic({ sns }: Services): Promise<string> {
  const client = new SNSClient(placeOf(sns));
  const { TopicArn = '' } = await client.send(new CreateTopicCommand({ Name: 'underpin' }));
  client.destroy();
  return TopicArn;
}
