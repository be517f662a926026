import { beforeAll, describe, expect, test } from 'vitest';
import { dialectOf } from '../../../../../engine/dialects/dialects.ts';
import type { JudgedStatement } from '../../../../../engine/dialects/ddl.ts';
import type { SqlParser } from '../../../../../engine/database/sql-parser.ts';
import { sqlParser } from '../../../../../lambdas/runtime/sql-parser.ts';

let parser: SqlParser;
beforeAll(async () => void (parser = await sqlParser()));

const judge = (...texts: readonly string[]): readonly JudgedStatement[] =>
  dialectOf('postgres').authored.judge(
    texts.map((text, at) => ({ file: `${at + 1}.sql`, text })),
    parser,
  );

function only(text: string): JudgedStatement {
  const [statement, ...more] = judge(text);
  if (statement === undefined || more.length > 0) throw new Error(`not one statement: ${text}`);
  return statement;
}

const draftsOf = (text: string) =>
  only(text).drafts.map(({ kind, table, change }) => ({ kind, on: table, ...change }));
const on = { schema: 'public', name: 'User' };

describe('what a statement means becomes a migration that says it', () => {
  test.each([
    ['ALTER TABLE "User" RENAME COLUMN a TO "b B"', [{ kind: 'rename-column', on, from: 'a', to: 'b B' }]],
    [
      'ALTER TABLE "User" ALTER a SET DATA TYPE timestamp(3) with time zone, ALTER b TYPE text[] COLLATE "C" USING (ARRAY[b, \',\'])',
      [
        { kind: 'change-type', on, column: 'a', type: 'timestamp(3) with time zone' },
        { kind: 'change-type', on, column: 'b', type: 'text[]', up: "(ARRAY[b, ','])" },
      ],
    ],
    ['ALTER TABLE "User" ALTER COLUMN a SET NOT NULL', [{ kind: 'set-not-null', on, column: 'a' }]],
    ['ALTER TABLE "User" DROP COLUMN IF EXISTS a', [{ kind: 'drop-column', on, column: 'a' }]],
    [
      'ALTER TABLE "User" ADD COLUMN a uuid DEFAULT gen_random_uuid() NOT NULL',
      [{ kind: 'add-column', on, column: 'a', type: 'uuid', default: 'gen_random_uuid()', notNull: true }],
    ],
    [
      'ALTER TABLE "User" ADD a int DEFAULT NULL CONSTRAINT few CHECK (a < 3) UNIQUE',
      [
        { kind: 'add-column', on, column: 'a', type: 'int', default: 'NULL' },
        { kind: 'add-check', on, name: 'few', check: 'a < 3' },
        { kind: 'add-unique', on, name: 'User_a_key', columns: ['a'] },
      ],
    ],
    [
      'ALTER TABLE "User" ADD CONSTRAINT k CHECK (a ~ E\'[)(]\' AND (b IS NULL))',
      [{ kind: 'add-check', on, name: 'k', check: "a ~ E'[)(]' AND (b IS NULL)" }],
    ],
    [
      'ALTER TABLE "User" ADD FOREIGN KEY (a, b) REFERENCES app.orgs (c, d) ON DELETE SET NULL ON UPDATE CASCADE',
      [
        {
          kind: 'add-foreign-key',
          on,
          name: 'User_a_b_fkey',
          columns: ['a', 'b'],
          references: 'app.orgs',
          referencedColumns: ['c', 'd'],
          onDelete: 'set null',
          onUpdate: 'cascade',
        },
      ],
    ],
    [
      'ALTER TABLE "User" ADD UNIQUE (a, b)',
      [{ kind: 'add-unique', on, name: 'User_a_b_key', columns: ['a', 'b'] }],
    ],
    [
      'CREATE UNIQUE INDEX i ON "User" USING btree (lower(a) DESC) WHERE b > 3;',
      [{ kind: 'add-index', on, name: 'i', index: 'USING btree (lower(a) DESC) WHERE b > 3', unique: true }],
    ],
    [
      'CREATE INDEX ON "User" (a, lower(b))',
      [{ kind: 'add-index', on, name: 'User_a_expr_idx', index: '(a, lower(b))' }],
    ],
    ['ALTER TABLE "User" RENAME TO people', [{ kind: 'rename-table', on, to: 'people', by: 'alias' }]],
    ['ALTER TABLE "User" SET SCHEMA crm', [{ kind: 'move-table', on, to: 'crm', by: 'alias' }]],
    [
      'DROP TABLE IF EXISTS "User", app.t',
      [
        { kind: 'drop-table', on },
        { kind: 'drop-table', on: { schema: 'app', name: 't' } },
      ],
    ],
  ])('%s', (text, drafts) => {
    expect(only(text).verdict).toBe('unsafe');
    expect(draftsOf(text)).toEqual(drafts);
  });

  test.each([
    ['a unique key that says more than its columns', 'ALTER TABLE t ADD UNIQUE NULLS NOT DISTINCT (a)'],
    ['a deferrable foreign key', 'ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u (b) DEFERRABLE'],
    ['a foreign key to columns that nobody has named', 'ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u'],
    ['a column whose rows have no value', 'ALTER TABLE t ADD a int NOT NULL'],
    ['a view by another name', 'ALTER VIEW v RENAME TO w'],
    ['a view in another schema', 'ALTER VIEW v SET SCHEMA crm'],
    ['a primary key', 'ALTER TABLE t ADD PRIMARY KEY (a)'],
    ['what else CASCADE would drop', 'DROP TABLE t CASCADE'],
    ['what is no table', 'DROP SEQUENCE s'],
    ['an index whose table nobody has told', 'DROP INDEX i'],
    ['a column for another, which may be meant as its new name', 'ALTER TABLE t DROP a, ADD b text'],
  ])('%s is not guessed', (_, text) => {
    expect(only(text)).toMatchObject({ verdict: 'unsafe', drafts: [] });
  });

  test('what an earlier statement told is known: the table of an index, the key of a table', () => {
    const [, , dropped, referring] = judge(
      'CREATE TABLE u (id int PRIMARY KEY); CREATE INDEX i ON u (id);',
      'DROP INDEX i; ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES u;',
    );
    expect(dropped?.drafts).toMatchObject([
      { kind: 'drop-index', table: { name: 'u' }, change: { name: 'i' } },
    ]);
    expect(referring?.drafts).toMatchObject([{ change: { referencedColumns: ['id'] } }]);
  });

  test('the way back of a type is written where an earlier statement told the type', () => {
    const retyped = judge(
      'CREATE TABLE t (id serial PRIMARY KEY, "B" varchar(3) NOT NULL);',
      'ALTER TABLE t ALTER id TYPE bigint; ALTER TABLE t ALTER "B" TYPE varchar(2); ALTER TABLE t ALTER c TYPE text;',
    ).slice(1);
    expect(retyped.map(({ drafts }) => [drafts[0]?.change['down'], drafts[0]?.notes.length])).toEqual([
      ['CAST("id" AS integer)', 0],
      ['CAST("B" AS varchar(3))', 0],
      [undefined, 1],
    ]);
  });

  test('what was known of a name is known of its new one, and of the old one no more', () => {
    const after = judge(
      'CREATE TABLE t (id int PRIMARY KEY, a varchar(3)); CREATE INDEX i ON t (a);',
      'ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME a TO b; ALTER TABLE u RENAME id TO key;',
      'ALTER TABLE u ALTER b TYPE text; ALTER TABLE u ALTER a TYPE text; ALTER TABLE t ALTER a TYPE text;',
      'ALTER TABLE v ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES u; DROP INDEX i; ALTER TABLE i RENAME TO j;',
    ).slice(5);
    expect(after.map(({ verdict, drafts }) => [verdict, drafts[0]?.change])).toEqual([
      ['safe', undefined],
      ['unsafe', { column: 'a', type: 'text' }],
      ['unsafe', { column: 'a', type: 'text' }],
      ['unsafe', expect.objectContaining({ referencedColumns: ['key'] })],
      ['unsafe', { name: 'i' }],
      // An index: nobody names it.
      ['safe', undefined],
    ]);
  });

  test('what of a statement is safe stays, by name', () => {
    expect(only('ALTER TABLE t ADD ok boolean, ALTER b SET NOT NULL, ALTER c DROP DEFAULT')).toMatchObject({
      verdict: 'unsafe',
      keeps: ['add column ok', 'column default c'],
    });
  });
});

describe('another type', () => {
  const after = (from: string, to: string) =>
    judge(`CREATE TABLE t (a ${from})`, `ALTER TABLE t ALTER a TYPE ${to}`)[1];

  test.each([
    ['varchar(20)', 'CHARACTER VARYING(50)'],
    ['varchar(20)', 'varchar'],
    ['varchar(20)', 'text'],
    ['text', 'varchar'],
    ['bit varying(3)', 'varbit(4)'],
    ['numeric(10,2)', 'decimal(12, 2)'],
    ['numeric(10,2)', 'numeric'],
    ['timestamp(3)', 'timestamp without time zone'],
    ['timestamptz(3)', 'timestamp(6) with time zone'],
    ['cidr', 'inet'],
  ])('%s to %s changes the catalog alone', (from, to) => {
    expect(after(from, to)).toMatchObject({
      verdict: 'safe',
      lock: 'ACCESS EXCLUSIVE',
      work: 'none',
      drafts: [],
    });
  });

  test.each([
    ['varchar(50)', 'varchar(20)'],
    ['text', 'varchar(20)'],
    ['varchar(20)', 'text COLLATE "C"'],
    ['varchar(20)', 'text USING lower(a)'],
    ['varchar(20)', 'citext'],
    ['varchar(20)', 'text[]'],
    ['char(20)', 'text'],
    ['numeric(10,2)', 'numeric(12,3)'],
    ['numeric(10,2)', 'numeric(9,2)'],
    ['timestamp', 'timestamptz'],
    ['timestamp', 'timestamp(3)'],
    ['int', 'bigint'],
    ['inet', 'cidr'],
  ])('%s to %s rewrites the table', (from, to) => {
    expect(after(from, to)).toMatchObject({ verdict: 'unsafe', work: 'rewrite' });
  });
});

test('a type that no statement told may only grow into the new one, where that can be', () => {
  const facts = ['varchar(50)', 'bigint'].map((type) => only(`ALTER TABLE t ALTER a TYPE ${type}`).findings);
  expect(facts).toMatchObject([
    [{ fact: expect.stringContaining('unless the old one only grows') }],
    [{ fact: expect.not.stringContaining('unless') }],
  ]);
});

describe('the verdict', () => {
  test.each([
    ['safe', 'CREATE INDEX CONCURRENTLY i ON t (a)'],
    ['safe', 'ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0) NOT VALID'],
    ['safe', 'ALTER TABLE t ADD a int REFERENCES u'],
    ['safe', 'BEGIN'],
    ['safe', "SELECT pg_catalog.setval('s', 1), 2"],
    ['safe', 'REINDEX INDEX CONCURRENTLY i'],
    ['unsafe', 'REINDEX INDEX i'],
    ['unsafe', 'VACUUM FULL t'],
    ['unsafe', 'LOCK TABLE t'],
    ['unsafe', "ALTER TYPE mood RENAME VALUE 'a' TO 'b'"],
    ['safe', "ALTER TYPE mood ADD VALUE 'c'"],
    ['unknown', 'SELECT anything()'],
    ['unknown', 'WITH gone AS (DELETE FROM t RETURNING *) SELECT 1'],
    ['unknown', 'UPDATE t SET a = 1 WHERE b'],
    ['safe', 'INSERT INTO t VALUES (1)'],
    ['unknown', 'INSERT INTO t SELECT 1'],
    ['unknown', 'CALL p()'],
    ['unknown', 'ALTER SYSTEM SET a = 1'],
    ['unknown', 'ALTER TABLE `t` ADD a int'],
    ['unknown', 'DO $$ BEGIN EXECUTE format(q); END $$'],
    ['unsafe', 'DO $$ BEGIN IF NOT EXISTS (SELECT 1) THEN ALTER TABLE t RENAME a TO b; END IF; END $$'],
    ['safe', "DO $$ BEGIN CREATE TYPE m AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN NULL; END $$"],
  ])('%s: %s', (verdict, text) => expect(only(text).verdict).toBe(verdict));

  test('of what the same file has made is safe; the next file finds it in use', () => {
    const made = 'CREATE TABLE IF NOT EXISTS t (a int);';
    const alters =
      'ALTER TABLE t ALTER a SET NOT NULL; CREATE INDEX i ON public.t (a); UPDATE t SET a = 1; DROP INDEX i; DROP TABLE t;';
    expect(judge(made + alters).map(({ verdict }) => verdict)).toEqual(
      Array.from({ length: 6 }, () => 'safe'),
    );
    expect(judge(made, alters)[1]?.verdict).toBe('unsafe');
  });

  test('a new table locks the one that it refers to', () => {
    expect(only('CREATE TABLE t (a int REFERENCES u)').lock).toBe('SHARE ROW EXCLUSIVE');
    expect(judge('CREATE TABLE u (a int); CREATE TABLE t (a int REFERENCES u);')[1]?.lock).toBe('none');
  });

  test('search_path says whose table it is', () => {
    expect(
      judge('SET search_path TO shop, public; ALTER TABLE t RENAME a TO b')[1]?.drafts[0]?.table,
    ).toEqual({
      schema: 'shop',
      name: 't',
    });
  });
});

describe('a file', () => {
  test('is read by lines, with comments and letters of several bytes before a statement', () => {
    expect(judge('-- é\n\n/* ü */ SELECT 1;\n\n  -- x\n  CREATE INDEX "ö" ON t (a);')).toMatchObject([
      { line: 3, sql: 'SELECT 1' },
      { line: 6, drafts: [{ change: { name: 'ö', index: '(a)' } }] },
    ]);
  });

  test('that PostgreSQL cannot read as a whole hides none of its statements', () => {
    const text = 'ALTER TABLE ${t} ADD a int;\n\\restrict x\n\\i other.sql\nALTER TABLE t RENAME a TO "b;c";';
    expect(judge(text)).toMatchObject([
      { line: 1, verdict: 'unknown', findings: [{ fact: expect.stringContaining('syntax error') }] },
      { line: 3, verdict: 'unknown', findings: [{ fact: expect.stringContaining('command of psql') }] },
      { line: 4, verdict: 'unsafe' },
    ]);
  });

  test('may hold rows behind COPY', () => {
    expect(
      judge("CREATE TABLE t (a text);\nCOPY t (a) FROM stdin;\nit's; (\n\\.\nDROP TABLE t;"),
    ).toMatchObject([{ verdict: 'safe' }, { line: 2, verdict: 'safe' }, { line: 5, verdict: 'safe' }]);
  });

  test.each([['-- +goose'], ['-- +migrate'], ['-- migrate:']])(
    'with %s Down holds the way back, which is not run',
    (mark) => {
      const [up, down] = mark.endsWith(':') ? ['up', 'down'] : [' Up', ' Down'];
      const judged = judge(`${mark}${up}\nSELECT 1;\n${mark}${down}\nDROP TABLE t;\n${mark}${up}\nSELECT 2;`);
      expect(judged.map(({ line, sql }) => [line, sql])).toEqual([
        [2, 'SELECT 1'],
        [6, 'SELECT 2'],
      ]);
    },
  );
});

describe('what ALTER TABLE renames is not always a table', () => {
  const renamed = (before: string, name: string) =>
    judge(before, `ALTER TABLE ${name} RENAME TO other`).at(-1);

  test.each([
    ['CREATE SEQUENCE counted', 'counted'],
    // Rails renames the sequence along with its table.
    ['ALTER TABLE users RENAME TO people', 'users_id_seq'],
  ])('after %s it is a sequence, and becomes no migration', (before, name) => {
    expect(renamed(before, name)).toMatchObject({
      verdict: 'unsafe',
      lock: 'ACCESS EXCLUSIVE',
      drafts: [],
      findings: [{ rule: 'rename', fact: expect.stringMatching(/sequence/u) }],
    });
  });

  test('a view becomes no migration', () => {
    expect(renamed('CREATE VIEW seen AS SELECT 1', 'seen')).toMatchObject({ verdict: 'unsafe', drafts: [] });
  });

  test('an index is named by nobody', () => {
    for (const [before, name] of [
      ['CREATE INDEX quick ON users (a)', 'quick'],
      ['SELECT 1', 'users_pkey'],
    ] as const)
      expect(renamed(before, name)).toMatchObject({ verdict: 'safe', lock: 'ACCESS EXCLUSIVE' });
  });

  test('a table is one whatever it is called', () => {
    expect(renamed('CREATE TABLE lot_seq (a int)', 'lot_seq')?.drafts).toMatchObject([
      { kind: 'rename-table' },
    ]);
    expect(
      renamed('CREATE TABLE a_seq (a int); ALTER TABLE a_seq RENAME TO b_seq', 'b_seq')?.drafts,
    ).toMatchObject([{ kind: 'rename-table' }]);
  });
});
