import { DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { remedies } from '../../engine/dialects/postgres/remedies.ts';
import { ExecutionHistory } from '../../lambdas/runtime/execution-history.ts';
import { commandLine } from './command-line.ts';
import { operatedCloud, type OperatedCloud } from './operated-cloud.ts';

/** Parts of values in rows and keys that PostgreSQL puts into its errors, one for each kind of value. */
const planted = [
  'mallory',
  'zanzibar',
  'quagga7',
  'narwhal',
  'echidna',
  '8675309042',
  '31337.4242',
  'c0ffee0ddf00',
  'quokka',
  'feedfacecafe',
  '1789-07-14',
  'dugong',
  'ocelot',
  'pangolin',
  'wombat',
  'numbat',
  'kakapo',
  'axolotl',
  'meerkat',
  'tapir',
  'aardvark',
  'okapi',
  'manatee',
  'lemur',
  'gecko',
];

const schema = `
  CREATE TABLE queries (mail text PRIMARY KEY, term text);
  INSERT INTO queries VALUES ('mallory@example.com', 'zanzibar & (');
  CREATE TABLE twins (mail text PRIMARY KEY, code text UNIQUE);
  INSERT INTO twins VALUES ('mallory@example.com', 'Quagga7'), ('malloryjr@example.com', 'quagga7');
  CREATE TABLE numbers (born date, mail text, n text, PRIMARY KEY (born, mail));
  INSERT INTO numbers VALUES ('1789-07-14', 'mallory@example.com', 'narwhal12');
  CREATE TABLE names (id uuid PRIMARY KEY, name text);
  INSERT INTO names VALUES ('deadbeef-0bad-4ca7-8bad-c0ffee0ddf00', 'echidna');
  CREATE TABLE kinds (id uuid PRIMARY KEY, n bigint, amount numeric, j jsonb, b bytea, d date);
  INSERT INTO kinds VALUES ('deadbeef-0bad-4ca7-8bad-c0ffee0ddf00', 8675309042, 31337.4242, '{"quokka": 1}',
    '\\xfeedfacecafe', '1789-07-14');
  CREATE FUNCTION explode(id uuid, n bigint, amount numeric, j jsonb, b bytea, d date) RETURNS text
    LANGUAGE plpgsql IMMUTABLE AS $$BEGIN
      RAISE EXCEPTION 'no % % % % % %', id, n, amount, j, b, d USING ERRCODE = '42804', DETAIL = id, HINT = j;
    END$$;
  -- A check that held when its table was filled, and says what it was given by now.
  CREATE FUNCTION fine(key text, said text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
  CREATE TABLE halves (mail text PRIMARY KEY, said text, CONSTRAINT halves_fine CHECK (fine(mail, said)));
  INSERT INTO halves VALUES ('mallory@example.com', 'dugong');
  CREATE TABLE parts (mail text, born date, said text, PRIMARY KEY (mail, born), CHECK (fine(mail, said)));
  INSERT INTO parts VALUES ('mallory@example.com', '1789-07-14', 'ocelot');
  CREATE TABLE mended (mail text PRIMARY KEY, n text);
  INSERT INTO mended VALUES ('mallory@example.com', 'kakapo12'), ('other@example.com', '7');
  CREATE TABLE foreigners (mail text PRIMARY KEY, said text);
  INSERT INTO foreigners VALUES ('mallory@example.com', 'axolotl');
  CREATE TABLE authored (mail text PRIMARY KEY, said text);
  INSERT INTO authored VALUES ('mallory@example.com', 'pangolin');
  CREATE TABLE indexed (mail text PRIMARY KEY, said text);
  INSERT INTO indexed VALUES ('mallory@example.com', 'wombat'), ('malloryjr@example.com', 'wombat');
  CREATE TABLE found (mail text PRIMARY KEY, said text);
  INSERT INTO found VALUES ('mallory@example.com', 'numbat');
  CREATE OR REPLACE FUNCTION fine(key text, said text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$BEGIN
      RAISE EXCEPTION 'no % %', key, said USING ERRCODE = '42P20', DETAIL = key, HINT = said;
    END$$;
  -- A trigger of others that an UPDATE wakes, in all fields that an error has.
  CREATE TABLE woken (mail text PRIMARY KEY, said text);
  INSERT INTO woken VALUES ('mallory@example.com', 'meerkat');
  CREATE FUNCTION wake() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
      RAISE WARNING 'no % %', NEW.mail, NEW.said;
      RAISE EXCEPTION 'no % %', NEW.mail, NEW.said USING ERRCODE = '42P01', DETAIL = NEW.mail, HINT = NEW.said,
        SCHEMA = NEW.said, TABLE = NEW.said, COLUMN = NEW.said, CONSTRAINT = NEW.mail, DATATYPE = NEW.said;
    END$$;
  CREATE TRIGGER wake BEFORE UPDATE ON woken FOR EACH ROW EXECUTE FUNCTION wake();
  CREATE TABLE documents (mail text PRIMARY KEY, said text);
  INSERT INTO documents VALUES ('mallory@example.com', '{"tapir": tapir');
  CREATE TABLE expressed (mail text PRIMARY KEY, said text);
  INSERT INTO expressed VALUES ('mallory@example.com', 'aardvark');
  CREATE TABLE validated (mail text PRIMARY KEY, said text);
  INSERT INTO validated VALUES ('mallory@example.com', 'okapi');
  -- Five letters of a value are an SQLSTATE.
  CREATE TABLE spelled (mail text PRIMARY KEY, said text);
  INSERT INTO spelled VALUES ('mallory@example.com', 'lemur'), ('malloryjr@example.com', 'gecko');
  CREATE FUNCTION spell(said text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN
      RAISE EXCEPTION 'no %', said USING ERRCODE = upper(said);
    END$$;
  -- The planner evaluates it, whoever opens the table's indexes or makes a copy of them.
  CREATE FUNCTION dearest(said text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT said';
  CREATE TABLE widened (mail text PRIMARY KEY, said text, note varchar(5));
  INSERT INTO widened VALUES ('mallory@example.com', 'x', 'x');
  CREATE INDEX widened_dearest ON widened ((dearest('x') || note));
  -- In a table of its own: whoever reads the indexed one is evaluated again, and ends without a word of it.
  CREATE TABLE dearests (said text);
  INSERT INTO dearests VALUES ('manatee');
  CREATE OR REPLACE FUNCTION dearest(said text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN
      RAISE EXCEPTION 'no %', (SELECT string_agg(d.said, ' ') FROM public.dearests AS d) USING ERRCODE = '42P20';
    END$$`;

const changes = {
  queries: {
    kind: 'change-type',
    column: 'term',
    to: 'q',
    type: 'tsquery',
    up: 'term::tsquery',
    down: 'q::text',
  },
  twins: { kind: 'change-type', column: 'code', to: 'low', type: 'text', up: 'lower(code)', down: 'low' },
  numbers: { kind: 'change-type', column: 'n', to: 'm', type: 'integer', up: 'n::integer', down: 'm::text' },
  // An undefined table, 42P01, says its name.
  names: {
    kind: 'change-type',
    column: 'name',
    to: 'rel',
    type: 'regclass',
    up: 'name::regclass',
    down: 'rel::text',
  },
  kinds: { kind: 'add-column', column: 'said', type: 'text', backfill: 'explode(id, n, amount, j, b, d)' },
  halves: { kind: 'split-table', into: 'halves_said', columns: ['said'] },
  parts: {
    kind: 'partition-table',
    by: 'range',
    column: 'born',
    every: 'year',
    from: '1789-01-01',
    to: '1791-01-01',
  },
  // One row refuses, is tolerated, and is corrected while the migration goes on.
  mended: { kind: 'add-column', column: 'm', type: 'integer', backfill: 'n::integer' },
  foreigners: { kind: 'add-column', column: 'too', type: 'text', backfill: 'said' },
  authored: {
    kind: 'sql',
    run: [`UPDATE public.authored SET said = fine(mail, said) WHERE mail > ''`],
    undo: [`UPDATE public.authored SET said = said WHERE mail > ''`],
  },
  indexed: {
    kind: 'sql',
    run: ['CREATE UNIQUE INDEX CONCURRENTLY indexed_said ON public.indexed (said)'],
    undo: ['DROP INDEX CONCURRENTLY IF EXISTS public.indexed_said'],
  },
  found: {
    kind: 'sql',
    run: [`UPDATE public.found SET said = said || '!' WHERE mail > ''`],
    undo: [`UPDATE public.found SET said = rtrim(said, '!') WHERE mail > ''`],
    verify: 'SELECT mail, said FROM public.found',
  },
  woken: { kind: 'add-column', column: 'too', type: 'text', backfill: 'said' },
  documents: {
    kind: 'change-type',
    column: 'said',
    to: 'doc',
    type: 'jsonb',
    up: 'said::jsonb',
    down: 'doc::text',
  },
  expressed: {
    kind: 'sql',
    run: ['CREATE INDEX CONCURRENTLY expressed_said ON public.expressed ((said::integer))'],
    undo: ['DROP INDEX CONCURRENTLY IF EXISTS public.expressed_said'],
  },
  validated: {
    kind: 'sql',
    run: [
      'ALTER TABLE public.validated ADD CONSTRAINT validated_fine CHECK (fine(mail, said)) NOT VALID',
      'ALTER TABLE public.validated VALIDATE CONSTRAINT validated_fine',
    ],
    undo: ['ALTER TABLE public.validated DROP CONSTRAINT IF EXISTS validated_fine'],
  },
  spelled: { kind: 'add-column', column: 'too', type: 'text', backfill: 'spell(said)' },
  widened: { kind: 'change-type', column: 'note', type: 'varchar(10)' },
};
const tables = Object.keys(changes);

let operated: OperatedCloud;
const seen: { readonly where: string; readonly text: string }[] = [];
beforeAll(async () => {
  const specs = Object.entries(changes).map(([table, change]) => [
    `${table}.yaml`,
    {
      goal: 'A test',
      table: `public.${table}`,
      change,
      backfill: { stubbornRows: table === 'mended' ? 1 : 0 },
      ...(table === 'mended' ? { gates: [], confidence: { window: '1s', reconcileEvery: '1s' } } : {}),
    },
  ]);
  operated = await operatedCloud({ schema, migrations: Object.fromEntries(specs), speed: 20 });
  operated.cloud.lambda.onLog(({ line }) => void seen.push({ where: 'log', text: line }));
  operated.cloud.onMessage((message) => void seen.push({ where: 'notice', text: JSON.stringify(message) }));
});
afterAll(() => operated.close());

/** Runs a migration to its end; gives how it ended, and notes its histories. */
async function run(migration: string): Promise<string | undefined> {
  const { sfn, machines } = operated.cloud;
  const { executionArn = '' } = await sfn.send(
    new StartExecutionCommand({
      stateMachineArn: machines.migration,
      name: migration,
      input: JSON.stringify({ migration }),
    }),
  );
  let status: string | undefined = 'RUNNING';
  for (; status === 'RUNNING'; await sleep(50)) {
    const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    status = execution.status;
  }
  const histories = new ExecutionHistory(sfn);
  const events = await histories.events(executionArn);
  const { events: below } = await histories.descendants(executionArn, events, () => true);
  seen.push({ where: `history of ${migration}`, text: JSON.stringify([...events, ...below]) });
  return status;
}

/** Corrects the row that refuses, once it is noted. */
async function mend(): Promise<void> {
  const { sql } = operated;
  const noted = `SELECT EXISTS (SELECT FROM underpin.stubborn_row WHERE migration = 'mended') AS is`;
  while ((await sql.query<{ is: boolean }>(noted)).rows[0]?.is !== true) await sleep(50);
  await sql.query(`UPDATE mended SET n = '12' WHERE n LIKE 'kakapo%'`);
}

/** Has the Data API refuse every call of the backfill, in words that name a value. */
const refuseByAnswer = (): (() => void) =>
  operated.cloud.faults.when(({ service, operation, caller }) =>
    service === 'rds-data' && operation === 'ExecuteStatement' && caller === 'BackfillShard'
      ? {
          when: 'before',
          error: {
            status: 400,
            name: 'BadRequestException',
            message: 'Cannot cast axolotl of mallory@example.com',
          },
        }
      : undefined,
  );

/** All that the ledger keeps. */
async function ledger(): Promise<string> {
  const { sql } = operated;
  const dumps: string[] = [];
  for (const table of ['migration', 'applied', 'event', 'checkpoint', 'stubborn_row']) {
    const { rows } = await sql.query(`SELECT to_jsonb(t) AS row FROM underpin.${table} AS t`);
    dumps.push(JSON.stringify(rows));
  }
  return dumps.join('\n');
}

test('no value of a row or a key gets where people or logs see it', async () => {
  // One after the other, so that a failure of one is told from that of another.
  for (const table of tables) {
    const heal = table === 'foreigners' ? refuseByAnswer() : () => {};
    const mended = table === 'mended' ? mend() : null;
    const ends = mended === null ? 'FAILED' : 'SUCCEEDED';
    expect([table, await run(table)]).toEqual([table, ends]);
    await mended;
    heal();
  }
  // They are there for whoever has to correct those rows; what ends it is said.
  for (const table of tables) {
    const { out } = await commandLine(`status ${table} --rehearsal-pid ${process.pid}`);
    if (table === 'queries' || table === 'numbers') {
      expect(out).toContain('mallory@example.com');
      expect(out).toContain(remedies.forgetStubborn(table));
    }
    await operated.sql.query(remedies.forgetStubborn(table));
  }
  seen.push({ where: 'ledger', text: await ledger() });
  for (const [key, { body }] of operated.cloud.reports)
    seen.push({ where: `report ${key}`, text: new TextDecoder().decode(body) });
  for (const table of tables)
    for (const words of [`status ${table}`, `status ${table} --json`, 'status']) {
      const { out, errors } = await commandLine(`${words} --rehearsal-pid ${process.pid}`);
      seen.push({ where: words, text: out + errors });
    }
  const found = planted.flatMap((value) =>
    seen.filter(({ text }) => text.toLowerCase().includes(value)).map(({ where }) => `${value} in ${where}`),
  );
  expect([...new Set(found)]).toEqual([]);
  // The test would pass if nothing had been looked at, or nothing had failed of its rows.
  const said = seen.map(({ text }) => text).join('\n');
  for (const state of ['42601', '22P02', '42P01', '42804', '42P20', '23505', 'user-defined'])
    expect(said).toContain(`SQLSTATE ${state}`);
  // Found before anything starts, and said without a value.
  expect(said).toContain('2 rows would be equal as text');
  expect(said).toContain('the Data API refused the call: BadRequestException');
  const places = new Set(seen.map(({ where }) => where.split(' ')[0]));
  expect(places).toEqual(new Set(['history', 'log', 'notice', 'ledger', 'report', 'status']));
});
