/** What an SDK package exports: a client class, and for each operation a `Command` and its `$` schema. */
export type SdkPackage = Readonly<Record<string, unknown>>;

interface SdkService {
  /** Begins the names of its errors. */
  readonly prefix: string;
  readonly client: string;
  /** Loaded when first named: the packages are large. */
  readonly load: () => Promise<SdkPackage>;
}

/** The services that a task may call by `aws-sdk:`, under the names that Step Functions has for them. */
export const SDK_SERVICES = {
  dynamodb: { prefix: 'DynamoDb', client: 'DynamoDBClient', load: () => import('@aws-sdk/client-dynamodb') },
  rdsdata: { prefix: 'RdsData', client: 'RDSDataClient', load: () => import('@aws-sdk/client-rds-data') },
  appconfig: {
    prefix: 'AppConfig',
    client: 'AppConfigClient',
    load: () => import('@aws-sdk/client-appconfig'),
  },
  cloudwatch: {
    prefix: 'CloudWatch',
    client: 'CloudWatchClient',
    load: () => import('@aws-sdk/client-cloudwatch'),
  },
  sfn: { prefix: 'Sfn', client: 'SFNClient', load: () => import('@aws-sdk/client-sfn') },
  sns: { prefix: 'Sns', client: 'SNSClient', load: () => import('@aws-sdk/client-sns') },
} as const satisfies Readonly<Record<string, SdkService>>;

export type SdkServiceName = keyof typeof SDK_SERVICES;

export const isSdkServiceName = (name: string): name is SdkServiceName => Object.hasOwn(SDK_SERVICES, name);

/** putItem is PutItem in the model. */
export const pascalCase = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
