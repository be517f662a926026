import { AppConfigClient } from '@aws-sdk/client-appconfig';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { SFNClient } from '@aws-sdk/client-sfn';
import { resolve } from 'node:path';
import type * as z from 'zod';
import type { Database } from '../../engine/database/database.ts';
import { Ledger } from '../../engine/ledger/ledger.ts';
import { DataApiDatabase } from './data-api-database.ts';
import { readEnvironment } from './environment.ts';
import { Guardrails } from './guardrails.ts';
import { Holds } from './holds.ts';
import { MetricHistory } from './metric-history.ts';
import { observed, traced } from './observed.ts';
import { ReadFlag } from './read-flag.ts';
import { billed } from './usage.ts';

export interface Tools {
  readonly database: Database;
  readonly ledger: Ledger;
  readonly readFlag: ReadFlag;
  readonly guardrails: Guardrails;
  readonly metricHistory: MetricHistory;
  /** The CloudWatch namespace in which the application reports. */
  readonly applicationNamespace: string;
  readonly holds: Holds;
  readonly migrationsFolder: string;
  /** Whether a start waits until the pre-flight checklist is answered. */
  readonly checklist: 'required' | 'shown';
  /** Milliseconds that this invocation may still work before it must hand over to the next. */
  readonly remainingMs: () => number;
}

interface LambdaContext {
  readonly getRemainingTimeInMillis: () => number;
  readonly awsRequestId?: string;
}

// What a hand-over needs: the last statement (45 s at the most), its commit, and the answer.
const reserveMs = 60_000;

/**
 * A task of the state machine: its input is parsed, its tools are made once for each warm sandbox. `logged` is what of an
 * input may stand in the log: all of it, where it is names and numbers.
 */
export function task<I, O>(
  input: z.ZodType<I>,
  work: (input: I, tools: Tools) => Promise<O>,
  logged: (input: I) => unknown = (parsed) => parsed,
) {
  return async (event: unknown, context: LambdaContext): Promise<O> => {
    const parsed = input.parse(event);
    return observed(logged(parsed), context.awsRequestId, () => {
      const { requests, ...tools } = sharedTools();
      return billed(event, requests, () =>
        work(parsed, { ...tools, remainingMs: () => context.getRemainingTimeInMillis() - reserveMs }),
      );
    });
  };
}

interface SharedTools extends Omit<Tools, 'remainingMs'> {
  /** Requests to the Data API so far, of every invocation of this sandbox. */
  readonly requests: () => number;
}

let made: SharedTools | undefined;

function sharedTools(): SharedTools {
  made ??= makeTools();
  return made;
}

function makeTools(): SharedTools {
  const environment = readEnvironment(process.env);
  // The service itself gives up after 45 s; the client waits a little longer, so that its answer is heard.
  const requestHandler = { requestTimeout: 65_000 };
  const database = new DataApiDatabase(
    traced(new RDSDataClient({ requestHandler })),
    {
      engine: environment.UNDERPIN_ENGINE,
      resourceArn: environment.UNDERPIN_CLUSTER_ARN,
      secretArn: environment.UNDERPIN_SECRET_ARN,
      database: environment.UNDERPIN_DATABASE,
    },
    traced(new RDSDataClient({ requestHandler, maxAttempts: 1 })),
  );
  const cloudWatch = traced(new CloudWatchClient());
  return {
    database,
    requests: () => database.requests,
    ledger: new Ledger(database),
    readFlag: new ReadFlag(traced(new AppConfigClient()), {
      application: environment.UNDERPIN_APPCONFIG_APPLICATION,
      environment: environment.UNDERPIN_APPCONFIG_ENVIRONMENT,
      profile: environment.UNDERPIN_APPCONFIG_PROFILE,
      forward: environment.UNDERPIN_APPCONFIG_FORWARD,
      back: environment.UNDERPIN_APPCONFIG_BACK,
      monitor: {
        AlarmArn: environment.UNDERPIN_GUARDRAIL_ALARM_ARN,
        AlarmRoleArn: environment.UNDERPIN_APPCONFIG_MONITOR_ROLE,
      },
    }),
    guardrails: new Guardrails(cloudWatch, environment.UNDERPIN_GUARDRAIL_ALARM),
    metricHistory: new MetricHistory(cloudWatch),
    applicationNamespace: environment.UNDERPIN_APPLICATION_NAMESPACE,
    holds: new Holds(traced(new DynamoDBClient()), traced(new SFNClient()), environment.UNDERPIN_HOLDS_TABLE),
    // On Lambda a relative folder is one beside the handler.
    migrationsFolder: resolve(process.env['LAMBDA_TASK_ROOT'] ?? '', environment.UNDERPIN_MIGRATIONS),
    checklist: environment.UNDERPIN_CHECKLIST,
  };
}
