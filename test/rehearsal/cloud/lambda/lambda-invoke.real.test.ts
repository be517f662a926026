import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { expect, onTestFinished, test } from 'vitest';
import { startLambdaFront } from '../../../../rehearsal/cloud/lambda/http-front.ts';
import { sdkOptions } from '../sdk-options.ts';
import { lambda } from './scene.ts';

async function scene() {
  const { service } = lambda();
  const front = await startLambdaFront({ lambda: service, names: new Map([['underpin-sample', 'sample']]) });
  onTestFinished(() => front.close());
  const client = new LambdaClient(sdkOptions(front.endpoint));
  const invoke = (FunctionName: string, payload: unknown, more: object = {}) =>
    client.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload), ...more }));
  return { invoke };
}

const textOf = (payload: Uint8Array | undefined): unknown => JSON.parse(new TextDecoder().decode(payload));

test('a function is invoked by its deployed name, or by its ARN, and answers', async () => {
  const { invoke } = await scene();
  const answered = await invoke('underpin-sample', { do: 'echo', value: 'ä' });
  expect(answered.FunctionError).toBeUndefined();
  expect(answered.StatusCode).toBe(200);
  const byArn = await invoke('arn:aws:lambda:us-east-1:123456789012:function:underpin-sample', {
    do: 'echo',
    value: 'ä',
  });
  expect([answered, byArn].map(({ Payload }) => textOf(Payload))).toEqual(['ä', 'ä']);
});

test("a function's error is an answer with its name, not a refusal", async () => {
  const { invoke } = await scene();
  const failed = await invoke('underpin-sample', { do: 'throw' });
  expect(failed.FunctionError).toBe('Unhandled');
  expect(textOf(failed.Payload)).toMatchObject({
    errorType: 'LockNotAcquired',
    errorMessage: 'somebody holds it',
  });
});

test('Lambda refuses a function that is not there, and what is not imitated', async () => {
  const { invoke } = await scene();
  await expect(invoke('sample', {})).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    $metadata: { httpStatusCode: 404 },
  });
  await expect(invoke('underpin-sample', {}, { InvocationType: 'Event' })).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
  });
});
