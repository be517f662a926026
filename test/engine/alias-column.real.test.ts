import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadUsage } from '../../engine/dialects/load-usage.ts';
import { leavingPart } from '../../engine/shapes/shape.ts';
import { sqlParser } from '../../lambdas/runtime/sql-parser.ts';
import { catalogSnapshot } from './catalog-snapshot.ts';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { promisedUnits, seenUnits } from './kept-promises.ts';
import { leftoversOf } from './leftovers-of.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';
import { refusalsOf } from './refusals-of.ts';
import { expectUndoneFromEachPhase } from './undone-phases.ts';

let db: DatabaseUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest('SELECT 1');
});
afterAll(() => db.close());
beforeEach(() =>
  db.sql.query(`DROP SCHEMA IF EXISTS underpin, public CASCADE; CREATE SCHEMA public;
    DO $$BEGIN CREATE ROLE alias_clerk; EXCEPTION WHEN duplicate_object THEN NULL; END$$;
    GRANT USAGE ON SCHEMA public TO alias_clerk;
    CREATE TABLE shops (id int PRIMARY KEY);
    CREATE TABLE people (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mail text NOT NULL UNIQUE,
      shop int REFERENCES shops, loud text GENERATED ALWAYS AS (upper(mail)) STORED, n int NOT NULL DEFAULT 7);
    CREATE INDEX people_mail_lower ON people (lower(mail));
    CREATE TABLE visits (id int PRIMARY KEY, person bigint REFERENCES people);
    CREATE VIEW mails AS SELECT mail FROM people;
    COMMENT ON TABLE people IS 'who they are'; COMMENT ON COLUMN people.mail IS 'where they read';
    GRANT SELECT, INSERT ON people TO alias_clerk; GRANT UPDATE (mail) ON people TO alias_clerk;
    INSERT INTO shops VALUES (1);
    INSERT INTO people (mail, shop) VALUES ('a', 1), ('b', 1)`),
);

const declared = {
  table: 'public.people',
  change: { kind: 'rename-column', from: 'mail', to: 'email', by: 'alias' },
};
const aliased = (): Promise<MigrationUnderTest> =>
  migrationUnderTest(db.database, `t-${(count += 1)}`, declared);
const refusals = (): Promise<string> => refusalsOf(aliased());

test('each way back leaves the catalog as it was; at the end it is what RENAME COLUMN would have made', async () => {
  const migration = await expectUndoneFromEachPhase(db, 'whole', declared);
  const made = await catalogSnapshot(db.sql);
  expect(await leftoversOf(migration)).toEqual([]);
  await db.sql.query(
    'ALTER TABLE people RENAME COLUMN email TO mail; ALTER TABLE people RENAME COLUMN mail TO email',
  );
  expect(await catalogSnapshot(db.sql)).toEqual(made);
  expect((await db.sql.query('SELECT mail FROM mails ORDER BY 1')).rows).toEqual([
    { mail: 'a' },
    { mail: 'b' },
  ]);
});

test('it takes the locks that the plan says, reads no row and writes none anew', async () => {
  const migration = await aliased();
  expect(await seenUnits(db, migration)).toEqual(promisedUnits(migration));
});

describe('through the view', () => {
  test.each([
    [
      'INSERT by the new name',
      `INSERT INTO people (email) VALUES ('c') RETURNING mail, email, loud, n`,
      [{ mail: 'c', email: 'c', loud: 'C', n: 7 }],
    ],
    ['INSERT by place', `INSERT INTO people VALUES (DEFAULT, 'c') RETURNING email`, [{ email: 'c' }]],
    [
      'UPDATE by either name',
      `UPDATE people SET mail = 'x' WHERE email = 'a' RETURNING email`,
      [{ email: 'x' }],
    ],
    ['DELETE', `DELETE FROM people WHERE email = 'b' RETURNING mail`, [{ mail: 'b' }]],
    [
      'ON CONFLICT by the new name',
      `INSERT INTO people (email) VALUES ('a') ON CONFLICT (email) DO UPDATE SET n = excluded.n + 1 RETURNING n`,
      [{ n: 8 }],
    ],
    [
      'ON CONFLICT by the old name',
      `INSERT INTO people (mail) VALUES ('a') ON CONFLICT (mail) DO UPDATE SET email = excluded.mail || '2' RETURNING email`,
      [{ email: 'a2' }],
    ],
    ['FOR UPDATE', `SELECT email FROM people WHERE mail = 'a' FOR UPDATE`, [{ email: 'a' }]],
    [
      'MERGE',
      `MERGE INTO people AS p USING (VALUES ('a'), ('z')) AS v (m) ON p.email = v.m WHEN MATCHED THEN UPDATE SET n = 1 WHEN NOT MATCHED THEN INSERT (email) VALUES (v.m) RETURNING p.mail`,
      [{ mail: 'a' }, { mail: 'z' }],
    ],
    ['a view on the table', `SELECT mail FROM mails WHERE mail = 'a'`, [{ mail: 'a' }]],
  ])('%s works', async (_, sql, rows) => {
    const migration = await aliased();
    await migration.apply('expand');
    expect((await db.sql.query(sql)).rows).toEqual(rows);
  });

  test.each([
    ['COPY … TO', 'COPY people TO STDOUT', '42809'],
    ['TRUNCATE', 'TRUNCATE people CASCADE', '42809'],
    ['CREATE INDEX', 'CREATE INDEX ON people (n)', '42809'],
    ['ALTER TABLE', 'ALTER TABLE people ADD COLUMN more int', '42809'],
    [
      'ON CONFLICT ON CONSTRAINT',
      `INSERT INTO people (mail) VALUES ('a') ON CONFLICT ON CONSTRAINT people_mail_key DO NOTHING`,
      '42704',
    ],
    ['both names in one statement', `UPDATE people SET mail = 'x', email = 'x'`, '42601', '42703'],
    ['a system column', 'SELECT xmin FROM people', '42703'],
    ['a GROUP BY of the key alone', 'SELECT id, mail FROM people GROUP BY id', '42803'],
    ['a sample', 'SELECT id FROM people TABLESAMPLE SYSTEM (9)', '0A000'],
  ])('%s fails, as the plan says, and did not before', async (_, sql, code, before = 'no error') => {
    expect(await sqlState(db.sql.query(`BEGIN; ${sql}; ROLLBACK`))).toBe(before);
    await db.sql.query('ROLLBACK');
    const migration = await aliased();
    await migration.apply('expand');
    expect(await sqlState(db.sql.query(sql))).toBe(code);
  });

  test('rights are those of the table, by either name, and no more', async () => {
    const migration = await aliased();
    await migration.apply('expand');
    const asClerk = async (sql: string): Promise<string> => {
      await db.sql.query('BEGIN; SET LOCAL ROLE alias_clerk');
      const state = await sqlState(db.sql.query(sql));
      await db.sql.query('ROLLBACK');
      return state;
    };
    expect(await asClerk('SELECT email FROM people')).toBe('no error');
    expect(await asClerk(`INSERT INTO people (email) VALUES ('q')`)).toBe('no error');
    expect(await asClerk(`UPDATE people SET email = 'q' WHERE id = 1`)).toBe('no error');
    expect(await asClerk(`UPDATE people SET mail = 'q' WHERE id = 1`)).toBe('no error');
    expect(await asClerk('UPDATE people SET n = 1 WHERE id = 1')).toBe('42501');
    expect(await asClerk('DELETE FROM people')).toBe('42501');
  });

  test('row policies hold for whoever asks', async () => {
    await db.sql.query(`ALTER TABLE people ENABLE ROW LEVEL SECURITY;
      CREATE POLICY few ON people FOR SELECT TO alias_clerk USING (mail = 'a')`);
    const migration = await aliased();
    await migration.apply('expand');
    await db.sql.query('BEGIN; SET LOCAL ROLE alias_clerk');
    const { rows } = await db.sql.query('SELECT email FROM people');
    await db.sql.query('ROLLBACK');
    expect(rows).toEqual([{ email: 'a' }]);
  });

  test('what was prepared before goes on through every phase, where it names its columns', async () => {
    const migration = await aliased();
    await db.sql.query('DEALLOCATE ALL; PREPARE asked AS SELECT id, n FROM people WHERE id = $1');
    for (const phase of ['expand', 'read-switch', 'confidence', 'quarantine', 'contract'] as const) {
      expect((await db.sql.query('EXECUTE asked (1)')).rows, `before ${phase}`).toEqual([{ id: '1', n: 7 }]);
      await migration.apply(phase);
    }
    expect((await db.sql.query('EXECUTE asked (1)')).rows).toEqual([{ id: '1', n: 7 }]);
  });
});

describe('what would not stand a view is refused by name:', () => {
  test.each([
    ['a publication', 'CREATE PUBLICATION p FOR TABLE people', /publication p publishes public\.people/u],
    [
      'a rule',
      'CREATE RULE kept AS ON DELETE TO people DO INSTEAD NOTHING',
      /rule kept on table people rewrites/u,
    ],
    [
      'a function that takes a row',
      `CREATE FUNCTION named(p people) RETURNS text LANGUAGE sql AS 'SELECT $1.mail'`,
      /function named\(people\) uses the row type/u,
    ],
    [
      'a trigger that reads the column from its row',
      `CREATE FUNCTION low() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.mail := lower(NEW.mail); RETURN NEW; END';
       CREATE TRIGGER low BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION low()`,
      /function low\(\) of trigger low reads people\.mail from its row/u,
    ],
    [
      'the name that the table would have',
      'CREATE TABLE underpin_base_people ()',
      /called underpin_base_people already/u,
    ],
  ])('%s', async (_, schema, says) => {
    expect(await refusals()).toBe('');
    await db.sql.query('DROP SCHEMA underpin CASCADE');
    await db.sql.query(schema);
    expect(await refusals()).toMatch(says);
  });
});

test('the contract gate finds what was made on the view, and functions that name the old column', async () => {
  const migration = await aliased();
  await migration.apply('expand', 'read-switch');
  const part = leavingPart(migration.plan.shape);
  if (part === null) throw new Error('something leaves');
  const usage = await loadUsage(db.database, part);
  expect(await usage.catalog(await sqlParser())).toMatchObject({ dependents: [], functions: [] });
  await db.sql.query(`CREATE VIEW ids AS SELECT id FROM people;
    CREATE FUNCTION first_mail() RETURNS text LANGUAGE sql AS 'SELECT mail FROM people LIMIT 1';
    CREATE FUNCTION first_email() RETURNS text LANGUAGE sql AS 'SELECT email FROM people LIMIT 1'`);
  expect(await usage.catalog(await sqlParser())).toMatchObject({
    dependents: [],
    functions: ['first_mail()'],
    notes: ['view public.ids reads the table when the view goes'],
  });
});

test('what publishes the table by the name that it has meanwhile shuts the gates', async () => {
  const migration = await aliased();
  await migration.apply('expand', 'read-switch');
  const part = leavingPart(migration.plan.shape);
  if (part === null) throw new Error('something leaves');
  const usage = await loadUsage(db.database, part);
  expect(await usage.bound()).toEqual([]);
  for (const made of ['FOR TABLE underpin_base_people', 'FOR ALL TABLES']) {
    await db.sql.query(`CREATE PUBLICATION meanwhile ${made}`);
    const named =
      'publication meanwhile, which sends rows of public.underpin_base_people, a name that ends with the contract: take the table out of it';
    expect(await usage.bound()).toEqual([named]);
    expect((await usage.catalog(await sqlParser())).dependents).toEqual([named]);
    await db.sql.query('DROP PUBLICATION meanwhile');
  }
});

test('who sends what the view would refuse is in the plan, by number and role, functions too', async () => {
  const said = async (): Promise<string> => (await aliased()).plan.warnings.join('\n');
  await db.sql.query('DROP EXTENSION IF EXISTS pg_stat_statements');
  expect(await said()).toContain(
    'not checked which statements would fail through the view: run CREATE EXTENSION',
  );
  await db.sql.query('CREATE EXTENSION pg_stat_statements; SELECT pg_stat_statements_reset()');
  expect(await said()).toContain(
    'no statement that pg_stat_statements has counted on this server, and no function, would fail',
  );
  await db.sql.query(
    `INSERT INTO people (mail) VALUES ('a') ON CONFLICT ON CONSTRAINT people_mail_key DO NOTHING`,
  );
  await db.sql.query('SELECT xmin FROM people WHERE id = 1');
  await db.sql.query(
    `CREATE FUNCTION emptied() RETURNS void LANGUAGE plpgsql AS 'BEGIN TRUNCATE people CASCADE; END'`,
  );
  const found = await said();
  expect(found).toMatch(
    /would fail through the view: ON CONFLICT ON CONSTRAINT, 1 call by postgres, queryid -?\d+/u,
  );
  expect(found).toMatch(/would fail through the view: xmin, 1 call by postgres/u);
  expect(found).toContain('would fail through the view: TRUNCATE in function emptied()');
});

test('writers by both names lose nothing while every phase comes and goes', async () => {
  const acknowledged = new Map<number, string>();
  const over = new AbortController();
  const unexpected: string[] = [];
  /** By writer: how many rows it has begun. */
  const begun = new Map<number, number>();
  const writer = async (at: number, column: () => string): Promise<void> => {
    const client = await db.connect();
    for (let n = 0; !over.signal.aborted; n += 1) {
      begun.set(at, n);
      const id = at * 1_000_000 + n;
      const value = `w${id}`;
      try {
        await client.query(`INSERT INTO people (id, ${column()}) OVERRIDING SYSTEM VALUE VALUES ($1, $2)`, [
          id,
          value,
        ]);
        await client.query(`UPDATE people SET ${column()} = $2 WHERE id = $1`, [id, `${value}!`]);
        acknowledged.set(id, `${value}!`);
      } catch (error) {
        unexpected.push(error instanceof Error ? error.message : String(error));
      }
    }
  };
  const migration = await aliased();
  await migration.apply('expand');
  // Both names are there between expand and the quarantine; the old alone before, the new alone afterwards.
  let names: readonly string[] = ['mail', 'email'];
  let turn = 0;
  const either = (): string => names[(turn += 1) % names.length] ?? '';
  const writers = [writer(1, either), writer(2, either), writer(3, either)];
  /** Resolves once every writer has begun another row: what was under way is over. */
  const nextRows = async (): Promise<void> => {
    const before = new Map(begun);
    while ([1, 2, 3].some((at) => begun.get(at) === before.get(at))) await sleep(5);
  };
  await migration.apply('read-switch');
  names = ['mail'];
  await nextRows();
  await migration.undo('expand');
  await migration.apply('expand');
  names = ['email'];
  await nextRows();
  await migration.apply('quarantine');
  await migration.undo('quarantine');
  await migration.apply('quarantine', 'contract');
  await nextRows();
  over.abort();
  await Promise.all(writers);
  expect(unexpected).toEqual([]);
  expect(acknowledged.size).toBeGreaterThan(0);
  const { rows } = await db.sql.query<{ id: string; email: string }>(
    'SELECT id, email FROM people WHERE id >= 1000000',
  );
  const there = new Map(rows.map(({ id, email }) => [Number(id), email]));
  const lost = [...acknowledged].filter(([id, value]) => there.get(id) !== value);
  expect(lost).toEqual([]);
});

test.each([
  ['a column', 'ALTER TABLE people ADD COLUMN late text', 'column late is new'],
  ['a right', 'GRANT DELETE ON people TO alias_clerk', 'DELETE to alias_clerk is new'],
  ['a right on a column', 'GRANT UPDATE (n) ON people TO alias_clerk', 'UPDATE (n) to alias_clerk is new'],
  ['another owner', 'ALTER TABLE people OWNER TO alias_clerk', 'owner alias_clerk is new'],
  ['a rule', 'CREATE RULE late AS ON DELETE TO people DO INSTEAD NOTHING', 'rule late is new'],
  ['a publication', 'CREATE PUBLICATION late FOR TABLE people', 'publication late is new'],
])('%s that came since the plan is not lost behind the view, and is named', async (_, comes, named) => {
  const migration = await migrationUnderTest(db.database, `late-${(count += 1)}`, {
    table: 'public.people',
    change: { kind: 'rename-column', from: 'mail', to: 'address', by: 'alias' },
  });
  await db.sql.query(`GRANT CREATE ON SCHEMA public TO alias_clerk; ${comes}`);
  const refused: unknown = await migration.apply('expand').catch((error: unknown) => error);
  await db.sql.query('DROP PUBLICATION IF EXISTS late');
  expect(refused).toMatchObject({
    name: 'StatementRefused',
    message: expect.stringMatching(
      new RegExp(
        `the table has changed since the plan.*people is not as it was planned: .*${named.replaceAll(/[()]/gu, String.raw`\$&`)}`,
        'u',
      ),
    ) as unknown,
  });
  const { rows } = await db.sql.query(`SELECT relkind FROM pg_class WHERE oid = 'people'::regclass`);
  expect(rows).toEqual([{ relkind: 'r' }]);
});
