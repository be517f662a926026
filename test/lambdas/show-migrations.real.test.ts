import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { stubHandlerEnvironment, targetOf } from './handler-environment.ts';

/** A Data API that never answers for one secret, and refuses all others. */
const dataApi = createServer((request, response) => {
  void text(request).then((body) => {
    if (body.includes('secret:silent')) return dataApi.emit('kept waiting');
    response.writeHead(403, { 'x-amzn-errortype': 'AccessDeniedException' });
    return response.end(JSON.stringify({ message: 'ada@example.org may not' }));
  });
});

beforeAll(async () => {
  dataApi.listen(0, '127.0.0.1');
  await once(dataApi, 'listening');
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  vi.resetModules();
});
afterAll(() => {
  dataApi.closeAllConnections();
  dataApi.close();
});

async function drawn(...targets: readonly string[]): Promise<string> {
  const address = dataApi.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const db = { url: 'postgres://localhost/shop', api: { endpoint: `http://127.0.0.1:${port}` } };
  const named = targets.map((name) =>
    targetOf(db, { name, secret: `arn:aws:secretsmanager:eu-central-1:1:secret:${name}` }),
  );
  stubHandlerEnvironment(db, { UNDERPIN_TARGETS: JSON.stringify(named) });
  const { handler } = await import('../../lambdas/show-migrations.ts');
  const event = { widgetContext: { theme: 'dark' } };
  return (await handler(event, { getRemainingTimeInMillis: () => 60_000 })).markdown;
}

test('a database that does not answer is given up, and the table is drawn without it', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  const waits = once(dataApi, 'kept waiting');
  const table = drawn('silent', 'shop');
  await waits;
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await table).toMatch(
    /^\*\*silent\*\*\n\nThe database has not answered yet\..*\n\n\*\*shop\*\*\n\n/u,
  );
});

test('a refusal is named, and none of its text is shown', async () => {
  expect(await drawn('shop')).toBe(
    '**shop**\n\nThe ledger cannot be read: the database answers AccessDeniedException.',
  );
});
