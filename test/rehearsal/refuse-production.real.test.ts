import { Client } from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { refuseProduction } from '../../rehearsal/database/refuse-production.ts';
import { eventually } from '../eventually.ts';
import { freshDatabase } from '../fresh-database.ts';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let plain: string;

beforeAll(async () => {
  database = await freshDatabase();
  await run(`DROP ROLE IF EXISTS underpin_rehearser; CREATE ROLE underpin_rehearser LOGIN PASSWORD 'x'`);
  const url = new URL(database.url);
  url.username = 'underpin_rehearser';
  url.password = 'x';
  plain = url.href;
});
afterAll(async () => {
  await run('DROP ROLE underpin_rehearser');
  await database.drop();
});

/** In another database: in this one, its session would be somebody else's for a moment after its end. */
async function run(sql: string): Promise<void> {
  const client = await connected(inject('postgresUrl'));
  await client.query(sql);
  await client.end();
}

async function connected(url: string, name = 'setup'): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: name });
  await client.connect();
  return client;
}

const roles = [['a superuser', () => database.url] as const, ['a plain role', () => plain] as const];

test.each(roles)('%s may rehearse where nobody else is connected', async (_, url) => {
  await refuseProduction(url());
});

test.each(roles)('%s hears of others that are connected', async (_, url) => {
  const other = await connected(database.url, 'checkout-service');
  try {
    await expect(refuseProduction(url())).rejects.toMatchObject({
      name: 'InvalidSpec',
      message: expect.stringContaining('others are connected (checkout-service)'),
    });
  } finally {
    await other.end();
  }
});

test('another rehearsal counts like anybody else', async () => {
  const other = await connected(database.url, 'underpin-rehearsal-old');
  try {
    await expect(refuseProduction(database.url)).rejects.toThrow('underpin-rehearsal-old');
  } finally {
    await other.end();
  }
});

test('the readers of an Aurora cluster are replicas, which only its own function shows', async () => {
  const setup = await connected(database.url);
  await setup.query(`CREATE FUNCTION aurora_replica_status() RETURNS TABLE (session_id text)
    LANGUAGE sql AS $$VALUES ('MASTER_SESSION_ID'), ('one')$$`);
  await setup.end();
  await eventually(() => expect(refuseProduction(database.url)).rejects.toThrow('it has replicas'));
  const alone = await connected(database.url);
  await alone.query(`CREATE OR REPLACE FUNCTION aurora_replica_status() RETURNS TABLE (session_id text)
    LANGUAGE sql AS $$VALUES ('MASTER_SESSION_ID')$$`);
  await alone.end();
  await eventually(() => refuseProduction(database.url));
});

test('a database that is not there is bad input', async () => {
  const url = new URL(database.url);
  url.pathname = '/no_such_database';
  await expect(refuseProduction(url.href)).rejects.toMatchObject({
    name: 'InvalidSpec',
    message: expect.stringContaining('database "no_such_database" does not exist'),
  });
});
