import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Shape } from '../../../engine/shapes/shape.ts';
import { addedShape, pairShape } from '../../engine/shapes-for-tests.ts';
import { fillTable } from '../../../rehearsal/data/fill-table.ts';
import { openTraffic, type Traffic, type TrafficProgram } from '../../../rehearsal/traffic/traffic.ts';
import type { TrafficSnapshot } from '../../../rehearsal/traffic/measurements.ts';
import type { TrafficOptions } from '../../../rehearsal/traffic/traffic-options.ts';
import { freshDatabase, type FreshDatabase } from '../../fresh-database.ts';

let database: FreshDatabase;
let client: Client;
let traffic: Traffic | undefined;
let program: TrafficProgram;

beforeAll(() => {
  program = openTraffic(inject('programs').traffic);
});
afterAll(() => program.close());

beforeEach(async () => {
  database = await freshDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});

afterEach(async () => {
  await traffic?.finish().catch(() => {});
  traffic = undefined;
  await client.end();
  await database.drop();
});

const renamed = {
  old: { column: 'email', type: 'text' },
  new: { column: 'email_address', type: 'text' },
  up: '"email"',
  down: '"email_address"',
  quarantined: 'underpin_email',
};
const rename = pairShape(renamed);

const cents = pairShape({
  old: { column: 'amount', type: 'integer' },
  new: { column: 'price', type: 'numeric(12,2)' },
  up: 'amount / 100.0',
  down: 'round(price * 100)',
  quarantined: 'underpin_amount',
});

async function begin(name: string, shape: Shape, options: Partial<TrafficOptions> = {}): Promise<Traffic> {
  traffic = await program.start({
    databaseUrl: database.url,
    table: { schema: 'public', name },
    shape,
    requestsPerSecond: 400,
    connectionsPerVersion: 3,
    seed: 7,
    statementTimeoutMs: 2000,
    readSwitch: { kind: 'none' },
    ...options,
  });
  return traffic;
}

/** Waits until the traffic has done what is asked of it. */
async function until(of: Traffic, reached: (snapshot: TrafficSnapshot) => boolean): Promise<TrafficSnapshot> {
  for (;;) {
    const snapshot = await of.snapshot();
    if (reached(snapshot)) return snapshot;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const requests = (number: number) => (snapshot: TrafficSnapshot) => snapshot.requests >= number;
const writes = ({ writes: { old, new: fresh, both } }: TrafficSnapshot): number => old + fresh + both;

async function usersTable(): Promise<void> {
  await client.query(
    'CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, name text)',
  );
  await fillTable(database.url, { schema: 'public', name: 'users' }, 300);
}

/** A dual write of its own making, right for what the traffic does. */
async function dualWrite(table: string, from: string, to: string, up: string, down: string): Promise<void> {
  await client.query(`
    CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF TG_OP = 'INSERT' THEN
        IF NEW.${from} IS NULL THEN NEW.${from} := ${down}; ELSIF NEW.${to} IS NULL THEN NEW.${to} := ${up}; END IF;
      ELSIF NEW.${from} IS DISTINCT FROM OLD.${from} AND NEW.${to} IS NOT DISTINCT FROM OLD.${to} THEN NEW.${to} := ${up};
      ELSIF NEW.${to} IS DISTINCT FROM OLD.${to} AND NEW.${from} IS NOT DISTINCT FROM OLD.${from} THEN NEW.${from} := ${down};
      END IF; RETURN NEW; END $$;
    CREATE TRIGGER follow BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION follow();
    UPDATE ${table} SET ${to} = ${up.replaceAll('NEW.', '')};`);
}

describe('traffic on a plain table', () => {
  it('finds its rows by a key whose type changes under its name, and leaves its values to the database', async () => {
    await usersTable();
    const users = { schema: 'public', name: 'users' };
    const running = await begin('users', {
      kind: 'columns',
      old: { table: users, columns: [{ name: 'id', type: 'integer' }] },
      new: { table: users, columns: [{ name: 'id_underpin_new', type: 'bigint' }] },
      up: ['id::bigint'],
      down: ['id::integer'],
      quarantined: ['id_underpin_old'],
      keepsNames: true,
    });
    const seen = await until(running, requests(300));
    expect(seen.failures).toEqual([]);
    const checked = await running.checkWrites();
    expect(checked).toMatchObject({ lost: 0, examples: [] });
    const { rows } = await client.query('SELECT count(*)::int > 0 AS inserted FROM users WHERE id > 300');
    expect(rows).toEqual([{ inserted: true }]);
  });

  it('of the old version alone fails nothing and loses nothing', async () => {
    await usersTable();
    const running = await begin('users', rename);
    await until(running, requests(200));
    await running.mark('later');
    const seen = await until(running, (now) => (now.labels['later']?.requests ?? 0) > 200);
    expect(seen.failures).toEqual([]);
    expect(seen.notes).toEqual([]);
    expect(seen.writes.new + seen.writes.both + seen.reads.new).toBe(0);
    const checked = await running.checkWrites();
    expect(checked).toMatchObject({ lost: 0, examples: [] });
    expect(checked.checked).toBeGreaterThan(30);
    const last = await running.finish();
    expect(last.labels['baseline']?.p95).toBeGreaterThan(0);
    expect(last.requests).toBe(Object.values(last.labels).reduce((sum, label) => sum + label.requests, 0));
    const left = await client.query(
      "SELECT FROM pg_stat_activity WHERE application_name LIKE 'underpin-rehearsal%' AND datname = current_database()",
    );
    expect(left.rowCount).toBe(0);
  });

  it('a write that is undone behind its back is found, by its key alone', async () => {
    await usersTable();
    const running = await begin('users', rename);
    await until(running, (snapshot) => writes(snapshot) > 60);
    await running.pause();
    await client.query(`UPDATE users SET email = 'lost' WHERE id = (SELECT max(id) FROM users)`);
    const { rows } = await client.query<{ id: string }>('SELECT max(id)::text AS id FROM users');
    expect(await running.checkWrites()).toMatchObject({ lost: 1, examples: [rows[0]?.id] });
  });

  it('a deleted row that comes back is found', async () => {
    await usersTable();
    await client.query('CREATE TABLE attic AS TABLE users');
    const running = await begin('users', rename);
    await until(running, requests(400));
    await running.pause();
    await client.query(`INSERT INTO users OVERRIDING SYSTEM VALUE
      SELECT * FROM attic a WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = a.id) LIMIT 1`);
    expect((await running.checkWrites()).lost).toBe(1);
  });

  it('a failed request is counted under its code and label, without values', async () => {
    await usersTable();
    const running = await begin('users', rename);
    await running.mark('breaking');
    await client.query("ALTER TABLE users ADD CONSTRAINT none CHECK (email = '') NOT VALID");
    const { failures } = await until(running, (snapshot) => snapshot.failed > 3);
    expect(failures[0]).toMatchObject({ code: '23514', label: 'breaking' });
    expect(failures[0]?.message).not.toContain('@');
    expect((await running.checkWrites()).lost).toBe(0);
  });

  it('a lock is measured in the waits and in the latency of everybody who came meanwhile', async () => {
    await usersTable();
    const running = await begin('users', rename);
    await until(running, requests(50));
    await running.mark('locked');
    await client.query('BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE');
    await until(running, ({ lockWaits }) => lockWaits.longestMs >= 250);
    await client.query('COMMIT');
    await running.mark('after');
    await running.pause();
    const { labels, lockWaits, failed } = await running.snapshot();
    expect(lockWaits.longestMsByLabel['locked']).toBeGreaterThanOrEqual(250);
    expect(labels['locked']?.p50).toBeGreaterThan(50);
    expect(labels['locked']?.wait.p95).toBeGreaterThan(50);
    expect(failed).toBe(0);
  });

  it('killed sessions are failed requests, and their writes may be there or not', async () => {
    await usersTable();
    const running = await begin('users', rename);
    await until(running, requests(100));
    await client.query('BEGIN; LOCK TABLE users IN EXCLUSIVE MODE');
    await until(running, ({ lockWaits }) => lockWaits.longestMs > 0);
    await client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'underpin-rehearsal-old' AND datname = current_database()",
    );
    await client.query('COMMIT');
    const failed = await until(running, (snapshot) => snapshot.failed > 0);
    expect(failed.failures.map(({ code }) => code)).toContain('57P01');
    await until(running, requests(failed.requests + 200));
    expect((await running.checkWrites()).lost).toBe(0);
  });
});

describe('two versions together', () => {
  it('reads and writes both shapes, then the new one alone, and every write stands on both sides', async () => {
    await usersTable();
    const running = await begin('users', rename);
    await until(running, requests(200));
    await client.query('ALTER TABLE users ADD COLUMN email_address text');
    await dualWrite('users', 'email', 'email_address', 'NEW.email', 'NEW.email_address');
    await running.setStage('both');
    const both = await until(
      running,
      (now) => now.writes.new > 20 && now.writes.both > 10 && now.reads.new > 50,
    );
    expect(both.failures).toEqual([]);
    expect((await running.checkWrites()).lost).toBe(0);
    await running.setStage('new-only');
    const before = await running.snapshot();
    await client.query('DROP TRIGGER follow ON users; ALTER TABLE users DROP COLUMN email');
    const after = await until(running, requests(before.requests + 300));
    expect(after.failures).toEqual([]);
    expect(after.reads.old).toBe(before.reads.old);
    expect((await running.checkWrites()).lost).toBe(0);
    const old = await client.query(
      "SELECT FROM pg_stat_activity WHERE application_name = 'underpin-rehearsal-old' AND datname = current_database()",
    );
    expect(old.rowCount).toBe(0);
  });

  it('what the old version wrote before is missed in a new column that nobody has filled', async () => {
    await usersTable();
    const running = await begin('users', rename);
    await until(running, (now) => writes(now) > 20);
    await running.pause();
    await client.query('ALTER TABLE users ADD COLUMN email_address text');
    expect((await running.checkWrites()).lost).toBeGreaterThan(10);
    await client.query('UPDATE users SET email_address = email');
    expect((await running.checkWrites()).lost).toBe(0);
  });

  it('without dual write, what one side wrote is missed on the other', async () => {
    await usersTable();
    await client.query(
      'ALTER TABLE users ADD COLUMN email_address text UNIQUE, ALTER COLUMN email DROP NOT NULL',
    );
    await client.query('UPDATE users SET email_address = email');
    const running = await begin('users', rename);
    await running.setStage('both');
    const seen = await until(running, (now) => now.writes.new > 10 && now.writes.old > 10);
    expect((await running.checkWrites()).lost).toBeGreaterThan(10);
    expect((await running.checkWrites({ only: 'old' })).lost).toBeLessThan(writes(seen));
  });

  it('a type change is checked by its conversions, and survives the rollback that drops the new column', async () => {
    await client.query(
      'CREATE TABLE orders (id serial PRIMARY KEY, amount integer NOT NULL DEFAULT 0, note text)',
    );
    await fillTable(database.url, { schema: 'public', name: 'orders' }, 300);
    const running = await begin('orders', cents);
    await client.query('ALTER TABLE orders ADD COLUMN price numeric(12,2), ALTER COLUMN amount DROP DEFAULT');
    await dualWrite('orders', 'amount', 'price', 'NEW.amount / 100.0', 'round(NEW.price * 100)');
    await running.setStage('both');
    await until(running, (now) => now.writes.new > 20 && now.writes.both > 10 && now.writes.old > 20);
    expect((await running.checkWrites()).lost).toBe(0);
    await running.setStage('baseline');
    await client.query('DROP TRIGGER follow ON orders; ALTER TABLE orders DROP COLUMN price');
    const before = await running.snapshot();
    const after = await until(running, requests(before.requests + 100));
    expect(after.failures).toEqual([]);
    expect((await running.checkWrites()).lost).toBe(0);
    await client.query('UPDATE orders SET amount = amount + 1');
    expect((await running.checkWrites()).lost).toBeGreaterThan(50);
  });

  it('the column under its quarantine name is still held to what was written', async () => {
    await usersTable();
    const running = await begin('users', rename);
    await client.query('ALTER TABLE users ADD COLUMN email_address text');
    await dualWrite('users', 'email', 'email_address', 'NEW.email', 'NEW.email_address');
    await running.setStage('both');
    await until(running, (now) => now.writes.new > 10);
    await running.setStage('new-only');
    await running.pause();
    await client.query('DROP TRIGGER follow ON users; ALTER TABLE users RENAME email TO underpin_email');
    expect((await running.checkWrites()).lost).toBe(0);
    await client.query("UPDATE users SET underpin_email = 'x' || underpin_email");
    expect((await running.checkWrites()).lost).toBeGreaterThan(10);
  });

  it('an added column is written by the new version only', async () => {
    await usersTable();
    const added = addedShape('locale', 'varchar(5)', "CASE WHEN id > 0 THEN 'en' END");
    const running = await begin('users', added);
    const seen = await until(running, requests(200));
    expect(seen.writes).toEqual({ old: 0, new: 0, both: 0 });
    await client.query('ALTER TABLE users ADD COLUMN locale varchar(5)');
    await running.setStage('both');
    await until(running, (now) => now.writes.new > 20);
    await running.setStage('new-only');
    const { failures } = await until(running, (now) => now.writes.new > 40);
    expect(failures).toEqual([]);
    expect((await running.checkWrites()).lost).toBe(0);
    await client.query('UPDATE users SET locale = NULL');
    expect((await running.checkWrites()).lost).toBeGreaterThan(10);
  });
});

describe('awkward tables', () => {
  it('a composite key, foreign keys both ways, unique text and NOT NULL columns get every kind of request', async () => {
    await client.query(`
      CREATE TYPE mood AS ENUM ('glad', 'sad');
      CREATE TABLE team (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), title text);
      CREATE TABLE "Person Record" (
        team uuid NOT NULL REFERENCES team, "no" integer NOT NULL, "Code" varchar(8) UNIQUE, mood mood NOT NULL,
        "user" varchar(30) NOT NULL CHECK ("user" <> ''), since timestamptz NOT NULL, PRIMARY KEY (team, "no"));
      CREATE TABLE note (team uuid, "no" int, FOREIGN KEY (team, "no") REFERENCES "Person Record" ON DELETE CASCADE)`);
    await fillTable(database.url, { schema: 'public', name: 'note' }, 2000);
    const before = await client.query('SELECT count(*) FROM note');
    const shape = pairShape({
      ...renamed,
      old: { column: 'user', type: 'varchar(30)' },
      new: { column: 'Full "Name"', type: 'text' },
      up: '"user"',
      down: '"Full ""Name"""',
    });
    const running = await begin('Person Record', shape);
    const { failures, notes, writes: written } = await until(running, requests(600));
    expect(failures).toEqual([]);
    expect(notes).toEqual([]);
    expect(written.old).toBeGreaterThan(50);
    expect((await running.checkWrites()).lost).toBe(0);
    expect((await client.query('SELECT count(*) FROM note')).rows).toEqual(before.rows);
  });

  it('what a table cannot take is left out and said, not failed', async () => {
    await client.query(`
      CREATE TABLE setting (is_on boolean PRIMARY KEY, email text NOT NULL CHECK (email IN ('a', 'b')));
      INSERT INTO setting VALUES (true, 'a'), (false, 'b')`);
    const running = await begin('setting', rename);
    const { failures, notes } = await until(running, requests(200));
    expect(failures).toEqual([]);
    expect(notes.join('\n')).toMatch(/insert: setting_pkey/u);
    expect((await running.checkWrites()).lost).toBe(0);
  });

  it('values that the conversion refuses are not written', async () => {
    await client.query(`
      CREATE TABLE t (id serial PRIMARY KEY, email text);
      INSERT INTO t (email) SELECT CASE s % 3 WHEN 0 THEN 'none' ELSE s::text END FROM generate_series(1, 90) s`);
    const shape = pairShape({
      ...renamed,
      new: { column: 'n', type: 'integer' },
      up: 'email::integer',
      down: 'n::text',
    });
    const running = await begin('t', shape);
    await until(running, (now) => writes(now) > 30);
    await running.pause();
    expect((await client.query("SELECT count(*)::int AS n FROM t WHERE email = 'none'")).rows).not.toEqual([
      { n: 90 },
    ]);
    expect((await running.checkWrites()).lost).toBe(0);
  });

  it('a table without a key or without rows is refused, with the remedy', async () => {
    await client.query('CREATE TABLE bare (email text); CREATE TABLE empty (id int PRIMARY KEY, email text)');
    await expect(begin('bare', rename)).rejects.toThrow(/no primary key.*give the copy/u);
    await expect(begin('empty', rename)).rejects.toThrow(/no rows.*--rows N/u);
    const { rows } = await client.query(
      "SELECT application_name FROM pg_stat_activity WHERE datname = current_database() AND application_name ~ 'underpin-rehearsal'",
    );
    expect(rows).toEqual([]);
  });
});

describe('the process', () => {
  it('that cannot ask, or has ended, is an error to whoever asks, not a hang', async () => {
    await usersTable();
    const running = await begin('users', rename);
    await client.query('ALTER TABLE users RENAME TO elsewhere');
    await expect(running.checkWrites()).rejects.toThrow(
      /"users" does not exist|"public.users" does not exist/u,
    );
    await running.finish().catch(() => {});
    await expect(running.snapshot()).rejects.toThrow(/ended/u);
  });
});
