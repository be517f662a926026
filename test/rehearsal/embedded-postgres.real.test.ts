import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { startPostgres } from '../../rehearsal/database/embedded-postgres.ts';

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return Object.values(rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

test('a server comes up as promised, and goes with its data', async () => {
  const server = await startPostgres({ settings: { max_connections: '20' } });
  const url = await server.createDatabase('Shop "1"');
  expect(await ask(url, 'SELECT current_database()')).toBe('Shop "1"');
  expect(
    await ask(
      url,
      `SELECT concat_ws(' ', datcollate, pg_encoding_to_char(encoding)) FROM pg_database
    WHERE datname = current_database()`,
    ),
  ).toBe('C.UTF-8 UTF8');
  for (const [setting, value] of Object.entries({
    fsync: 'on',
    shared_buffers: '256MB',
    max_connections: '20',
    listen_addresses: '127.0.0.1',
    shared_preload_libraries: 'pg_stat_statements',
  })) {
    expect([setting, await ask(url, `SHOW ${setting}`)]).toEqual([setting, value]);
  }
  const folder = path.dirname(String(await ask(url, 'SHOW data_directory')));
  expect(existsSync(folder)).toBe(true);
  await server.stop();
  await server.stop();
  expect(existsSync(folder)).toBe(false);
  await expect(ask(url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('a server that cannot start says why', async () => {
  const occupied = createServer().listen(0, '127.0.0.1');
  await once(occupied, 'listening');
  const address = occupied.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  await expect(startPostgres({ port })).rejects.toThrow(
    /did not start on port \d+:[^]*Address already in use/,
  );
  occupied.close();
  await expect(startPostgres({ settings: { shared_buffers: 'plenty' } })).rejects.toThrow(
    'invalid value for parameter',
  );
});

test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
  'after %s nothing is left of the server',
  async (signal) => {
    const program = `
    import { startPostgres } from ${JSON.stringify(new URL('../../rehearsal/database/embedded-postgres.ts', import.meta.url).href)};
    console.log((await startPostgres()).url);
    setInterval(() => {}, 1_000);`;
    const owner = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const url = String((await once(createInterface(owner.stdout), 'line'))[0]);
    const folder = path.dirname(String(await ask(url, 'SHOW data_directory')));
    owner.kill(signal);
    await once(owner, 'exit');
    await expect.poll(() => existsSync(folder)).toBe(false);
    await expect(ask(url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  },
);

test.each(['SIGKILL', 'SIGINT'] as const)(
  'a server that is restarted by %s is back at its address with what was committed, and has not died',
  async (signal) => {
    // After a crash a server syncs all of its files before it answers.
    const server = await startPostgres({ settings: { fsync: 'off' } });
    let died = false;
    void server.died.then(() => (died = true));
    const url = await server.createDatabase('shop');
    await ask(url, 'CREATE TABLE orders AS SELECT 7 AS id');
    await server.restart(signal, 10);
    expect(await ask(url, 'SELECT id FROM orders')).toBe(7);
    const folder = path.dirname(String(await ask(url, 'SHOW data_directory')));
    await server.stop();
    expect(existsSync(folder)).toBe(false);
    expect(died).toBe(false);
  },
);
