import { Client } from 'pg';
import { expect, test } from 'vitest';
import { freshDatabase } from './fresh-database.ts';

test('two fresh databases share nothing, and dropping one throws out its connections', async () => {
  const [one, other] = await Promise.all([freshDatabase(), freshDatabase()]);
  const client = new Client({ connectionString: one.url });
  const thrownOut = new Promise((resolve) => client.on('error', resolve));
  await client.connect();
  await client.query('CREATE TABLE t (id int)');

  const neighbour = new Client({ connectionString: other.url });
  await neighbour.connect();
  const { rows } = await neighbour.query(`SELECT to_regclass('t') IS NULL AS empty`);
  expect(rows).toEqual([{ empty: true }]);
  await neighbour.end();

  await Promise.all([one.drop(), other.drop()]);
  await expect(thrownOut).resolves.toBeInstanceOf(Error);
  await client.end();
});
