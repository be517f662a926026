import { beforeAll, describe, expect, test } from 'vitest';
import { lint, rules } from '../../../../../engine/dialects/postgres/lint/lint.ts';
import type { SqlParser } from '../../../../../engine/database/sql-parser.ts';
import { sqlParser } from '../../../../../lambdas/runtime/sql-parser.ts';

let parser: SqlParser;
beforeAll(async () => {
  parser = await sqlParser();
});
const names = (...statements: readonly string[]): readonly string[] =>
  lint(statements, parser).flatMap((found) => found.map(({ rule }) => rule));

/** A rule, what it refuses, and the safe way beside it, which no rule refuses. */
const cases: readonly (readonly [string, string, string | null])[] = [
  ['transaction-control', 'BEGIN', null],
  ['session-setting', 'SET search_path = app', null],
  ['session-setting', 'RESET ALL', null],
  ['lock-table', 'LOCK TABLE app.t', null],
  ['hidden-statements', 'DO $$BEGIN DELETE FROM app.t; END$$', null],
  ['hidden-statements', 'CALL app.p()', null],
  ['query', "SELECT setval('app.s', 1)", 'ALTER SEQUENCE app.s RESTART WITH 1'],
  ['copy', "COPY app.t FROM '/tmp/t'", 'INSERT INTO app.t VALUES (1)'],
  ['ledger', 'DELETE FROM underpin.event WHERE true', null],
  ['unknown-statement', 'NOTIFY channel', null],
  ['unknown-statement', 'ALTER SYSTEM SET work_mem = 1', null],
  ['index-concurrently', 'CREATE INDEX i ON app.t (a)', 'CREATE INDEX CONCURRENTLY i ON app.t (a)'],
  ['index-named', 'CREATE INDEX CONCURRENTLY ON app.t (a)', null],
  ['index-named', 'CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON app.t (a)', null],
  ['index-named', 'CREATE INDEX CONCURRENTLY i ON t (a)', null],
  ['drop-index-concurrently', 'DROP INDEX app.i', 'DROP INDEX CONCURRENTLY IF EXISTS app.i'],
  ['drop-index-again', 'DROP INDEX CONCURRENTLY app.i', null],
  ['reindex', 'REINDEX TABLE CONCURRENTLY app.t', null],
  ['refresh-concurrently', 'REFRESH MATERIALIZED VIEW app.m', null],
  ['vacuum', 'VACUUM app.t', 'ANALYZE app.t'],
  ['cluster', 'CLUSTER app.t USING i', null],
  [
    'volatile-default',
    'ALTER TABLE app.t ADD COLUMN a uuid DEFAULT gen_random_uuid()',
    'ALTER TABLE app.t ADD COLUMN a timestamptz DEFAULT now()',
  ],
  ['serial-column', 'ALTER TABLE app.t ADD COLUMN a bigserial', 'ALTER TABLE app.t ADD COLUMN a bigint'],
  ['identity-column', 'ALTER TABLE app.t ADD COLUMN a int GENERATED ALWAYS AS IDENTITY', null],
  [
    'generated-column',
    'ALTER TABLE app.t ADD COLUMN a int GENERATED ALWAYS AS (b + 1) STORED',
    'ALTER TABLE app.t ADD COLUMN a int GENERATED ALWAYS AS (b + 1) VIRTUAL',
  ],
  [
    'not-null-column',
    'ALTER TABLE app.t ADD COLUMN a int NOT NULL',
    'ALTER TABLE app.t ADD COLUMN a int NOT NULL DEFAULT 0',
  ],
  ['unique-column', 'ALTER TABLE app.t ADD COLUMN a int UNIQUE', null],
  ['checked-column', 'ALTER TABLE app.t ADD COLUMN a int CHECK (a > 0)', null],
  [
    'checked-column',
    'ALTER TABLE app.t ADD COLUMN a int DEFAULT 1 REFERENCES app.u',
    'ALTER TABLE app.t ADD COLUMN a int REFERENCES app.u',
  ],
  [
    'set-not-null',
    'ALTER TABLE app.t ALTER COLUMN a SET NOT NULL',
    'ALTER TABLE app.t ALTER COLUMN a DROP NOT NULL',
  ],
  ['change-type', 'ALTER TABLE app.t ALTER COLUMN a TYPE bigint', null],
  [
    'constraint-not-valid',
    'ALTER TABLE app.t ADD CONSTRAINT k CHECK (a > 0)',
    'ALTER TABLE app.t ADD CONSTRAINT k CHECK (a > 0) NOT VALID',
  ],
  [
    'constraint-not-valid',
    'ALTER TABLE app.t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES app.u',
    'ALTER TABLE app.t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES app.u NOT VALID',
  ],
  [
    'validate-alone',
    'ALTER TABLE app.t VALIDATE CONSTRAINT k, ADD COLUMN a int',
    'ALTER TABLE app.t VALIDATE CONSTRAINT k',
  ],
  ['validate-named', 'ALTER TABLE t VALIDATE CONSTRAINT k', null],
  [
    'constraint-using-index',
    'ALTER TABLE app.t ADD CONSTRAINT k UNIQUE (a)',
    'ALTER TABLE app.t ADD CONSTRAINT k UNIQUE USING INDEX k',
  ],
  ['constraint-using-index', 'ALTER TABLE app.t ADD PRIMARY KEY (a)', null],
  ['exclusion-constraint', 'ALTER TABLE app.t ADD EXCLUDE USING gist (a WITH =)', null],
  ['rewritten-table', 'ALTER TABLE app.t SET UNLOGGED', null],
  ['rewritten-table', 'ALTER TABLE app.t SET TABLESPACE fast', null],
  [
    'attached-partition',
    'ALTER TABLE app.t ATTACH PARTITION app.p DEFAULT',
    'ALTER INDEX app.i ATTACH PARTITION app.j',
  ],
  ['detached-partition', 'ALTER TABLE app.t DETACH PARTITION app.p', null],
  [
    'domain-constraint',
    'ALTER DOMAIN app.d ADD CHECK (value > 0)',
    'ALTER DOMAIN app.d ADD CONSTRAINT k CHECK (value > 0) NOT VALID',
  ],
  ['every-row-at-once', 'UPDATE app.t SET a = 1', 'UPDATE app.t SET a = 1 WHERE id = 1'],
  ['every-row-at-once', 'DELETE FROM app.t', null],
  ['rename', 'ALTER TABLE app.t RENAME a TO b', 'ALTER INDEX app.i RENAME TO j'],
  ['rename', 'ALTER TABLE app.t RENAME TO u', null],
  ['rename', 'ALTER TABLE app.t SET SCHEMA other', null],
  ['drop-column', 'ALTER TABLE app.t DROP COLUMN a', null],
  ['drop-data', 'DROP TABLE app.t', null],
  ['drop-definition', 'DROP VIEW app.v', 'CREATE OR REPLACE VIEW app.v AS SELECT 1'],
  ['truncate', 'TRUNCATE app.t', null],
  ['disabled-trigger', 'ALTER TABLE app.t DISABLE TRIGGER x', null],
];

test.each(cases)('%s refuses %s', (rule, refused, safe) => {
  expect(names(refused)).toContain(rule);
  if (safe !== null) expect(names(safe)).toEqual([]);
});

test('CASCADE is refused beside what it drops', () => {
  expect(names('DROP TABLE app.t CASCADE')).toEqual(['drop-data', 'cascade']);
});

test('every rule is tried', () => {
  const tried = new Set([...cases.map(([rule]) => rule), 'cascade']);
  expect(rules.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([]);
});

describe('a text is one statement', () => {
  test.each([
    ['two', 'ALTER TABLE app.t ADD a int; ALTER TABLE app.t ADD b int', 'one-statement'],
    ['none', '-- nothing', 'one-statement'],
    ['what nobody can read', 'ALTER TABEL app.t', 'unreadable'],
  ])('%s', (_, text, rule) => {
    expect(names(text)).toEqual([rule]);
  });
});

test('a table that the list makes is empty: what reads or writes all of it does no harm there, and elsewhere it does', () => {
  const list = ['CREATE TABLE app.n (a int)', 'CREATE INDEX i ON app.n (a)', 'CREATE INDEX j ON app.t (a)'];
  expect(lint(list, parser).map((found) => found.map(({ rule }) => rule))).toEqual([
    [],
    [],
    ['index-concurrently'],
  ]);
  expect(names('CREATE TABLE IF NOT EXISTS app.n (a int)', 'CREATE INDEX i ON app.n (a)')).toEqual([
    'index-concurrently',
  ]);
});

test('one ALTER TABLE is judged by each of its commands', () => {
  expect(names('ALTER TABLE app.t ADD COLUMN a int, ALTER COLUMN b SET NOT NULL, DROP COLUMN c')).toEqual([
    'set-not-null',
    'drop-column',
  ]);
});
