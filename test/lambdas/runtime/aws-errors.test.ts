import { expect, test } from 'vitest';
import { callAws } from '../../../lambdas/runtime/aws-errors.ts';

const raised = (more: Readonly<Record<string, unknown>>) =>
  callAws(Promise.reject(Object.assign(new Error('x'), more)));

test.each([
  { name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } },
  { name: 'Odd', $metadata: { httpStatusCode: 429 } },
  { name: 'Odd', $metadata: { httpStatusCode: 503 } },
  { name: 'TimeoutError' },
  { code: 'EAI_AGAIN' },
])('$name $code $$metadata comes to the state machine as an error that it retries', async (error) => {
  await expect(raised(error)).rejects.toMatchObject({ name: 'TransientAwsError' });
});

test.each([
  { name: 'AccessDeniedException', $metadata: { httpStatusCode: 403 } },
  { name: 'ConflictException', $metadata: { httpStatusCode: 409 } },
  { name: 'GuardrailBreached' },
])('$name keeps its name', async (error) => {
  await expect(raised(error)).rejects.toMatchObject({ name: error.name });
});
