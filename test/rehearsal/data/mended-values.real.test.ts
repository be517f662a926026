import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fillTable } from '../../../rehearsal/data/fill-table.ts';
import { freshDatabase, type FreshDatabase } from '../../fresh-database.ts';

let database: FreshDatabase;
let client: Client;
beforeAll(async () => {
  database = await freshDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(`CREATE FUNCTION slug(text) RETURNS text LANGUAGE sql IMMUTABLE
      RETURN lower(regexp_replace($1, '[^A-Za-z0-9]+', '-', 'g'));
    CREATE DOMAIN tag_list AS text[] CHECK (cardinality(VALUE) BETWEEN 3 AND 4 AND VALUE[1] = 'main')`);
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

async function filled(columns: string): Promise<{ readonly rows: number; readonly values: number }> {
  await client.query(`DROP TABLE IF EXISTS t; CREATE TABLE t (id integer PRIMARY KEY, ${columns})`);
  const rows = await fillTable(database.url, { schema: 'public', name: 't' }, 100);
  const found = await client.query<{ values: number }>(
    'SELECT count(DISTINCT to_jsonb(t) - $1)::int AS values FROM t',
    ['id'],
  );
  return { rows, values: found.rows[0]?.values ?? 0 };
}

test.each([
  ['an array has more than two elements', 'x text[] NOT NULL CHECK (cardinality(x) > 2)'],
  ['how long an array is', 'x integer[] NOT NULL CHECK (array_length(x, 1) = 4)'],
  ['an array has two dimensions', 'x numeric[] NOT NULL CHECK (array_ndims(x) = 2)'],
  ['where an array begins', 'x integer[] NOT NULL CHECK (array_lower(x, 1) = 0)'],
  ['what an array is made of', `x text[] NOT NULL CHECK (x <@ ARRAY['read', 'write', 'own'])`],
  ['what an array has', `x text[] NOT NULL CHECK ('admin' = ANY (x))`],
  ['an array has several', `x text[] NOT NULL CHECK (x @> ARRAY['a', 'b'] AND cardinality(x) > 4)`],
  ['two make a hundred', 'a integer NOT NULL, b integer NOT NULL, CHECK (a + b = 100)'],
  [
    'two make a hundred and none is below zero',
    'a integer NOT NULL, b integer NOT NULL, CHECK (a + b = 100), CHECK (a >= 0 AND b >= 0)',
  ],
  [
    'three make one',
    'a numeric(5,4) NOT NULL, b numeric(5,4) NOT NULL, c numeric(5,4) NOT NULL, CHECK (a + b + c = 1)',
  ],
  [
    'five shares make one and none is below zero',
    `a numeric(5,4) NOT NULL CHECK (a >= 0), b numeric(5,4) NOT NULL CHECK (b >= 0), c numeric(5,4) NOT NULL CHECK (c >= 0),
     d numeric(5,4) NOT NULL CHECK (d >= 0), e numeric(5,4) NOT NULL CHECK (e >= 0), CHECK (a + b + c + d + e = 1)`,
  ],
  [
    'four make a hundred and none is below zero',
    'a int NOT NULL, b int NOT NULL, c int NOT NULL, d int NOT NULL, CHECK (a + b + c + d = 100 AND a >= 0 AND b >= 0 AND c >= 0 AND d >= 0)',
  ],
  [
    'what is computed',
    'price integer NOT NULL, pieces integer NOT NULL, total bigint NOT NULL, CHECK (total = price * pieces)',
  ],
  ['one is three times the other', 'a integer NOT NULL, b integer NOT NULL, CHECK (a = b * 3)'],
  ['it is a power of two', 'a integer NOT NULL CHECK (a > 0 AND (a & (a - 1)) = 0)'],
  ['how long and in capitals', 'x text NOT NULL CHECK (length(x) = 8 AND x = upper(x))'],
  [
    'how long and in capitals, once each',
    'x varchar(8) NOT NULL UNIQUE CHECK (length(x) = 8 AND x = upper(x))',
  ],
  ['what stands within', `x text NOT NULL CHECK (position('@' in x) > 1)`],
  ['what stands where', `x text NOT NULL CHECK (substr(x, 3, 1) = '-')`],
  ['how it begins', `x text NOT NULL CHECK (starts_with(x, 'ab'))`],
  ['how it ends, once each', `x text NOT NULL UNIQUE CHECK (right(x, 4) = '.txt')`],
  ['it has two parts', `x text NOT NULL CHECK (split_part(x, '/', 2) <> '')`],
  ['how it begins and how long it is', `x text NOT NULL CHECK (left(x, 3) = 'DE-' AND octet_length(x) = 12)`],
  ['what a function of theirs gives', 'x text NOT NULL CHECK (x = slug(x))'],
  ['it reads the same backward', 'x text NOT NULL CHECK (length(x) > 3 AND x = reverse(x))'],
  ['two are equally long', 'a text NOT NULL, b text NOT NULL, CHECK (length(a) = length(b))'],
  ['an address is of version 6', 'x inet NOT NULL CHECK (family(x) = 6)'],
  ['an address is a network', 'x inet NOT NULL CHECK (masklen(x) = 24)'],
  ['it begins a month', `x date NOT NULL CHECK (x = date_trunc('month', x))`],
  [
    'it is a Monday at eight',
    'x timestamp NOT NULL CHECK (extract(isodow FROM x) = 1 AND extract(hour FROM x) = 8)',
  ],
  ['it lasts an hour', `a timestamptz NOT NULL, b timestamptz NOT NULL, CHECK (b - a = interval '1 hour')`],
  ['it is within ten years', `a date NOT NULL, b date NOT NULL, CHECK (b > a AND b < a + 10)`],
  ['a range has no end', 'x int4range NOT NULL CHECK (upper_inf(x) AND lower(x) > 7)'],
  ['an object has a key', `x jsonb NOT NULL CHECK (x ? 'id' AND jsonb_typeof(x -> 'id') = 'number')`],
  ['it is a list', `x jsonb NOT NULL CHECK (jsonb_typeof(x) = 'array' AND jsonb_array_length(x) = 3)`],
  ['an object in an object', `x jsonb NOT NULL CHECK (x -> 'a' ->> 'b' IS NOT NULL)`],
  ['a domain', 'x tag_list NOT NULL'],
])('a rule that says %s is kept', async (_, columns) => {
  const { rows, values } = await filled(columns);
  expect(rows).toBe(100);
  expect(values).toBeGreaterThan(0);
});

test('what is found is as varied as the rule lets it be', async () => {
  expect((await filled(`x text NOT NULL CHECK (starts_with(x, 'ab'))`)).values).toBeGreaterThan(20);
  expect((await filled('a int NOT NULL, b int NOT NULL, CHECK (a + b = 100)')).values).toBeGreaterThan(20);
});

test('rows that point at rows of their own table keep such a rule too', async () => {
  const { rows } = await filled(`parent integer REFERENCES t, x text NOT NULL CHECK (starts_with(x, 'ab'))`);
  expect(rows).toBe(100);
});
