import { beforeAll, describe, expect, test } from 'vitest';
import type { SqlParser } from '../../../../../engine/database/sql-parser.ts';
import { actionsOf } from '../../../../../engine/dialects/postgres/meaning/what-a-statement-does.ts';
import { sqlParser } from '../../../../../lambdas/runtime/sql-parser.ts';

let parser: SqlParser;
beforeAll(async () => {
  parser = await sqlParser();
});

const does = (sql: string): readonly string[] =>
  actionsOf(sql, parser).map((action) => `${action.does} ${action.to.join('.')}`.trim());

describe('a statement does', () => {
  test.each<[string, ...string[]]>([
    ['ALTER TABLE a.b ADD COLUMN c text COLLATE "C" DEFAULT 1', 'AT_AddColumn a.b.c'],
    ['ALTER TABLE a.b ADD c text DEFAULT 1, DROP COLUMN d', 'AT_AddColumn a.b.c', 'AT_DropColumn a.b.d'],
    [
      'ALTER TABLE a.b ADD c text NOT NULL CHECK (c > 1)',
      'AT_AddColumn a.b.c',
      'CONSTR_NOTNULL a.b.c',
      'CONSTR_CHECK a.b.c',
    ],
    [
      'ALTER TABLE a.b ADD c int GENERATED ALWAYS AS (1) STORED',
      'AT_AddColumn a.b.c',
      'CONSTR_GENERATED a.b.c',
    ],
    ['ALTER TABLE a.b ADD c text COMPRESSION lz4', 'AT_AddColumn a.b.c', 'compression a.b.c'],
    ['ALTER TABLE a.b DROP COLUMN c CASCADE', 'AT_DropColumn a.b.c', 'CASCADE'],
    ['ALTER TABLE a.b RENAME COLUMN c TO d', 'rename OBJECT_COLUMN a.b.c.d'],
    ['ALTER TABLE a.b RENAME TO d', 'rename OBJECT_TABLE a.b..d'],
    ['GRANT SELECT (c), UPDATE ON a.b TO PUBLIC', 'grant a.b.c', 'grant a.b.'],
    ['GRANT ALL ON a.b, a.c TO PUBLIC', 'grant a.b.', 'grant a.c.'],
    ['GRANT ALL ON ALL TABLES IN SCHEMA a TO PUBLIC', 'grant ..'],
    ['COMMENT ON COLUMN a.b.c IS NULL', 'comment on OBJECT_COLUMN a.b.c'],
    ['CREATE INDEX CONCURRENTLY i ON a.b (c)', 'index a.b.i'],
    ['DROP INDEX a.i, a.j', 'drop OBJECT_INDEX a.i', 'drop OBJECT_INDEX a.j'],
    ['DROP FUNCTION underpin.f()', 'drop OBJECT_FUNCTION underpin.f'],
    ['CREATE TRIGGER t BEFORE INSERT ON a.b EXECUTE FUNCTION u.f()', 'trigger a.b.t.u.f'],
    ['ALTER SEQUENCE a.s OWNED BY a.b.c', 'sequence owned_by a.b.c'],
    ['ALTER SEQUENCE a.s OWNED BY NONE', 'sequence owned_by nothing a.s'],
    ['ALTER SEQUENCE a.s SET SCHEMA d', 'set schema OBJECT_SEQUENCE a.s.d'],
    ['ALTER TABLE a.b SET SCHEMA d', 'set schema OBJECT_TABLE a.b.d'],
    ['SELECT 1; DROP TABLE x', 'drop OBJECT_TABLE x'],
    ['REVOKE ALL ON FUNCTION u.f() FROM PUBLIC', 'revoke on a function u.f'],
    ['GRANT EXECUTE ON FUNCTION u.f() TO PUBLIC', 'grant on a function u.f'],
    [`SELECT underpin.under_settings('{}', '{}', $a$ DELETE FROM a.b $a$)`, 'DELETE a.b'],
    [`SELECT underpin.under_settings('{}', '{}', 'x' || 'y')`, 'what PostgreSQL cannot read'],
    [
      `SELECT underpin.batch('{}', '{}', 'SELECT 1', 'UPDATE a.b SET c = 1', 'DELETE FROM a.b')`,
      'UPDATE a.b.c',
      'DELETE a.b',
    ],
    ['TRUNCATE a.b', 'truncate a.b'],
    ['SELECT 1'],
    ['WITH w AS (DELETE FROM a.b RETURNING 1) SELECT 1', 'DELETE a.b'],
    ['SELECT (SELECT 1 FROM (SELECT 2) AS x) INTO y', 'SELECT INTO'],
    ['WITH w AS (UPDATE a.b SET c = 1, d = 2 RETURNING 1) SELECT 1', 'UPDATE a.b.c', 'UPDATE a.b.d'],
    ['INSERT INTO a.b VALUES (1)', 'INSERT a.b'],
    ['nonsense', 'what PostgreSQL cannot read'],
    ['DO $$ BEGIN ANALYZE a.b; INSERT INTO u.x VALUES (1); END $$', 'block', 'analyze a.b', 'INSERT u.x'],
    ['DO $$ BEGIN TRUNCATE a.b; END $$', 'block', 'truncate a.b'],
    ['ALTER TABLE a.b REPLICA IDENTITY USING INDEX i', 'AT_ReplicaIdentity a.b.i'],
    ['ALTER TABLE a.b CLUSTER ON i', 'AT_ClusterOn a.b.i'],
    ['ALTER INDEX a.i ALTER COLUMN 1 SET STATISTICS 5', 'AT_SetStatistics OBJECT_INDEX a.i.'],
    ['CREATE STATISTICS a.s ON c, d FROM a.b', 'statistics a.b.a.s'],
    ['ALTER STATISTICS a.s SET STATISTICS 5', 'alter statistics a.s'],
    ['ALTER SEQUENCE a.s AS bigint', 'sequence as a.s'],
  ])('%s', (sql, ...actions) => {
    expect(does(sql)).toEqual(actions);
  });
});

describe('a function does what its body does too', () => {
  const made = (body: string, language = 'plpgsql'): readonly string[] =>
    does(`CREATE FUNCTION u.f() RETURNS trigger LANGUAGE ${language} AS $$ ${body} $$`);

  test.each<[string, ...string[]]>([
    ['BEGIN NEW.a := (SELECT 1); RETURN NEW; END', 'set a field a'],
    ['BEGIN NEW.a := 1; NEW."b=c" := 2; RETURN NEW; END', 'set a field a', 'set a field b=c'],
    ['BEGIN NEW.a := 1; DELETE FROM x.y; RETURN NEW; END', 'set a field a', 'DELETE x.y'],
    ['BEGIN DROP TABLE x.y; RETURN NEW; END', 'drop OBJECT_TABLE x.y'],
    ["BEGIN EXECUTE 'DROP TABLE x'; RETURN NEW; END", 'EXECUTE'],
    ['BEGIN IF (SELECT true FROM x) THEN NULL; END IF; RETURN NEW; END'],
    ['BEGIN nonsense', 'a body that PostgreSQL cannot read'],
  ])('%s', (body, ...actions) => {
    expect(made(body).toSorted()).toEqual(['function u.f', ...actions].toSorted());
  });

  test('and a body in another language is reported', () => {
    expect(made('SELECT 1', 'sql')).toEqual(['function u.f', 'a body in sql']);
  });
});
