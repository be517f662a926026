import type { Closers } from '../stage/closers.ts';
import { startAppConfigAgent } from '../cloud/appconfig/agent.ts';
import { scaledClock } from '../cloud/clock.ts';
import { startAppConfig } from '../cloud/appconfig/appconfig.ts';
import type { AwsPlace } from '../cloud/aws-place.ts';
import { Faults } from '../cloud/faults.ts';
import { startCloudWatch } from '../cloud/cloudwatch/cloudwatch.ts';
import { startDataApi } from '../cloud/data-api/data-api.ts';
import { startDynamoDb } from '../cloud/dynamodb.ts';
import { startS3 } from '../cloud/s3.ts';
import { startSns } from '../cloud/sns.ts';

export const region = 'us-east-1';
export const account = '123456789012';
export const credentials = { accessKeyId: 'rehearsal', secretAccessKey: 'rehearsal' };

// An agent asks AppConfig every 45 s by default; in a rehearsal that lasts a minute it asks twice a second.
const agentRefreshMs = 500;

export const reportBucket = 'underpin-reports';

export const placeOf = ({ endpoint }: { readonly endpoint: string }): AwsPlace => ({
  endpoint,
  region,
  credentials,
});

/** The services that need nothing of each other but the agent. AppConfig's time runs `speed` times as fast. */
export async function startServices(
  databases: Parameters<typeof startDataApi>[0]['databases'],
  opened: Closers,
  speed = 1,
) {
  const faults = new Faults();
  const cloudWatch = await opened.add(startCloudWatch({ anyShortPeriod: true, faults }));
  const [dataApi, appConfig, sns, dynamoDb, s3] = await Promise.all([
    opened.add(startDataApi({ databases, faults })),
    opened.add(
      startAppConfig({ alarmState: (arn) => cloudWatch.alarmState(arn), clock: scaledClock(speed), faults }),
    ),
    opened.add(startSns({ faults })),
    opened.add(startDynamoDb({ faults })),
    opened.add(startS3([reportBucket], { faults })),
  ]);
  const agent = await opened.add(
    startAppConfigAgent({ appConfigEndpoint: appConfig.endpoint, refreshMs: agentRefreshMs }),
  );
  return { faults, dataApi, appConfig, cloudWatch, sns, dynamoDb, s3, agent };
}

export type Services = Awaited<ReturnType<typeof startServices>>;

/** Region, credentials and endpoints, under the names by which any AWS SDK reads them. */
export const sdkEnvironment = ({
  dataApi,
  appConfig,
  cloudWatch,
  dynamoDb,
  sns,
  s3,
}: Services): Readonly<Record<string, string>> => ({
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_ENDPOINT_URL_RDS_DATA: dataApi.endpoint,
  AWS_ENDPOINT_URL_APPCONFIG: appConfig.endpoint,
  AWS_ENDPOINT_URL_CLOUDWATCH: cloudWatch.endpoint,
  AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.endpoint,
  AWS_ENDPOINT_URL_SNS: sns.endpoint,
  AWS_ENDPOINT_URL_S3: s3.endpoint,
});
