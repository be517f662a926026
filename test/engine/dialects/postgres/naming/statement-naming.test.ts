import { beforeAll, describe, expect, test } from 'vitest';
import type { SqlParser } from '../../../../../engine/database/sql-parser.ts';
import { namingOf } from '../../../../../engine/dialects/postgres/naming/statement-naming.ts';
import { sqlParser } from '../../../../../lambdas/runtime/sql-parser.ts';
import { usersEmail } from './old-column.ts';

let parser: SqlParser;
beforeAll(async () => {
  parser = await sqlParser();
});

const found = (sql: string): string => {
  const { verb: _, table: __, ...flags } = namingOf(parser.sql(sql), usersEmail);
  return Object.entries(flags)
    .flatMap(([name, is]) => (is ? [name] : []))
    .toSorted()
    .join(' ');
};

describe('a statement reads the old column', () => {
  test.each([
    'SELECT email FROM users WHERE id = $1',
    'SELECT u.email FROM users u',
    'SELECT users.email FROM public.users',
    'SELECT public.users.email FROM public.users',
    'SELECT "email" FROM "users"',
    'SELECT EMAIL FROM USERS',
    'SELECT 1 FROM users WHERE lower(email) = $1',
    'SELECT count(*) FROM users GROUP BY email',
    'SELECT id FROM users ORDER BY email',
    'SELECT DISTINCT ON (email) id FROM users',
    'SELECT email_address AS email FROM users GROUP BY email',
    'SELECT u.email FROM orders o JOIN users u ON u.id = o.user_id',
    'SELECT email FROM orders o JOIN users u ON u.id = o.user_id',
    'SELECT o.id FROM orders o JOIN users u ON u.email = o.buyer',
    'SELECT 1 FROM users JOIN customers USING (email)',
    'SELECT id FROM orders WHERE EXISTS (SELECT FROM users WHERE users.id = user_id AND email = $1)',
    'SELECT (SELECT o.id FROM orders o WHERE o.buyer = email) FROM users',
    'SELECT x.email FROM (SELECT * FROM users) x',
    'SELECT email FROM (SELECT u.* FROM users u) x',
    'WITH a AS (SELECT * FROM users) SELECT a.email FROM a',
    'WITH a AS (SELECT email FROM users) SELECT 1 FROM a',
    'WITH RECURSIVE t AS (SELECT * FROM users WHERE id = $1 UNION ALL SELECT u.* FROM users u JOIN t ON t.id = u.parent WHERE t.email > $2) SELECT id FROM t',
    'SELECT id FROM orders UNION SELECT email FROM users',
    'SELECT (u).email FROM users u',
    'SELECT email(u) FROM users u',
    'SELECT l.x FROM users u, LATERAL (SELECT u.email AS x) l',
    'SELECT l.x FROM users u CROSS JOIN LATERAL (SELECT email AS x) l',
    'SELECT count(*) FILTER (WHERE email IS NULL) FROM users',
    'SELECT rank() OVER (PARTITION BY email) FROM users',
    'SELECT rank() OVER w FROM users WINDOW w AS (ORDER BY email)',
    'SELECT CASE WHEN email = $1 THEN 1 END FROM users',
    'SELECT ARRAY(SELECT email FROM users)',
    'DELETE FROM users WHERE email = $1',
    'DELETE FROM orders USING users u WHERE u.email = buyer',
    'UPDATE users SET name = email WHERE id = $1',
    'UPDATE users SET name = $1 WHERE email = $2',
    'UPDATE orders SET buyer = u.email FROM users u WHERE u.id = user_id',
    'INSERT INTO orders (buyer) SELECT email FROM users',
    'INSERT INTO users (id, name) VALUES ($1, $2) RETURNING email',
    'INSERT INTO users (id, name) VALUES ($1, $2) ON CONFLICT (email) DO NOTHING',
    'INSERT INTO users (id) VALUES ($1) ON CONFLICT ON CONSTRAINT users_email_key DO NOTHING',
    'INSERT INTO users (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = excluded.email',
    'INSERT INTO users (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = $3 WHERE users.email IS NULL',
    'UPDATE users SET name = $1 RETURNING old.email',
    'UPDATE users SET name = $1 RETURNING WITH (OLD AS o) o.email',
    'MERGE INTO orders o USING users u ON u.id = o.user_id WHEN MATCHED AND u.email IS NULL THEN DELETE',
    'WITH gone AS (DELETE FROM users WHERE email = $1 RETURNING id) SELECT * FROM gone',
    'WITH gone AS (DELETE FROM users RETURNING *) SELECT gone.email FROM gone',
    'COPY users (id, email) TO STDOUT',
    'COPY (SELECT email FROM users) TO STDOUT',
    'EXPLAIN SELECT email FROM users',
    'PREPARE p AS SELECT email FROM users',
    'DECLARE c CURSOR FOR SELECT email FROM users',
    'CREATE TABLE copy AS SELECT email FROM users',
    'SELECT j.email FROM (users u JOIN orders o ON true) AS j',
    'SELECT email FROM users TABLESAMPLE SYSTEM (10)',
    'SELECT 1 FROM users FOR UPDATE; SELECT email FROM users',
  ])('%s', (sql) => {
    expect(found(sql).split(' ')).toContain('reads');
  });
});

describe('a statement writes the old column', () => {
  test.each([
    'INSERT INTO users (id, email) VALUES ($1, $2)',
    'INSERT INTO public.users AS u (email) SELECT name FROM orders',
    'INSERT INTO users VALUES ($1, $2, $3)',
    'INSERT INTO users SELECT 1, name FROM orders',
    'INSERT INTO users (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET email = $2',
    'UPDATE users SET email = $1 WHERE id = $2',
    'UPDATE users u SET (name, email) = (SELECT a, b FROM orders)',
    'WITH w AS (UPDATE users SET email = $1 RETURNING id) SELECT id FROM w',
    'MERGE INTO users u USING orders o ON u.id = o.id WHEN MATCHED THEN UPDATE SET email = o.buyer',
    'MERGE INTO users u USING orders o ON u.id = o.id WHEN NOT MATCHED THEN INSERT (id, email) VALUES (o.id, o.buyer)',
    'COPY users (id, email) FROM STDIN',
    'COPY users FROM STDIN',
  ])('%s', (sql) => {
    expect(found(sql).split(' ')).toContain('writes');
  });
});

describe('a statement only mentions the word', () => {
  test.each([
    "SELECT id FROM users WHERE name = 'email'",
    'SELECT id /* email */ FROM users -- email',
    'SELECT email FROM customers',
    'SELECT customers.email FROM customers JOIN users ON users.id = customers.user_id',
    'SELECT c.email FROM users u, customers c',
    'SELECT email FROM other.users',
    'SELECT email_address AS email FROM users',
    'SELECT email_address AS email FROM users ORDER BY email',
    'SELECT DISTINCT ON (email) email_address AS email FROM users',
    'SELECT email_address email FROM users UNION SELECT name FROM orders ORDER BY email',
    'SELECT id FROM users WHERE id IN (SELECT user_id FROM customers WHERE email = $1)',
    'WITH users AS (SELECT id, name AS email FROM customers) SELECT email FROM users',
    'WITH u AS (SELECT email_address AS email FROM users) SELECT email FROM u',
    'WITH u (email) AS (SELECT email_address FROM users) SELECT u.email FROM u',
    'SELECT x.email FROM (SELECT email_address AS email FROM users) x',
    'SELECT email FROM (SELECT email_address FROM users) AS x (email)',
    'SELECT email FROM unnest($1::text[]) AS email',
    'SELECT e.email FROM users u, json_to_record($1) AS e (email text)',
    'SELECT u.email FROM customers u',
    'SELECT email.id FROM users email',
    'SELECT o.id AS email FROM orders o',
    'INSERT INTO users (id, email_address) VALUES ($1, $2) ON CONFLICT (email_address) DO NOTHING',
    'INSERT INTO customers (email) SELECT email_address FROM users',
    'INSERT INTO users VALUES ($1)',
    'INSERT INTO users DEFAULT VALUES',
    'UPDATE customers SET email = u.email_address FROM users u',
    'UPDATE users SET email_address = c.email FROM customers c WHERE c.user_id = users.id',
    'COPY users (id, email_address) FROM STDIN',
    'CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$SELECT email FROM users$$',
    "SELECT set_config('x.email', $1, true)",
    'VACUUM users',
    'BEGIN',
  ])('%s', (sql) => {
    expect(found(sql)).not.toMatch(/reads|writes/u);
  });
});

describe('a statement that reads whole rows goes on without the column, and is noted', () => {
  test.each([
    'SELECT * FROM users',
    'SELECT u.* FROM users u JOIN orders o ON true',
    'SELECT row_to_json(u) FROM users u',
    'SELECT * FROM (SELECT * FROM users) x',
    'INSERT INTO users (id) VALUES ($1) RETURNING *',
    'COPY users TO STDOUT',
  ])('%s', (sql) => {
    expect(found(sql)).toBe('wholeRow');
  });

  test.each(['SELECT count(*) FROM users', 'SELECT o.* FROM orders o JOIN users ON true'])(
    'not %s',
    (sql) => {
      expect(found(sql)).toBe('');
    },
  );
});

describe('what cannot be known counts', () => {
  test.each([
    // json_each has columns that only the database knows.
    'SELECT (SELECT email FROM json_each($1) AS e (k) LIMIT 1) FROM users',
    'SELECT (SELECT email FROM made_up LIMIT 1) FROM users',
    'INSERT INTO users SELECT * FROM orders',
    'SELECT a.two FROM users AS a (one, two)',
    'ALTER TABLE users ALTER COLUMN email SET STATISTICS 100',
    'ANALYZE users (email)',
    "DO $$BEGIN UPDATE users SET email = 'a'; END$$",
    'SELECT 1 FROM users NATURAL JOIN customers',
  ])('%s', (sql) => {
    expect(found(sql)).toMatch(/doubtful.*(?:reads|writes)|reads|writes/u);
  });
});

test.each([
  'UPDATE users SET email_address = email WHERE id >= (SELECT lo FROM underpin.checkpoint)',
  'DO $$BEGIN PERFORM underpin.enter($1); UPDATE users SET email = 1; END$$',
])('a statement of our own is known by the ledger: %s', (sql) => {
  expect(found(sql).split(' ')).toContain('own');
});
