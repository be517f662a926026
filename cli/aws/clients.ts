import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Address } from './address.ts';

/** The services that the command line speaks to; of AWS, or of a rehearsal. */
export interface Clients {
  readonly lambda: LambdaClient;
  readonly sfn: SFNClient;
  readonly dynamoDb: DynamoDBClient;
  readonly cloudWatch: CloudWatchClient;
  readonly s3: S3Client;
}

// A function that asks a database may take its time; a client that gave up would invoke it again.
const patient = { requestHandler: { requestTimeout: 130_000 } };

export function clientsOf({ region, profile, rehearsal }: Address): Clients {
  const at = (service: string) =>
    rehearsal === null
      ? { ...(region === undefined ? {} : { region }), ...(profile === undefined ? {} : { profile }) }
      : {
          region: rehearsal.region,
          credentials: rehearsal.credentials,
          // Where a rehearsal has no such service, nobody should ask AWS instead.
          endpoint: rehearsal.endpoints[service] ?? 'http://127.0.0.1:9',
        };
  return {
    lambda: new LambdaClient({ ...at('LAMBDA'), ...patient }),
    sfn: new SFNClient(at('SFN')),
    dynamoDb: new DynamoDBClient(at('DYNAMODB')),
    cloudWatch: new CloudWatchClient(at('CLOUDWATCH')),
    s3: new S3Client({ ...at('S3'), forcePathStyle: rehearsal !== null }),
  };
}
