import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { said, type Said } from './said.ts';
import { previewSchema, type Preview } from '../../engine/preview/preview.ts';
import { dumpPieces } from '../../rehearsal/database/dump-pieces.ts';
import { catalogSnapshot } from '../engine/catalog-snapshot.ts';
import { migrationUnderTest } from '../engine/migration-under-test.ts';
import {
  databaseUnderTest,
  resourceArn,
  secretArn,
  type DatabaseUnderTest,
} from '../engine/database-under-test.ts';

// A schema that nobody here had in mind: capitals, a composite key, a view, a trigger, a publication.
const schema = `
  CREATE SCHEMA "Fleet";
  CREATE TABLE "Fleet"."Trips" (tenant int, trip uuid, "Km" numeric NOT NULL DEFAULT 0,
    driver varchar(40), CHECK ("Km" >= 0), PRIMARY KEY (tenant, trip));
  CREATE INDEX by_driver ON "Fleet"."Trips" (driver, "Km");
  CREATE VIEW "Fleet".long_trips AS SELECT trip FROM "Fleet"."Trips" WHERE "Km" > 500;
  CREATE FUNCTION "Fleet".seen() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER audit AFTER UPDATE ON "Fleet"."Trips" FOR EACH ROW EXECUTE FUNCTION "Fleet".seen();
  CREATE PUBLICATION feed FOR TABLE "Fleet"."Trips";
  INSERT INTO "Fleet"."Trips" (tenant, trip, "Km", driver)
    SELECT CASE WHEN n % 3 = 0 THEN 7 ELSE n % 100 END, md5(n::text)::uuid, n % 900, 'd' || n % 50 FROM generate_series(1, 20000) AS n;
  ANALYZE "Fleet"."Trips";`;
const migration = `goal: Call kilometres by their name
owner: fleet-team
deadline: 2030-01-01
table: '"Fleet"."Trips"'
change:
  kind: rename-column
  from: Km
  to: kilometres
changeWindow: {}
checklist:
  rollbackNote: Reads go back.
  trafficProfile: Quiet at night.
  dashboards: [https://example.com/d]
  notify: ['#fleet']
`;

let db: DatabaseUnderTest;
let folder: string;
let file: string;
let untouched: unknown;
beforeAll(async () => {
  db = await databaseUnderTest(schema);
  untouched = await everything();
  folder = mkdtempSync(join(tmpdir(), 'underpin-plan-'));
  file = join(folder, '0001-name-kilometres.yaml');
  writeFileSync(file, migration);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await db.close();
});

/** The command line in this process; everything but the process itself. */
const underpin = (...words: readonly string[]): Promise<Said> => said(words, 100);

const plan = (...words: readonly string[]): Promise<Said> =>
  underpin('plan', file, '--database-url', db.url, ...words);

/** The plan of a document that holds one. */
function onlyPlan(out: string): Preview {
  const [only] = z
    .object({ plans: z.tuple([z.object({ plan: previewSchema })]) })
    .parse(JSON.parse(out)).plans;
  return only.plan;
}

/** What differs between two runs, and what other tests hold: the server's version, rates, the bill. */
const steady = (text: string): string =>
  text
    .replace(/PostgreSQL [\d.]+/u, 'PostgreSQL N')
    .replace(/\(counted on average[^)]*\)/u, '(counted)')
    .replace(/\$[\d.]+ on AWS[^]*?(?= {2}Assumed)/u, '(the bill)\n');

const golden = new URL('../golden/plan-of-a-foreign-schema.txt', import.meta.url);

describe('underpin plan', () => {
  test('tells a reviewer all that the database knows (UPDATE_GOLDENS=1 writes it anew)', async () => {
    const { code, out, err } = await plan();
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const text = `${steady(out).replace(/ +\n/gu, '\n')}\n`;
    if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(golden, text);
    expect(existsSync(golden) ? readFileSync(golden, 'utf8') : 'no such file').toBe(text);
  });

  test('changes nothing, neither by address nor by the Data API, and both see the same', async () => {
    const url = await plan('--format', 'json');
    expect(await everything()).toEqual(untouched);
    const arns = [
      '--cluster-arn',
      resourceArn,
      '--secret-arn',
      secretArn,
      '--database',
      new URL(db.url).pathname.slice(1),
    ];
    const byArn = await withAws(() => underpin('plan', file, '--format', 'json', ...arns));
    expect(await everything()).toEqual(untouched);
    expect(byArn.err).toBe('');
    const [one, other] = [url, byArn].map(({ out }) => onlyPlan(out));
    expect(other?.phases).toEqual(one?.phases);
    expect(other?.findings).toEqual(one?.findings);
  });

  test('gives a script that PostgreSQL runs from top to bottom', async () => {
    const { out, code } = await plan('--format', 'sql');
    expect(code).toBe(0);
    const copy = await databaseUnderTest(schema.replace(/INSERT[^;]*;/u, ''));
    try {
      await copy.sql.query('DROP VIEW "Fleet".long_trips');
      for (const piece of dumpPieces(out)) if (piece.kind === 'statement') await copy.sql.query(piece.sql);
      const { rows } = await copy.sql.query(
        `SELECT attname FROM pg_attribute WHERE attrelid = '"Fleet"."Trips"'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY 1`,
      );
      expect(rows.map(({ attname }) => attname)).toEqual(['driver', 'kilometres', 'tenant', 'trip']);
    } finally {
      await copy.close();
    }
  });

  test('without a database says what it does not know', async () => {
    const { code, out } = await underpin('plan', file);
    expect(code).toBe(0);
    expect(out).toContain('No database was asked: whether it has the table');
    expect(await underpin('plan', file, '--format', 'sql')).toMatchObject({ code: 2, out: '' });
  });

  test('refuses SQL that leaves its place, also without a database', async () => {
    const leaving = join(folder, '0003-leaving.yaml');
    const change = `{ kind: add-column, column: fresh, type: "text, DROP COLUMN driver" }`;
    writeFileSync(leaving, `goal: A test\ntable: '"Fleet"."Trips"'\nchange: ${change}\n`);
    for (const words of [[], ['--database-url', db.url]]) {
      const { code, out, err } = await underpin('plan', leaving, ...words);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toContain('change.type: `text, DROP COLUMN driver` is not one type and nothing else.');
    }
  });

  test('has code 1 while an item of the checklist is open, and names the key', async () => {
    const open = join(folder, '0002-open.yaml');
    writeFileSync(open, migration.replace(/owner: .*\n/u, '').replace(/to: kilometres/u, 'to: km_driven'));
    const { code, out } = await underpin('plan', open, '--database-url', db.url);
    expect(code).toBe(1);
    expect(out).toContain('1 open: a start refuses');
    expect(out).toContain('owner            not written yet. Write `owner: identity-team`.');
  });

  test('refuses what the database refuses, with file, line, fact and remedy, code 2', async () => {
    const wrong = join(folder, '0003-wrong.yaml');
    writeFileSync(wrong, migration.replace('from: Km', 'from: km'));
    expect(await underpin('plan', wrong, '--database-url', db.url)).toEqual({
      code: 2,
      out: '',
      err: `${wrong}:7:3 change.from: table Fleet.Trips has no column "km". Did you mean "Km"?`,
    });
  });

  test('never repeats an address that may hold a password', async () => {
    const { code, err } = await underpin(
      'plan',
      file,
      '--database-url',
      'postgres://me:hush@127.0.0.1:1/shop',
    );
    expect(code).toBe(4);
    expect(err).toMatch(/^--database-url cannot be reached: .*ECONNREFUSED.*Look at its host/u);
    expect(err).not.toContain('hush');
    expect((await underpin('plan', file, '--database-url', 'mysql://me:hush@x/y')).err).not.toContain('hush');
  });

  test('of a migration that stands already shows its plan as it was compiled', async () => {
    const stands = await databaseUnderTest(schema);
    try {
      const change = { kind: 'rename-column', from: 'Km', to: 'kilometres' };
      const begun = await migrationUnderTest(stands.database, 'name-kilometres', {
        table: '"Fleet"."Trips"',
        change,
      });
      await begun.apply('expand');
      const { code, out, err } = await underpin(
        'plan',
        file,
        '--database-url',
        stands.url,
        '--format',
        'json',
      );
      expect({ code, err }).toEqual({ code: 0, err: '' });
      const { findings, phases } = onlyPlan(out);
      expect(findings[0]?.fact).toContain(
        'this migration stands in this database already (running, in expand)',
      );
      expect(phases?.[0]?.statements[0]?.does).toBe('add kilometres');
    } finally {
      await stands.close();
    }
  });

  test('says which role it needs, where it may not look', async () => {
    await db.sql.query(`DROP ROLE IF EXISTS plan_guest; CREATE ROLE plan_guest LOGIN PASSWORD 'x';
      ALTER ROLE plan_guest SET role = plan_guest; REVOKE CREATE ON DATABASE ${new URL(db.url).pathname.slice(1)} FROM PUBLIC;
      CREATE SCHEMA guest AUTHORIZATION plan_guest; CREATE TABLE guest.t (id int PRIMARY KEY, a text);
      ALTER TABLE guest.t OWNER TO plan_guest;`);
    const guests = join(folder, '0004-guests.yaml');
    writeFileSync(guests, migration.replace(`'"Fleet"."Trips"'`, 'guest.t').replace('from: Km', 'from: a'));
    const url = new URL(db.url);
    [url.username, url.password] = ['plan_guest', 'x'];
    try {
      const { code, err } = await underpin('plan', guests, '--database-url', url.href);
      expect(err).toMatch(
        /^The database does not let the plan be made: .*42501.* Give the role that will migrate/u,
      );
      expect(code).toBe(4);
    } finally {
      await db.sql.query('DROP OWNED BY plan_guest CASCADE; DROP ROLE plan_guest');
    }
  });
});

/** The program in a process of its own. */
const child = (...words: readonly string[]): Promise<Said> =>
  new Promise((resolve) => {
    const args = ['--import', 'tsx', 'bin/underpin.ts', ...words];
    execFile(process.execPath, args, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    );
  });

test('the program itself answers on its streams and by its exit code, without colour in a pipe', async () => {
  const [help, good, bad] = await Promise.all([
    child('--help'),
    child('plan', 'migrations/0001-rename-users-email.yaml'),
    child('plan', 'migrations/nobody.yaml'),
  ]);
  expect(help).toMatchObject({ code: 0, err: '' });
  expect(help.out).toContain('Usage: underpin');
  expect(good).toMatchObject({ code: 0, err: '' });
  expect(good.out).not.toContain('\u001B');
  expect(bad).toEqual({
    code: 2,
    out: '',
    err: 'migrations/nobody.yaml cannot be read: there is no such file. Look at its path.\n',
  });
});

/** All that could have been changed: every object, and how many rows and locks there are. */
async function everything(): Promise<unknown> {
  const { rows } = await db.sql.query(`
    SELECT (SELECT json_agg(nspname ORDER BY nspname) FROM pg_namespace WHERE nspname !~ '^pg_(temp|toast_temp)') AS schemas,
           (SELECT count(*) FROM pg_class) AS relations, (SELECT count(*) FROM pg_proc) AS functions,
           (SELECT count(*) FROM pg_trigger) AS triggers, (SELECT count(*) FROM "Fleet"."Trips") AS rows,
           (SELECT count(*) FROM pg_locks WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND locktype = 'relation' AND mode <> 'AccessShareLock') AS locks`);
  return { snapshot: await catalogSnapshot(db.sql), counts: rows };
}

async function withAws<T>(work: () => Promise<T>): Promise<T> {
  const set = {
    AWS_ENDPOINT_URL_RDS_DATA: db.api.endpoint,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
  const before = Object.keys(set).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, set);
  try {
    return await work();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
