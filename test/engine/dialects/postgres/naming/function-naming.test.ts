import { beforeAll, expect, test } from 'vitest';
import type { SqlParser } from '../../../../../engine/database/sql-parser.ts';
import { functionNaming } from '../../../../../engine/dialects/postgres/naming/function-naming.ts';
import { sqlParser } from '../../../../../lambdas/runtime/sql-parser.ts';
import { usersEmail } from './old-column.ts';

let parser: SqlParser;
beforeAll(async () => {
  parser = await sqlParser();
});

const naming = (declares: string, does: string, transitionTables: readonly string[] = []): string =>
  functionNaming(
    {
      name: 'f()',
      language: 'plpgsql',
      text: `CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE ${declares} BEGIN ${does} RETURN NEW; END $$`,
      mentionsTable: /users/u.test(declares + does),
      isOnTable: true,
      takesRow: false,
      transitionTables,
    },
    usersEmail,
    parser,
  );

test.each([
  ['r record;', "r := NEW; IF r.email = '' THEN RETURN NULL; END IF;", 'names'],
  ['r users%ROWTYPE;', "r := NEW; IF r.email = '' THEN RETURN NULL; END IF;", 'names'],
  ['r public.users%ROWTYPE;', 'r := NEW; PERFORM send(upper(r.email));', 'names'],
  ['r users%ROWTYPE;', "r := NEW; IF r.name = 'x' /* email */ THEN RETURN NULL; END IF;", 'no'],
  ['r customers%ROWTYPE;', "SELECT * INTO r FROM customers; IF r.email = '' THEN RETURN NULL; END IF;", 'no'],
  ['r users%ROWTYPE;', "r := NEW; r.email := 'x';", 'may name'],
])('%s %s %s', (declares, does, expected) => {
  expect(naming(declares, does)).toBe(expected);
});

test.each([
  ['', 'INSERT INTO log SELECT n.email FROM n;', 'names'],
  ['r record;', 'FOR r IN SELECT * FROM n LOOP PERFORM send(r.email); END LOOP;', 'names'],
  ['', 'INSERT INTO log SELECT n.name FROM n; -- not the email', 'no'],
])("the rows that a statement has written are the table's: %s %s", (declares, does, expected) => {
  expect(naming(declares, `${does}\n`, ['n'])).toBe(expected);
  expect(naming(declares, `${does}\n`)).not.toBe('names');
});
