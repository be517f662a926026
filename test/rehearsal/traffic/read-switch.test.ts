import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { isEnabled, readSwitch, type ReadSwitch } from '../../../rehearsal/traffic/read-switch.ts';

let server: Server | undefined;
let asked: ReadSwitch | undefined;

afterEach(async () => {
  asked?.close();
  if (server === undefined) return;
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  server = undefined;
});

async function agent(answer: (request: IncomingMessage) => string | undefined): Promise<ReadSwitch> {
  server = createServer((request, response) => {
    const body = answer(request);
    if (body === undefined) return;
    response.statusCode = body === '' ? 500 : 200;
    response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const url = `http://127.0.0.1:${port}/applications/a/environments/e/configurations/p`;
  asked = readSwitch({ kind: 'agent', url, flag: 'reads' });
  return asked;
}

describe('the read switch', () => {
  it('asks the agent for the one flag, with the key in the Context header', async () => {
    const seen: unknown[] = [];
    const reads = await agent(({ url, headers }) => {
      seen.push(url, headers['context']);
      return JSON.stringify({ reads: { enabled: headers['context'] === 'key=42', _variant: 'v' } });
    });
    expect(await reads.ask('42')).toBe('new');
    expect(await reads.ask('43')).toBe('old');
    expect(seen.slice(0, 2)).toEqual([
      '/applications/a/environments/e/configurations/p?flag=reads',
      'key=42',
    ]);
  });

  it('that fails gives the last good answer for the key, else the old shape', async () => {
    let body = '{"enabled":true}';
    const reads = await agent(() => body);
    expect(await reads.ask('1')).toBe('new');
    body = '';
    expect(await reads.ask('1')).toBe('new');
    expect(await reads.ask('2')).toBe('old');
  });

  it('that does not answer keeps nobody waiting', async () => {
    const reads = await agent(() => undefined);
    expect(await reads.ask('1')).toBe('old');
  });

  it('reads both forms of the answer and refuses others', () => {
    expect(isEnabled('{"f":{"enabled":true}}', 'f')).toBe(true);
    expect(isEnabled('{"enabled":false,"_variant":"old"}', 'f')).toBe(false);
    expect(() => isEnabled('{"g":{"enabled":true}}', 'f')).toThrow(/f is enabled/u);
  });
});
