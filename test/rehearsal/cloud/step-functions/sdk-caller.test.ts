import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { SdkCaller } from '../../../../rehearsal/cloud/step-functions/integrations/sdk-caller.ts';

test('many calls under way at once are no leak that Node would warn of on the screen', async () => {
  const warnings: string[] = [];
  const warned = ({ name }: Error): void => void warnings.push(name);
  process.on('warning', warned);
  onTestFinished(() => void process.off('warning', warned));
  const asked: string[] = [];
  const answering: (() => void)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answering.push(() => response.setHeader('content-type', 'application/x-amz-json-1.0').end('{}'));
    if (asked.length === 20) for (const answer of answering) answer();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const caller = new SdkCaller(
    { dynamodb: `http://127.0.0.1:${port}` },
    'eu-central-1',
    new AbortController().signal,
  );
  const call = () => caller.call('dynamodb', 'listTables', {}, { state: 'List' });
  await Promise.all(Array.from({ length: 20 }, call));
  expect(asked).toHaveLength(20);
  expect(warnings).not.toContain('MaxListenersExceededWarning');
});
