import { describe, expect, test } from 'vitest';
import { refusedByView } from '../../../../../engine/dialects/postgres/naming/through-view.ts';
import { sqlParser } from '../../../../../lambdas/runtime/sql-parser.ts';

const parser = await sqlParser();
const found = (sql: string, mergesViews = true): readonly string[] =>
  refusedByView(parser.sql(sql), { table: { schema: 'public', name: 'users' }, key: ['id'], mergesViews });

describe('a view refuses', () => {
  test.each([
    ['COPY users FROM STDIN', 'COPY'],
    ['COPY public.users TO STDOUT', 'COPY'],
    ['TRUNCATE orders, users', 'TRUNCATE'],
    ['CREATE INDEX CONCURRENTLY ON users (mail)', 'CREATE INDEX'],
    ['ALTER TABLE users ADD COLUMN a int', 'ALTER TABLE'],
    ['CREATE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION f()', 'CREATE TRIGGER'],
    [
      'INSERT INTO users (id) VALUES ($1) ON CONFLICT ON CONSTRAINT users_pkey DO NOTHING',
      'ON CONFLICT ON CONSTRAINT',
    ],
    ['UPDATE users SET a = 1 WHERE CURRENT OF c', 'WHERE CURRENT OF'],
    ['SELECT xmin, id FROM users WHERE id = $1', 'xmin'],
    ['DELETE FROM users WHERE ctid = ANY (ARRAY(SELECT ctid FROM users LIMIT 10))', 'ctid'],
    ['SELECT id FROM users TABLESAMPLE SYSTEM (1)', 'TABLESAMPLE'],
    ['SELECT id, mail FROM users GROUP BY id', 'GROUP BY of the key alone'],
    [
      'SELECT u.*, count(*) FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.id',
      'GROUP BY of the key alone',
    ],
    [
      'WITH gone AS (INSERT INTO users (id) VALUES (1) ON CONFLICT ON CONSTRAINT k DO NOTHING) SELECT 1',
      'ON CONFLICT ON CONSTRAINT',
    ],
  ])('%s', (sql, says) => {
    expect(found(sql)).toEqual([says]);
  });

  test('MERGE before PostgreSQL 17', () => {
    const merge = 'MERGE INTO users USING v ON v.id = users.id WHEN MATCHED THEN DELETE';
    expect(found(merge, false)).toEqual(['MERGE, before PostgreSQL 17']);
    expect(found(merge)).toEqual([]);
  });
});

test.each([
  'SELECT * FROM users WHERE id = $1 FOR UPDATE',
  'INSERT INTO users (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET a = 1 RETURNING id',
  'COPY (SELECT * FROM users) TO STDOUT',
  'COPY orders FROM STDIN',
  'TRUNCATE orders',
  'INSERT INTO orders SELECT FROM users ON CONFLICT ON CONSTRAINT orders_pkey DO NOTHING',
  'WITH users AS (SELECT 1 AS xmin) SELECT xmin FROM users',
  'SELECT id, count(*) FROM users GROUP BY id',
  'SELECT mail FROM users GROUP BY mail',
  'LOCK TABLE users IN SHARE MODE',
  'VACUUM users',
])('it takes %s', (sql) => {
  expect(found(sql)).toEqual([]);
});
