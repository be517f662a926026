import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { rehearse } from '../../rehearsal/rehearse.ts';
import { noScreen, type Screen } from '../../rehearsal/screen/screen.ts';
import { freshDatabase } from '../fresh-database.ts';
import { quickOptions } from '../migrations/quick-options.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'underpin-rows-'));
});
afterAll(() => rm(folder, { recursive: true }));

const schema = `
  CREATE FUNCTION is_code(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT md5($1) LIKE 'cafe%' $$;
  CREATE TABLE parts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text NOT NULL CHECK (is_code(code)));`;
/** Codes that satisfy the rule, which nobody could make up. */
const rows =
  "INSERT INTO parts (code) SELECT n::text FROM generate_series(1, 400000) AS n WHERE md5(n::text) LIKE 'cafe%';";
const change = `goal: Find parts by code
table: public.parts
change: { kind: add-index, name: parts_code, index: (code) }
`;

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

/** Rehearses without traffic, and gives what was said. */
async function rehearsed(
  over: Partial<Parameters<typeof rehearse>[0]> & { readonly file: string },
): Promise<string> {
  const said: string[] = [];
  const screen: Screen = { ...noScreen, line: (text) => void said.push(text) };
  const options = { ...quickOptions, rows: null, requestsPerSecond: 0, ...over };
  const { result } = await rehearse(options, screen, { programs: inject('programs') });
  expect(result.outcome).toBe('completed');
  return said.join('\n');
}

/** Nobody else may be connected to what is rehearsed on. */
async function asked(url: string, sql: string): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('a copy keeps its own rows, and gets no others', async () => {
  const copy = await freshDatabase();
  try {
    await asked(copy.url, `${schema}${rows}`);
    const count = () => asked(copy.url, 'SELECT count(*)::int AS rows FROM parts');
    const before = await count();
    const migration = await file(
      '0001-index-copied.yaml',
      `${change}rehearsal: { rows: nobody-reads-it.sql }\n`,
    );
    const said = await rehearsed({ file: migration, databaseUrl: copy.url });
    expect(await count()).toEqual(before);
    expect(said).toMatch(/public\.parts has \d+ rows, its own/u);
  } finally {
    await copy.drop();
  }
});

test('rows that cannot be made up are imitated from a file that the migration names; the refusal says so', async () => {
  const dump = await file('schema.sql', schema);
  const bare = await file('0002-index-bare.yaml', change);
  await expect(rehearsed({ file: bare, schema: dump, rows: 50 })).rejects.toThrow(
    /Cannot make up rows for public\.parts: .*--schema.*`rehearsal: \{ rows: rows\.sql \}`/u,
  );
  await file('rows.sql', rows);
  const named = await file('0003-index-named.yaml', `${change}rehearsal: { rows: rows.sql }\n`);
  expect(await rehearsed({ file: named, schema: dump, rows: 50 })).toContain('public.parts has 50 rows');
});
