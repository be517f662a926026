import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { AlarmHistories } from './alarm-history.ts';
import { ExecutionHistory } from './execution-history.ts';
import { MetricHistory } from './metric-history.ts';
import { tracedClient } from './observed.ts';
import { ReportBucket } from './report-bucket.ts';

const environment = z.object({
  AWS_REGION: z.string().min(1),
  UNDERPIN_REPORT_BUCKET: z.string().min(1),
  /** Where the application publishes how its reads fare. */
  UNDERPIN_APPLICATION_NAMESPACE: z.string().min(1),
  /** The dimension `service` of Underpin's own metrics. */
  POWERTOOLS_SERVICE_NAME: z.string().min(1),
});

/** The variables that only the writer of reports needs. */
export type ReportEnvironment = Pick<
  z.input<typeof environment>,
  'UNDERPIN_REPORT_BUCKET' | 'UNDERPIN_APPLICATION_NAMESPACE'
>;

export interface ReportTools {
  readonly executionHistory: ExecutionHistory;
  readonly metricHistory: MetricHistory;
  readonly alarmHistories: AlarmHistories;
  readonly reportBucket: ReportBucket;
  readonly service: string;
  readonly applicationNamespace: string;
}

let made: ReportTools | undefined;

/** Made once for each warm sandbox, and only here: the other functions need none of these clients. */
export function reportTools(): ReportTools {
  made ??= makeTools();
  return made;
}

function makeTools(): ReportTools {
  const found = environment.parse(process.env);
  const cloudWatch = tracedClient(new CloudWatchClient());
  return {
    executionHistory: new ExecutionHistory(tracedClient(new SFNClient())),
    metricHistory: new MetricHistory(cloudWatch),
    alarmHistories: new AlarmHistories(cloudWatch),
    reportBucket: new ReportBucket(
      tracedClient(new S3Client()),
      found.UNDERPIN_REPORT_BUCKET,
      found.AWS_REGION,
    ),
    service: found.POWERTOOLS_SERVICE_NAME,
    applicationNamespace: found.UNDERPIN_APPLICATION_NAMESPACE,
  };
}
