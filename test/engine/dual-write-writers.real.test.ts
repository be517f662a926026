import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { from as copyFrom } from 'pg-copy-streams';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';

const rename = { kind: 'rename-column', from: 'email', to: 'email_address' };
let db: DatabaseUnderTest;
let migration: MigrationUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());

/** A table `people` of its own for every test, under dual write when `prepare` has run. */
async function underDualWrite(schema: string, prepare = ''): Promise<void> {
  await db.sql.query(`DROP TABLE IF EXISTS people CASCADE; ${schema}; ${prepare}`);
  migration = await migrationUnderTest(db.database, `people-${(count += 1)}`, {
    table: 'public.people',
    change: rename,
  });
  await migration.apply('expand', 'dual-write');
}
const people = 'CREATE TABLE people (id int PRIMARY KEY, email text, note text)';
const rows = async () =>
  (await db.sql.query({ text: 'SELECT id, email, email_address FROM people ORDER BY id', rowMode: 'array' }))
    .rows;

describe('writers of every kind', () => {
  beforeEach(() => underDualWrite(people));

  test.each(['email', 'email_address'])('COPY into %s reaches both columns', async (column) => {
    const copy = db.sql.query(copyFrom(`COPY people (id, ${column}) FROM STDIN`));
    await pipeline(Readable.from(['1\ta\n', '2\t\\N\n', '3\tb\n']), copy);
    expect(await rows()).toEqual([
      [1, 'a', 'a'],
      [2, null, null],
      [3, 'b', 'b'],
    ]);
  });

  test('a session in replication mode does not slip past', async () => {
    const loader = await db.connect({ options: '-c session_replication_role=replica' });
    await loader.query(`INSERT INTO people (id, email) VALUES (1, 'a')`);
    await loader.query(`UPDATE people SET email_address = 'b'`);
    expect(await rows()).toEqual([[1, 'b', 'b']]);
  });

  test('a role without any right on schema underpin writes both, also under row level security', async () => {
    await db.sql.query(`
      DROP ROLE IF EXISTS application;
      CREATE ROLE application LOGIN PASSWORD 'x';
      REVOKE ALL ON SCHEMA underpin FROM PUBLIC;
      GRANT SELECT, INSERT, UPDATE ON people TO application;
      ALTER TABLE people ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own ON people TO application USING (note = 'mine') WITH CHECK (note = 'mine');
      INSERT INTO people VALUES (9, 'other', 'theirs')`);
    const writer = await db.connect({ user: 'application', password: 'x' });
    await writer.query(`INSERT INTO people (id, email, note) VALUES (1, 'a', 'mine')`);
    await writer.query(`UPDATE people SET email_address = 'b'`);
    expect(await rows()).toEqual([
      [1, 'b', 'b'],
      [9, 'other', 'other'],
    ]);
    await db.sql.query('DROP OWNED BY application; DROP ROLE application');
  });

  test('an upsert by either column, once the new one is unique too', async () => {
    await db.sql.query('ALTER TABLE people ADD UNIQUE (email), ADD UNIQUE (email_address)');
    for (const column of ['email', 'email_address'])
      for (const note of ['first', 'second'])
        await db.sql.query(
          `INSERT INTO people (id, ${column}, note) VALUES (1, 'a', $1) ON CONFLICT (${column}) DO UPDATE SET note = excluded.note`,
          [note],
        );
    expect(await rows()).toEqual([[1, 'a', 'a']]);
  });

  test('a foreign key on the old column that cascades reaches the new one', async () => {
    await underDualWrite(
      `DROP TABLE IF EXISTS accounts; CREATE TABLE accounts (email text PRIMARY KEY);
       CREATE TABLE people (id int PRIMARY KEY,
         email text REFERENCES accounts ON DELETE SET NULL ON UPDATE CASCADE)`,
      `INSERT INTO accounts VALUES ('a'), ('b'); INSERT INTO people VALUES (1, 'a'), (2, 'b')`,
    );
    await migration.backfill();
    const change = async () => {
      await db.sql.query(`UPDATE accounts SET email = email || '+' WHERE email LIKE 'a%'`);
      return rows();
    };
    expect(await change()).toEqual([
      [1, 'a+', 'a+'],
      [2, 'b', 'b'],
    ]);
    await migration.apply('verify', 'read-switch');
    expect(await change()).toEqual([
      [1, 'a++', 'a++'],
      [2, 'b', 'b'],
    ]);
    await db.sql.query(`DELETE FROM accounts WHERE email LIKE 'b%'`);
    expect(await rows()).toEqual([
      [1, 'a++', 'a++'],
      [2, null, null],
    ]);
    await migration.apply('quarantine', 'contract');
    await db.sql.query(`DELETE FROM accounts`);
    expect((await db.sql.query('SELECT email_address FROM people')).rows).toEqual([
      { email_address: null },
      { email_address: null },
    ]);
  });
});

const trigger = (name: string, when: string, body: string): string =>
  `CREATE OR REPLACE FUNCTION ${name}_f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} END $$;
   CREATE TRIGGER "${name}" ${when} ON people FOR EACH ROW EXECUTE FUNCTION ${name}_f()`;

describe('triggers of other people', () => {
  test('that normalise the old column are seen by the new one', async () => {
    await underDualWrite(
      people,
      trigger('zz_lower', 'BEFORE INSERT OR UPDATE', 'NEW.email := lower(NEW.email); RETURN NEW;'),
    );
    await db.sql.query(`INSERT INTO people (id, email) VALUES (1, 'A'), (2, 'B')`);
    await db.sql.query(`UPDATE people SET email = 'C' WHERE id = 2`);
    expect(await rows()).toEqual([
      [1, 'a', 'a'],
      [2, 'c', 'c'],
    ]);
  });

  test('that skip a write leave both columns as they were', async () => {
    await underDualWrite(
      people,
      trigger('refuser', 'BEFORE UPDATE', `IF NEW.note = 'no' THEN RETURN NULL; END IF; RETURN NEW;`),
    );
    await db.sql.query(`INSERT INTO people (id, email) VALUES (1, 'a')`);
    await db.sql.query(`UPDATE people SET email = 'b', note = 'no'`);
    expect(await rows()).toEqual([[1, 'a', 'a']]);
  });

  test('that skip the backfill’s own write are found by verification', async () => {
    await db.sql.query(
      `DROP TABLE people CASCADE; ${people}; INSERT INTO people VALUES (1, 'a', 'no'), (2, 'b', 'yes')`,
    );
    await db.sql.query(
      trigger('refuser', 'BEFORE UPDATE', `IF NEW.note = 'no' THEN RETURN NULL; END IF; RETURN NEW;`),
    );
    migration = await migrationUnderTest(db.database, `people-${(count += 1)}`, {
      table: 'public.people',
      change: rename,
    });
    await migration.apply('expand', 'dual-write');
    await migration.backfill();
    expect(await migration.mismatches()).toBe(1);
  });

  test('that run after the write see both columns equal', async () => {
    await underDualWrite(
      people,
      `CREATE TABLE IF NOT EXISTS audit (old text, new text); TRUNCATE audit;
       ${trigger('audit_it', 'AFTER INSERT OR UPDATE', `INSERT INTO audit VALUES (NEW.email, to_jsonb(NEW) ->> 'email_address'); RETURN NULL;`)}`,
    );
    await db.sql.query(`INSERT INTO people (id, email) VALUES (1, 'a')`);
    await db.sql.query(`UPDATE people SET email_address = 'b'`);
    expect((await db.sql.query('SELECT old, new FROM audit')).rows).toEqual([
      { old: 'a', new: 'a' },
      { old: 'b', new: 'b' },
    ]);
  });

  test('that would run after ours are refused before anything is touched', async () => {
    await db.sql.query(`DROP TABLE people CASCADE; ${people}`);
    await db.sql.query(trigger('~~last', 'BEFORE INSERT', 'RETURN NEW;').replaceAll('~~last_f', 'last_f'));
    await expect(
      migrationUnderTest(db.database, 'late', { table: 'public.people', change: rename }),
    ).rejects.toThrow(
      'table: trigger ~~last on people would run after the dual write and could undo it. Rename it to sort before "~underpin_".',
    );
  });

  test('a generated column follows the old column whichever side was written', async () => {
    await underDualWrite(
      `CREATE TABLE people (id int PRIMARY KEY, email text, note text,
         domain text GENERATED ALWAYS AS (split_part(email, '@', 2)) STORED)`,
    );
    await db.sql.query(`INSERT INTO people (id, email_address) VALUES (1, 'a@b')`);
    await db.sql.query(`INSERT INTO people (id, email) VALUES (2, 'a@c')`);
    await db.sql.query(`UPDATE people SET email_address = 'a@d' WHERE id = 2`);
    const { rows: domains } = await db.sql.query('SELECT domain FROM people ORDER BY id');
    expect(domains).toEqual([{ domain: 'b' }, { domain: 'd' }]);
    expect(migration.plan.warnings.join()).toContain('column domain of table people names people.email');
  });
});

describe('a conversion that calls a function of the author’s', () => {
  beforeAll(async () => {
    await db.sql.query(`
      CREATE SCHEMA tools;
      CREATE FUNCTION public.to_units(cents integer) RETURNS numeric LANGUAGE sql AS 'SELECT cents / 100.0';
      CREATE FUNCTION tools.to_cents(units numeric) RETURNS integer LANGUAGE sql AS 'SELECT round(units * 100)::integer';
      CREATE TABLE prices (id int PRIMARY KEY, cents integer)`);
    const change = {
      kind: 'change-type',
      column: 'cents',
      to: 'units',
      type: 'numeric',
      up: 'to_units(cents)',
      down: 'tools.to_cents(units)',
    };
    await (
      await migrationUnderTest(db.database, 'prices', { table: 'public.prices', change })
    ).apply('expand', 'dual-write');
  });

  test('finds it whatever the search_path of the writer is', async () => {
    const writer = await db.connect({ options: '-c search_path=pg_catalog' });
    await writer.query('INSERT INTO public.prices (id, cents) VALUES (1, 150)');
    await writer.query('INSERT INTO public.prices (id, units) VALUES (2, 2.5)');
    const { rows: prices } = await writer.query('SELECT cents, units::float8 FROM public.prices ORDER BY id');
    expect(prices).toEqual([
      { cents: 150, units: 1.5 },
      { cents: 250, units: 2.5 },
    ]);
  });

  test('serves a writer without any right on it', async () => {
    await db.sql.query(
      `DROP ROLE IF EXISTS stranger; CREATE ROLE stranger LOGIN PASSWORD 'x'; GRANT ALL ON prices TO stranger`,
    );
    const writer = await db.connect({ user: 'stranger', password: 'x' });
    await writer.query('INSERT INTO public.prices (id, units) VALUES (3, 2.5)');
    const { rows: written } = await writer.query('SELECT cents FROM public.prices WHERE id = 3');
    expect(written).toEqual([{ cents: 250 }]);
    await db.sql.query('DROP OWNED BY stranger; DROP ROLE stranger');
  });
});
