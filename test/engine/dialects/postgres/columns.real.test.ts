import { expect, test } from 'vitest';
import { createIndex } from '../../../../engine/dialects/postgres/columns.ts';
import { databaseUnderTest } from '../../database-under-test.ts';

test('an index whose building is sent twice is built once', async () => {
  const db = await databaseUnderTest('CREATE TABLE users (id int PRIMARY KEY, email text)');
  const table = { schema: 'public', name: 'users' };
  const { statement, state } = createIndex('m', table, 'users_email', {
    unique: true,
    definition: '(email)',
  });
  for (let times = 0; times < 2; times += 1) await db.sql.query(statement);
  const { rows } = await db.sql.query({ text: state, rowMode: 'array' });
  expect(rows).toEqual([['{"state" : "done"}']]);
  await db.close();
});
