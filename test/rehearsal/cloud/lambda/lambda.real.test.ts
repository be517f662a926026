import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import type { LogLine } from '../../../../rehearsal/cloud/lambda/sandbox.ts';
import { bundles, lambda, untilBusy } from './scene.ts';
import { eventually } from '../../../eventually.ts';

const failed = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it succeeded'),
    (fault: unknown) => {
      const { name, cause } = fault instanceof Error ? fault : new Error(String(fault));
      return { name, cause: JSON.parse(String(cause)) as unknown };
    },
  );

describe('a function', () => {
  test('answers with any JSON value; nothing is null', async () => {
    const { wish } = lambda();
    for (const value of [{ a: [1, null, 'ü'] }, 'text', 0, false, null])
      expect(await wish({ do: 'echo', value })).toEqual(value);
    expect(await wish({ do: 'echo', value: undefined })).toBeNull();
  });

  test('runs in a warm sandbox when one is idle, in another when all are busy', async () => {
    const { service, wish } = lambda();
    const first = await wish({ do: 'pid' });
    expect(await wish({ do: 'pid' })).toBe(first);
    const endless = wish({ do: 'forever' });
    endless.catch(() => undefined);
    await untilBusy(service);
    expect(service.running()).toEqual([
      { name: 'sample', pid: first, sinceMs: expect.any(Number), payload: { do: 'forever' } },
    ]);
    expect(await wish({ do: 'pid' })).not.toBe(first);
  });

  test('sees the given environment, what Lambda sets, and nothing of its parent but PATH', async () => {
    vi.stubEnv('UNDERPIN_SECRET_OF_THE_PARENT', 'leaked');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { wish } = lambda({ environment: { TABLE: 'holds', AWS_REGION: 'eu-west-1' } });
    const environment = z.record(z.string(), z.string()).parse(await wish({ do: 'environment' }));
    expect(environment).toMatchObject({
      PATH: process.env['PATH'],
      TABLE: 'holds',
      AWS_REGION: 'eu-west-1',
      AWS_LAMBDA_FUNCTION_NAME: 'sample',
    });
    const known =
      /^(PATH|TABLE|TZ|NODE_CHANNEL_\w+|AWS_(LAMBDA_\w+|\w*REGION|EXECUTION_ENV|CONFIG_FILE|SHARED_CREDENTIALS_FILE|SDK_UA_APP_ID))$/;
    expect(Object.keys(environment).filter((name) => !known.test(name))).toEqual([]);
    expect(environment['AWS_CONFIG_FILE']).toBe('/dev/null');
  });

  test('is told who it is and how long it has', async () => {
    const { service } = lambda({ timeoutMs: 20_000 });
    const arn = 'arn:aws:lambda:eu-west-1:123456789012:function:sample:7';
    const { payload } = await service.invoke(arn, { do: 'context' });
    expect(payload).toMatchObject({
      functionName: 'sample',
      functionVersion: '7',
      invokedFunctionArn: arn,
      memoryLimitInMB: '512',
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
    });
    const { remainingMs } = z.object({ remainingMs: z.number() }).parse(payload);
    expect(remainingMs > 15_000 && remainingMs <= 20_000).toBe(true);
  });

  test('writes to the log and not to the screen', async () => {
    const { service, wish } = lambda();
    const lines: LogLine[] = [];
    service.onLog((line) => lines.push(line));
    const pid = await wish({ do: 'pid' });
    await wish({ do: 'log', text: 'careful' });
    await eventually(() => expect(lines).toHaveLength(3));
    expect(lines[0]).toEqual({
      name: 'sample',
      pid,
      stream: 'stdout',
      line: expect.stringContaining('began pid') as unknown,
    });
    expect(lines.find((it) => it.stream === 'stderr')?.line).toBe('careful');
  });
});

describe('an error', () => {
  test('keeps the name that the code wrote, though the bundle is minified', async () => {
    expect(await readFile(bundles.get('sample') ?? '', 'utf8')).not.toMatch(/LockNotAcquired(?!["'`])/);
    const { wish } = lambda();
    expect(await failed(wish({ do: 'throw' }))).toEqual({
      name: 'LockNotAcquired',
      cause: {
        errorType: 'LockNotAcquired',
        errorMessage: 'somebody holds it',
        trace: expect.arrayContaining([expect.stringContaining('sample.ts')]) as unknown,
      },
    });
    expect(await wish({ do: 'echo', value: 1 })).toBe(1);
  });

  test('of a killed sandbox is Runtime.ExitError, and the next one starts cold', async () => {
    const { service, wish } = lambda();
    const first = await wish({ do: 'pid' });
    expect(service.kill()).toBe(false);
    const endless = failed(wish({ do: 'forever' }));
    await untilBusy(service);
    expect(service.kill(({ name }) => name === 'another')).toBe(false);
    expect(service.kill(({ payload }) => isDeepStrictEqual(payload, { do: 'forever' }))).toBe(true);
    expect(await endless).toEqual({
      name: 'Runtime.ExitError',
      cause: {
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringMatching(
          /^RequestId: \S+ Error: Runtime exited with error: signal: killed$/,
        ) as unknown,
      },
    });
    expect(await wish({ do: 'pid' })).not.toBe(first);
  });

  test('of time is Sandbox.Timedout, also for a loop that never yields', async () => {
    const { service, wish } = lambda({ timeoutMs: 250 });
    await service.warm(['sample']);
    for (const it of ['forever', 'spin'] as const)
      expect(await failed(wish({ do: it }))).toMatchObject({
        name: 'Sandbox.Timedout',
        cause: { errorMessage: expect.stringMatching(/Task timed out after 0\.25 seconds$/) as unknown },
      });
    expect(await wish({ do: 'echo', value: 1 })).toBe(1);
  });

  test.each([
    ['exit', 'Runtime.ExitError', /exited with error: exit status 3/],
    ['reject-later', 'Runtime.UnhandledPromiseRejection', /nobody waits/],
    ['circular', 'Runtime.MarshalError', /Unable to stringify response body/],
  ] as const)('of a function that wants %s is %s', async (it, name, text) => {
    const { wish } = lambda();
    expect(await failed(wish({ do: it }))).toMatchObject({
      name,
      cause: { errorType: name, errorMessage: expect.stringMatching(text) as unknown },
    });
    expect(await wish({ do: 'echo', value: 1 })).toBe(1);
  });

  test('of a bundle that cannot be loaded is reported by warm and by invoke', async () => {
    const { service } = lambda();
    const error = { name: 'TypeError', cause: { errorMessage: 'the module cannot be loaded' } };
    expect(await failed(service.warm(['broken']))).toMatchObject(error);
    expect(await failed(service.invoke('broken', {}))).toMatchObject(error);
    expect(await failed(service.invoke('nameless', {}))).toMatchObject({ name: 'Runtime.HandlerNotFound' });
  });
});

test('a sandbox that is killed before it is ready fails the invocation that waits for it, and no warm-up', async () => {
  const { service } = lambda();
  await service.warm(['killed']);
  expect(await failed(service.invoke('killed', {}))).toMatchObject({ name: 'Runtime.ExitError' });
});

describe('the limits', () => {
  test('more invocations than the concurrency are throttled', async () => {
    const { service, wish } = lambda({ concurrency: 1 });
    wish({ do: 'forever' }).catch(() => undefined);
    await untilBusy(service);
    await expect(wish({ do: 'pid' })).rejects.toMatchObject({ name: 'Lambda.TooManyRequestsException' });
  });

  test('6 MB are the most that goes in or out', async () => {
    const { wish } = lambda();
    const most = 6 * 1024 * 1024;
    expect(await wish({ do: 'bytes', count: most - 2 })).toHaveLength(most - 2);
    await expect(wish({ do: 'bytes', count: most + 1000 })).rejects.toMatchObject({
      name: 'Function.ResponseSizeTooLarge',
    });
    await expect(wish({ do: 'echo', value: 'x'.repeat(most) })).rejects.toMatchObject({
      name: 'Lambda.RequestTooLargeException',
    });
  });

  test('an unknown function is refused', async () => {
    const { service } = lambda();
    await expect(service.invoke('arn:aws:lambda:us-east-1:1:function:other', {})).rejects.toMatchObject({
      name: 'Lambda.ResourceNotFoundException',
    });
  });
});
