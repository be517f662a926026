import { ExecuteStatementCommand, RDSDataClient } from '@aws-sdk/client-rds-data';
import { captureAWSv3Client, getNamespace, Segment, setLogger, setSegment } from 'aws-xray-sdk-core';
import { expect, test } from 'vitest';
import { namingErrors } from '../../../lambdas/runtime/naming-errors.ts';

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

test('a trace keeps the name of a database error, and whoever called gets the error as it came', async () => {
  setLogger(quiet);
  const client = new RDSDataClient({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    requestHandler: {
      handle: () =>
        Promise.reject(
          Object.assign(new Error('ERROR: mallory; SQLState: 42601'), {
            name: 'DatabaseErrorException',
            $metadata: { httpStatusCode: 400 },
          }),
        ),
    },
  });
  const segment = new Segment('test');
  const traced = namingErrors(captureAWSv3Client(client));
  const asked = getNamespace().runAndReturn(() => {
    setSegment(segment);
    return traced.send(new ExecuteStatementCommand({ resourceArn: 'a', secretArn: 's', sql: 'SELECT 1' }));
  });
  await expect(asked).rejects.toThrow('ERROR: mallory; SQLState: 42601');
  const trace = JSON.stringify(segment.subsegments);
  expect(trace).toContain('"message":"DatabaseErrorException"');
  expect(trace).not.toContain('mallory');
});
