import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataError } from '../../../rehearsal/data/data-error.ts';
import { fillTable } from '../../../rehearsal/data/fill-table.ts';
import { freshDatabase, type FreshDatabase } from '../../fresh-database.ts';

let database: FreshDatabase;
let client: Client;

beforeEach(async () => {
  database = await freshDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});

afterEach(async () => {
  await client.end();
  await database.drop();
});

const fill = (name: string, rows: number, schema = 'public'): Promise<number> =>
  fillTable(database.url, { schema, name }, rows);

async function value(sql: string): Promise<unknown> {
  const { rows } = await client.query<{ value: unknown }>(`SELECT (${sql}) AS value`);
  return rows[0]?.value;
}

describe('the example schema', () => {
  it('fills orders, and users for them to belong to, with varied values', async () => {
    const schema = new URL('../../../rehearsal/data/example-schema.sql', import.meta.url);
    await client.query(readFileSync(schema, 'utf8'));
    const progress: number[] = [];
    const rows = await fillTable(database.url, { schema: 'public', name: 'orders' }, 25_000, (done) =>
      progress.push(done),
    );
    expect(rows).toBe(25_000);
    expect(progress.at(-1)).toBe(25_000);
    expect(await value('SELECT count(*)::int FROM users')).toBe(2500);
    expect(await value('SELECT count(DISTINCT amount) > 1000 FROM orders')).toBe(true);
    expect(
      await value(`SELECT count(*)::int FROM users WHERE email !~ '^[a-z]+[.]\\d+@example[.]com$'`),
    ).toBe(0);
    expect(await value('SELECT count(*) BETWEEN 20 AND 300 FROM users WHERE name IS NULL')).toBe(true);
    expect(await value("SELECT reltuples::int FROM pg_class WHERE relname = 'orders'")).toBe(25_000);
  });
});

describe('a rule that says', () => {
  it.each([
    ['how many bytes there are', 'sha bytea NOT NULL, CHECK (octet_length(sha) = 32)'],
    ['what it is in capitals', `sex char(1) NOT NULL, CHECK (upper(sex::text) = ANY (ARRAY['M', 'F']))`],
    [
      'which of two moments comes first',
      'made timestamp NOT NULL DEFAULT now(), due timestamp NOT NULL, CHECK (due >= made)',
    ],
    ['that one of two is there', 'a integer, b integer, CHECK (num_nonnulls(a, b) = 1)'],
    ['that one of two is missing', 'a text, b text, CHECK ((a IS NOT NULL) <> (b IS NOT NULL))'],
    ['how long it is without spaces', 'a text NOT NULL, CHECK (length(TRIM(BOTH FROM a)) > 40)'],
  ])('%s is kept', async (_, columns) => {
    await client.query(`CREATE TABLE t (id integer PRIMARY KEY, ${columns})`);
    expect(await fill('t', 100)).toBe(100);
  });
});

it('a row belongs to one of several parents, and each of them gets some', async () => {
  await client.query(`
    CREATE TABLE plans (id integer PRIMARY KEY);
    CREATE TABLE people (id integer PRIMARY KEY);
    CREATE TABLE teams (id integer PRIMARY KEY);
    CREATE TABLE limits (id integer PRIMARY KEY, plan integer REFERENCES plans, person integer REFERENCES people,
                         team integer REFERENCES teams, CHECK (num_nonnulls(plan, person, team) = 1))`);
  expect(await fill('limits', 90)).toBe(90);
  const each = await client.query(
    'SELECT count(plan)::int, count(person)::int, count(team)::int FROM limits',
  );
  expect(Object.values(each.rows[0] ?? {})).not.toContain(0);
});

it('two tables that refer to each other, one of them by its own key and a column that may be NULL, get rows', async () => {
  await client.query(`
    CREATE TABLE scopes (id text PRIMARY KEY, main text);
    CREATE TABLE ways (id text PRIMARY KEY, scope text NOT NULL REFERENCES scopes, UNIQUE (scope, id));
    ALTER TABLE scopes ADD FOREIGN KEY (id, main) REFERENCES ways (scope, id)`);
  expect(await fill('scopes', 50)).toBe(50);
  expect(await fill('ways', 50)).toBe(50);
});

describe('rows that are there already', () => {
  it('count: only what is missing is added, and nothing when nothing is', async () => {
    await client.query('CREATE TABLE t (id int PRIMARY KEY, name text UNIQUE)');
    await client.query("INSERT INTO t SELECT s, 'name ' || s FROM generate_series(1, 40) s");
    expect(await fill('t', 100)).toBe(100);
    expect(await fill('t', 60)).toBe(100);
    expect(await value('SELECT count(*)::int FROM t')).toBe(100);
  });

  it('are imitated when a trigger refuses everything made up', async () => {
    await client.query(`
      CREATE TABLE t (id bigserial PRIMARY KEY, plate text NOT NULL, email varchar(30) UNIQUE);
      CREATE FUNCTION known_plate() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF NEW.plate <> 'HH-XY 1' THEN RAISE EXCEPTION 'no such plate'; END IF; RETURN NEW; END $$;
      CREATE TRIGGER known_plate BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION known_plate();
      INSERT INTO t (plate, email) VALUES ('HH-XY 1', 'somebody.with.a.long@name.org');`);
    expect(await fill('t', 500)).toBe(500);
    expect(await value(`SELECT count(*)::int FROM t WHERE email !~ '^[a-z.0-9]*@name[.]org$'`)).toBe(0);
  });
});

describe('awkward schemas', () => {
  it('quoted and reserved identifiers', async () => {
    await client.query(`
      CREATE SCHEMA "My Schema";
      CREATE TABLE "My Schema"."Order" (
        "select" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        "group by" text NOT NULL UNIQUE, "it's ""quoted""" int CHECK ("it's ""quoted""" BETWEEN 5 AND 9),
        n int NOT NULL, pick text NOT NULL, value uuid NOT NULL, candidate text);
      CREATE TABLE "My Schema"."user" ("Order" bigint REFERENCES "My Schema"."Order" NOT NULL, n text NOT NULL)`);
    expect(await fill('user', 300, 'My Schema')).toBe(300);
  });

  it('composite foreign keys that share the tenant with each other', async () => {
    await client.query(`
      CREATE TABLE tenant (id serial PRIMARY KEY, name text NOT NULL);
      CREATE TABLE person (tenant_id int REFERENCES tenant, id int, PRIMARY KEY (tenant_id, id));
      CREATE TABLE project (tenant_id int REFERENCES tenant, code varchar(4), PRIMARY KEY (tenant_id, code));
      CREATE TABLE work (
        id bigserial PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenant, person_id int NOT NULL,
        project_code varchar(4), FOREIGN KEY (tenant_id, person_id) REFERENCES person,
        FOREIGN KEY (tenant_id, project_code) REFERENCES project)`);
    expect(await fill('work', 2000)).toBe(2000);
    expect(await value('SELECT count(*) > 1000 FROM work WHERE project_code IS NOT NULL')).toBe(true);
  });

  it('a join table, whose key is two foreign keys and an enum', async () => {
    await client.query(`
      CREATE TYPE role AS ENUM ('reader', 'writer', 'it''s owner');
      CREATE TABLE person (id uuid PRIMARY KEY);
      CREATE TABLE team (id bigserial PRIMARY KEY, title varchar(40) UNIQUE NOT NULL);
      CREATE TABLE member (person uuid REFERENCES person, team bigint REFERENCES team, role role,
                           PRIMARY KEY (person, team, role))`);
    expect(await fill('member', 5000)).toBe(5000);
  });

  it('one to one: a foreign key that is also unique', async () => {
    await client.query(`
      CREATE TABLE account (id bigint PRIMARY KEY);
      CREATE TABLE profile (account_id bigint PRIMARY KEY REFERENCES account, bio text)`);
    expect(await fill('profile', 3000)).toBe(3000);
    expect(await fill('profile', 3500)).toBe(3500);
  });

  it('rows that point at rows of their own table, also when they must', async () => {
    await client.query(`
      CREATE TABLE category (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent bigint REFERENCES category);
      CREATE TABLE node (id serial PRIMARY KEY, root int NOT NULL REFERENCES node, label text)`);
    expect(await fill('category', 1000)).toBe(1000);
    expect(await value('SELECT count(parent) > 500 FROM category')).toBe(true);
    expect(await fill('node', 1000)).toBe(1000);
    expect(await value('SELECT count(DISTINCT root) > 10 FROM node')).toBe(true);
  });

  it('tables that point at each other', async () => {
    await client.query(`
      CREATE TABLE department (id serial PRIMARY KEY, head int);
      CREATE TABLE employee (id serial PRIMARY KEY, department int NOT NULL REFERENCES department);
      ALTER TABLE department ADD FOREIGN KEY (head) REFERENCES employee`);
    expect(await fill('employee', 400)).toBe(400);
  });

  it('check constraints and domains', async () => {
    await client.query(`
      CREATE DOMAIN email AS text CHECK (VALUE ~ '^[^@]+@[^@]+[.][a-z]+$');
      CREATE DOMAIN percentage AS numeric(5, 2) NOT NULL CHECK (VALUE >= 0 AND VALUE <= 100);
      CREATE DOMAIN country AS char(2) CHECK (VALUE ~ '^[A-Z]{2}$');
      CREATE TABLE t (
        id int GENERATED ALWAYS AS IDENTITY, contact email NOT NULL UNIQUE, share percentage, country country,
        amount int CHECK (amount > 0 AND amount % 5 = 0), kind varchar(10) NOT NULL CHECK (kind IN ('a', 'b')),
        name varchar(12) CHECK (char_length(name) >= 3), sku text NOT NULL CHECK (sku LIKE 'SKU-%'),
        phone text CHECK (phone ~ '^\\+[0-9]{6,14}$'), starts date NOT NULL, ends date CHECK (ends >= starts),
        a int, b int, CHECK (num_nonnulls(a, b) >= 1), lower_only text CHECK (lower_only = lower(lower_only)),
        ratio float8 CHECK (ratio > 0 AND ratio < 1), UNIQUE (kind, name), UNIQUE (sku))`);
    expect(await fill('t', 3000)).toBe(3000);
    expect(await value('SELECT count(DISTINCT country) > 20 FROM t')).toBe(true);
  });

  it('every common type, plain and unique', async () => {
    const types = `
      smallint; integer; bigint; numeric; numeric(4,4); numeric(12,2); real; double precision;
      money; text; varchar(3); varchar(80); char(5); "char"; name; bytea;
      boolean; date; time; timetz; timestamp(0); timestamptz; interval; uuid;
      json; jsonb; xml; inet; cidr; macaddr; macaddr8; bit(7);
      varbit(200); point; line; lseg; box; path; polygon; circle;
      int4range; int8range; numrange; tsrange; tstzrange; daterange; int4multirange; tsvector;
      tsquery; pg_lsn; oid; int[]; text[]; uuid[]; numeric(6,1)[]`
      .split(';')
      .map((type) => type.trim());
    await client.query(`CREATE TABLE every (${types.map((type, n) => `c${n} ${type} NOT NULL`).join(', ')})`);
    expect(await fill('every', 200)).toBe(200);
    const unique = types.filter(
      (type) =>
        !/numeric\(4|"char"|bool|^json$|xml|bit|point|line|lseg|box|path|poly|circle|^time$|timetz|tsq|money/u.test(
          type,
        ),
    );
    await client.query(
      `CREATE TABLE "unique" (${unique.map((type, n) => `c${n} ${type} NOT NULL UNIQUE`).join(', ')})`,
    );
    expect(await fill('unique', 200)).toBe(200);
  });

  it('generated columns, composites, exclusion constraints and unique expressions', async () => {
    await client.query(`
      CREATE TYPE place AS (street text, floor smallint);
      CREATE TABLE booking (
        id serial PRIMARY KEY, net numeric(10,2) NOT NULL, gross numeric GENERATED ALWAYS AS (net * 1.19) STORED,
        place place NOT NULL, slot tsrange NOT NULL, EXCLUDE USING gist (slot WITH &&), login text NOT NULL);
      CREATE UNIQUE INDEX ON booking (lower(login))`);
    expect(await fill('booking', 1000)).toBe(1000);
  });

  it('constraints that are checked at commit, and partitions', async () => {
    await client.query(`
      CREATE TABLE place (id int PRIMARY KEY, rank int NOT NULL UNIQUE DEFERRABLE INITIALLY DEFERRED);
      CREATE TABLE visit (id bigint GENERATED ALWAYS AS IDENTITY, place int NOT NULL REFERENCES place, PRIMARY KEY (id, place))
        PARTITION BY HASH (place);
      CREATE TABLE visit_0 PARTITION OF visit FOR VALUES WITH (MODULUS 2, REMAINDER 0);
      CREATE TABLE visit_1 PARTITION OF visit FOR VALUES WITH (MODULUS 2, REMAINDER 1)`);
    expect(await fill('visit', 500)).toBe(500);
  });

  it.each([
    [
      'past years',
      'at timestamptz NOT NULL DEFAULT now()',
      'RANGE (at)',
      [`FROM ('2019-01-01') TO ('2020-01-01')`],
    ],
    [
      'days',
      'at date',
      'RANGE (at)',
      [`FROM ('2019-01-01') TO ('2019-01-03')`, `FROM ('2021-01-01') TO (MAXVALUE)`],
    ],
    ['numbers', 'at bigint', 'RANGE (at)', ['FROM (MINVALUE) TO (-5)', 'FROM (1000) TO (2000)']],
    ['names', 'at text', 'RANGE (at)', [`FROM ('it''s') TO ('k')`]],
    ['lists', 'at text', 'LIST (at)', [`IN ('a,b', 'it''s')`, `IN (NULL, ')')`]],
    ['lists of numbers', 'at int', 'LIST (at)', ['IN (1, 2)', 'IN (-7)']],
    ['two columns', 'at int, b int', 'RANGE (at, b)', ['FROM (1, 5) TO (9, 5)']],
    ['all the rest too', 'at int', 'LIST (at)', ['IN (7)', '']],
  ])('partitions by %s', async (_, columns, by, bounds) => {
    await client.query(`CREATE TABLE part (${columns}, note text) PARTITION BY ${by}`);
    for (const [n, bound] of bounds.entries())
      await client.query(
        `CREATE TABLE part_${n} PARTITION OF part ${bound === '' ? 'DEFAULT' : `FOR VALUES ${bound}`}`,
      );
    expect(await fill('part', 300)).toBe(300);
    if (bounds.includes('')) return;
    for (const n of bounds.keys()) expect(await value(`SELECT count(*) > 20 FROM part_${n}`)).toBe(true);
  });

  it('partitions of partitions, one of them by itself, and keys over what they are made by', async () => {
    await client.query(`
      CREATE TABLE log (at date NOT NULL, place text NOT NULL, n int NOT NULL, PRIMARY KEY (at, place, n)) PARTITION BY RANGE (at);
      CREATE TABLE log_19 PARTITION OF log FOR VALUES FROM ('2019-01-01') TO ('2020-01-01') PARTITION BY LIST (place);
      CREATE TABLE log_19_a PARTITION OF log_19 FOR VALUES IN ('a');
      CREATE TABLE log_20 PARTITION OF log FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
      CREATE TABLE day (at date PRIMARY KEY) PARTITION BY RANGE (at);
      CREATE TABLE day_19 PARTITION OF day FOR VALUES FROM ('2019-01-01') TO ('2020-01-01')`);
    expect(await fill('log_19_a', 50)).toBe(50);
    expect(await fill('log', 500)).toBe(500);
    expect(await fill('day', 300)).toBe(300);
  });

  it('texts that an index or a generated column reads as another type', async () => {
    await client.query(`
      CREATE TABLE build (id serial PRIMARY KEY, number varchar NOT NULL, "Made On" text, token text NOT NULL,
        made_at int GENERATED ALWAYS AS (("Made On")::int) STORED);
      CREATE INDEX ON build ((number::int));
      CREATE INDEX ON build (id) WHERE token::uuid IS NOT NULL`);
    expect(await fill('build', 200)).toBe(200);
  });

  it('a table that the database fills all by itself', async () => {
    await client.query(
      'CREATE TABLE tick (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz DEFAULT now())',
    );
    expect(await fill('tick', 100)).toBe(100);
  });
});

describe('a table that cannot be filled', () => {
  it('names the table, the constraint and what to do', async () => {
    await client.query(`
      CREATE TABLE shop (id serial PRIMARY KEY, vat text NOT NULL CONSTRAINT vat_checksum CHECK (md5(vat) LIKE '0000%'));
      CREATE TABLE sale (id serial PRIMARY KEY, shop int NOT NULL REFERENCES shop)`);
    const error = await fill('sale', 10).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject({ table: 'public.shop', constraint: 'vat_checksum' });
    expect(String(error)).toMatch(/public\.shop.*vat_checksum.*--schema.*rehearsal: \{ rows/u);
  });

  it('says so when no more different rows exist', async () => {
    await client.query('CREATE TABLE flag (is_on boolean PRIMARY KEY)');
    await expect(fill('flag', 3)).rejects.toThrow(/after 2 rows.*flag_pkey/u);
  });

  it('is named when it is not there', async () => {
    await expect(fill('nowhere', 3)).rejects.toThrow('public.nowhere: there is no such table');
  });
});
