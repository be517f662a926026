import { afterAll, beforeAll, expect, test } from 'vitest';
import { serveLocally, type LocalServer } from '../../rehearsal/cloud/local-server.ts';
import { commandLine } from './command-line.ts';

let lambda: LocalServer;
beforeAll(async () => {
  lambda = await serveLocally(({ path }) =>
    path.includes('forbidden-')
      ? refused(
          403,
          'AccessDeniedException',
          'User: arn:aws:iam::1:user/a is not authorized to perform: lambda:InvokeFunction',
        )
      : path.includes('old-')
        ? { status: 200, body: '{"surroundings": {}}' }
        : refused(404, 'ResourceNotFoundException', 'Function not found'),
  );
});
afterAll(() => lambda.close());

const refused = (status: number, code: string, Message: string) => ({
  status,
  headers: { 'content-type': 'application/json', 'x-amzn-errortype': code },
  body: JSON.stringify({ Type: 'User', Message }),
});

const signedIn = () => ({
  AWS_ACCESS_KEY_ID: 'a',
  AWS_SECRET_ACCESS_KEY: 'b',
  AWS_REGION: 'eu-central-1',
  AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint,
});

test.each([
  [
    'no region',
    4,
    'status',
    () => ({ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }),
    'Set AWS_REGION, or give --region.',
  ],
  ['no credentials', 4, 'status', () => ({ AWS_REGION: 'eu-central-1' }), 'Sign in (`aws sso login`)'],
  [
    'no such function',
    2,
    'status',
    signedIn,
    'There is no function underpin-describe-migration in eu-central-1. Is it deployed there?',
  ],
  [
    'access denied',
    4,
    'start x --name forbidden',
    signedIn,
    'for its Operator policy, or Reader and Approver to decide',
  ],
  [
    'another version',
    2,
    'approve contract --name old',
    signedIn,
    "another version's words (targets, migration).",
  ],
  [
    'no such rehearsal',
    2,
    'status --rehearsal-pid 1',
    () => ({}),
    'No rehearsal of yours runs as process 1.',
  ],
  [
    'a region for a rehearsal',
    2,
    'status --rehearsal --region x',
    () => ({}),
    'Leave --region and --profile out.',
  ],
])('%s is reported in one line with its remedy, with code %i', async (_, code, words, environment, says) => {
  const said = await commandLine(words, environment());
  expect([said.code, said.out]).toEqual([code, '']);
  expect(said.errors).toContain(says);
  expect(said.errors.trim().split('\n')).toHaveLength(1);
});
