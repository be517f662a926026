import { beforeAll, expect, test } from 'vitest';
import type { SqlParser } from '../../../../../engine/database/sql-parser.ts';
import { functionNaming } from '../../../../../engine/dialects/postgres/naming/function-naming.ts';
import { sqlParser } from '../../../../../lambdas/runtime/sql-parser.ts';
import { usersEmail } from './old-column.ts';

let parser: SqlParser;
beforeAll(async () => {
  parser = await sqlParser();
});

const naming = (declares: string, does: string): string =>
  functionNaming(
    {
      name: 'f()',
      language: 'plpgsql',
      text: `CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE ${declares} BEGIN ${does} RETURN NEW; END $$`,
      mentionsTable: /users/u.test(declares + does),
      isOnTable: true,
      takesRow: false,
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
