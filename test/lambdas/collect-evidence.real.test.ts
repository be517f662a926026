import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { AppConfigClient } from '@aws-sdk/client-appconfig';
import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CollectedEvidence, GateDecision } from '../../engine/evidence/evidence.ts';
import type { GateName } from '../../engine/plan/settings.ts';
import { ReadFlag } from '../../lambdas/runtime/read-flag.ts';
import { CountedStatements } from '../../engine/dialects/postgres/usage/counted-statements.ts';
import { startAppConfig } from '../../rehearsal/cloud/appconfig/appconfig.ts';
import { startCloudWatch } from '../../rehearsal/cloud/cloudwatch/cloudwatch.ts';
import { createGuardrails, guardrailAlarmArnOf } from '../../rehearsal/deployment/guardrail-alarms.ts';
import { createReadFlags } from '../../rehearsal/deployment/read-flags.ts';
import { placeOf } from '../../rehearsal/deployment/services.ts';
import { Closers } from '../../rehearsal/stage/closers.ts';
import { databaseUnderTest, type DatabaseUnderTest } from '../engine/database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from '../engine/migration-under-test.ts';
import { stubHandlerEnvironment, targetOf, whereFlagsAre } from './handler-environment.ts';

const namespace = 'Shop';
const role = `app_${randomBytes(4).toString('hex')}`;
const opened = new Closers();
let db: DatabaseUnderTest;
let app: Client;
let migration: MigrationUnderTest;
let cloudWatch: CloudWatchClient;

beforeAll(async () => {
  db = await databaseUnderTest(`
    CREATE EXTENSION pg_stat_statements;
    CREATE ROLE ${role} LOGIN PASSWORD 'app';
    CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, name text);
    CREATE TABLE customers (id int PRIMARY KEY, email text);
    GRANT ALL ON users, customers TO ${role};
    INSERT INTO users SELECT n, 'e' || n, 'n' FROM generate_series(1, 50) AS n;`);
  app = await db.connect({ user: role, password: 'app' });
  migration = await migrationUnderTest(db.database, 'rename', {
    table: 'public.users',
    change: { kind: 'rename-column', from: 'email', to: 'email_address' },
    confidence: { window: '1h', reconcileEvery: '1h' },
  });
  await migration.apply('expand', 'dual-write');
  await migration.backfill();
  await migration.apply('verify', 'read-switch');
  await migration.mismatches();
  await surroundings();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  cloudWatch.destroy();
  await opened.close();
  await app.end();
  await db.sql.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await db.close();
});

/** What the handlers find around them: CloudWatch with its alarms, AppConfig with all reads on the new shape. */
async function surroundings(): Promise<void> {
  const watch = await opened.add(startCloudWatch({ anyShortPeriod: true }));
  const config = await opened.add(startAppConfig({ alarmState: () => 'OK' }));
  await createGuardrails(placeOf(watch), 'tested', { errorRate: 1, latencyP95: 1 });
  cloudWatch = new CloudWatchClient(placeOf(watch));
  const { targets, ...flags } = await createReadFlags(placeOf(config), ['tested']);
  const place = targets.get('tested') ?? { environment: '', profile: '' };
  const client = new AppConfigClient(placeOf(config));
  await new ReadFlag(client, {
    target: 'tested',
    ...flags,
    ...place,
    monitor: { AlarmArn: 'arn:alarm' },
  }).moveForward('rename', { percent: 100 }, () => Promise.resolve());
  client.destroy();
  stubHandlerEnvironment(db, {
    ...whereFlagsAre(watch, config, flags),
    UNDERPIN_TARGETS: JSON.stringify([
      targetOf(db, { ...place, guardrailsArn: guardrailAlarmArnOf('tested') }),
    ]),
    UNDERPIN_APPLICATION_NAMESPACE: namespace,
  });
}

const context = { getRemainingTimeInMillis: () => 900_000 };

async function begin(): Promise<void> {
  const { handler } = await import('../../lambdas/begin-confidence.ts');
  await handler(migration.claim, context);
}

async function collect(
  gate: GateName,
  approval: { readonly decision?: Partial<GateDecision>; readonly shown?: string } = {},
  { claim }: Pick<MigrationUnderTest, 'claim'> = migration,
): Promise<CollectedEvidence> {
  const { handler } = await import('../../lambdas/collect-evidence.ts');
  const said = { decision: 'approve', reason: 'fine', decidedBy: 'arn:decide', acknowledgeRollback: true };
  const decision = approval.decision && { ...said, ...approval.decision };
  return handler({ ...claim, gate, walk: { purpose: 'verify', n: 1 }, ...approval, decision }, context);
}

const item = ({ items }: CollectedEvidence, what: string): string => {
  const found = items.find((each) => each.what === what);
  return `${found?.verdict}: ${found?.measured}`;
};
const failing = ({ items }: CollectedEvidence): readonly string[] =>
  items.filter(({ verdict }) => verdict === 'fail').map(({ what }) => what);

async function report(path: 'old' | 'new', reads: number, ago = 0): Promise<void> {
  const datum = {
    MetricName: 'Reads',
    Dimensions: [
      { Name: 'target', Value: 'tested' },
      { Name: 'migration', Value: 'rename' },
      { Name: 'path', Value: path },
    ],
    Value: reads,
    Timestamp: new Date(Date.now() - ago),
    StorageResolution: 1,
  };
  await cloudWatch.send(new PutMetricDataCommand({ Namespace: namespace, MetricData: [datum] }));
}

/** The confidence window began that many minutes ago, as far as the ledger knows. */
const beganAgo = (minutes: number) =>
  db.sql.query(
    `UPDATE underpin.event SET happened_at = clock_timestamp() - make_interval(mins => $1)
     WHERE what = 'statements' OR (what = 'running' AND detail ->> 'phase' = 'confidence')`,
    [minutes],
  );

beforeEach(async () => {
  await db.sql.query(`DELETE FROM underpin.event WHERE what IN ('statements', 'evidence', 'decided')
      OR detail ->> 'phase' = 'confidence';
    UPDATE underpin.checkpoint SET started_at = clock_timestamp(), updated_at = clock_timestamp() WHERE purpose = 'verify';
    UPDATE underpin.checkpoint SET updated_at = clock_timestamp() - interval '1 hour' WHERE purpose = 'backfill'`);
});

describe('the rows', () => {
  test('were compared after the last repair, not long ago', async () => {
    const evidence = await collect('read-switch');
    expect(evidence).toMatchObject({ open: true, next: 'go-on' });
    expect(item(evidence, 'rows compared')).toBe('pass: 50, 0 mismatches');
  });

  test('compared days ago keep the gate shut, and are compared again when somebody approves', async () => {
    await db.sql.query(
      `UPDATE underpin.checkpoint SET updated_at = updated_at - interval '25 hours' WHERE purpose = 'verify' AND n = 1`,
    );
    const evidence = await collect('read-switch');
    expect(failing(evidence)).toEqual(['rows compared']);
    expect(item(evidence, 'rows compared')).toContain('too old to decide by');
    expect((await collect('read-switch', { decision: {}, shown: 'x' })).next).toBe('compare-again');
  });

  test('compared before the last repair keep it shut', async () => {
    await db.sql.query(
      `UPDATE underpin.checkpoint SET updated_at = clock_timestamp() WHERE purpose = 'backfill'`,
    );
    expect(item(await collect('read-switch'), 'rows compared')).toContain('older than the last repair');
  });

  test('of a walk that never was keep it shut', async () => {
    await db.sql.query(`UPDATE underpin.checkpoint SET n = -1 WHERE purpose = 'verify' AND n = 1`);
    expect(item(await collect('read-switch'), 'rows compared')).toBe('fail: not finished');
    await db.sql.query(`UPDATE underpin.checkpoint SET n = 1 WHERE n = -1`);
  });
});

test('an index that was built and is gone since keeps the gate shut, and so does another of its name', async () => {
  const gone = 'ALTER TABLE users DROP CONSTRAINT users_email_address_key';
  await db.sql.query(gone);
  const said = async () => item(await collect('read-switch'), 'constraints and indexes');
  expect(await said()).toBe(
    'fail: the unique index users_email_address_key is not there; the constraint users_email_address_key is not there',
  );
  await db.sql.query('ALTER TABLE users ADD CONSTRAINT users_email_address_key UNIQUE (id, email_address)');
  expect(await said()).toBe(
    'fail: the index users_email_address_key is another one than planned: USING btree (id, email_address)',
  );
  await db.sql.query(
    `${gone}; ALTER TABLE users ADD CONSTRAINT users_email_address_key UNIQUE (email_address)`,
  );
  expect(await said()).toBe('pass: built');
});

/** As if the comparison had begun by now. */
const comparedNow = () =>
  db.sql.query(`UPDATE underpin.checkpoint SET begun_in = DEFAULT WHERE purpose = 'verify' AND n = 1`);

test('triggers that were off for a while keep the gate shut, although no row differs', async () => {
  const said = async () => item(await collect('read-switch'), 'rows compared');
  await db.sql.query('ALTER TABLE users DISABLE TRIGGER USER');
  await db.sql.query('ALTER TABLE users ENABLE TRIGGER USER');
  const off = await said();
  expect(off).toContain(
    'fail: 50, 0 mismatches; writes may have passed the triggers since: ~underpin_rename',
  );
  const [, remedy = ''] = /(ALTER TABLE .*)$/u.exec(off) ?? [];
  await db.sql.query(remedy);
  // What was written meanwhile is on one side alone, and the comparison is of before.
  expect(await said()).toContain('fail: 50, 0 mismatches; older than a change of ~underpin_rename');
  expect((await collect('read-switch', { decision: {}, shown: 'x' })).next).toBe('compare-again');
  await comparedNow();
  expect(await said()).toBe('pass: 50, 0 mismatches');
  const name = '~underpin_rename_3_write';
  const {
    rows: [made],
  } = await db.sql.query<{ sql: string }>(
    'SELECT pg_get_triggerdef(oid) AS sql FROM pg_trigger WHERE tgname = $1',
    [name],
  );
  await db.sql.query(`DROP TRIGGER "${name}" ON users`);
  expect(await said()).toContain(`${name} is gone: run the migration once more with \`onRollback: remove\``);
  await db.sql.query(`${made?.sql}; ALTER TABLE users ENABLE ALWAYS TRIGGER "${name}"`);
  expect(await said()).toContain(`older than a change of ${name}`);
  await comparedNow();
  expect(await said()).toBe('pass: 50, 0 mismatches');
});

test('what came to the old column after the plan keeps the gate shut, until a person passes over it', async () => {
  const said = async () => item(await collect('read-switch'), 'old columns as planned');
  expect(await said()).toBe('pass: unchanged');
  await db.sql.query(`
    ALTER TABLE users ALTER COLUMN email SET DEFAULT 'nobody';
    ALTER TABLE users ADD CONSTRAINT has_email CHECK (email <> '');
    CREATE INDEX lower_email ON users (lower(email));
    ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
    CREATE PUBLICATION late FOR TABLE users;
    GRANT SELECT (email) ON users TO ${role}`);
  expect(await said()).toBe(
    'fail: since the plan: constraint has_email is new; default of email is another; index lower_email is new; list of grants on email is another; publication late is new; row level security of the table is another',
  );
  expect((await collect('read-switch', { decision: {}, shown: 'x' })).next).toBe('ask');
  expect((await collect('read-switch', { decision: { override: true }, shown: 'x' })).next).toBe('go-on');
  await db.sql.query(`
    ALTER TABLE users ALTER COLUMN email DROP DEFAULT, DROP CONSTRAINT has_email;
    DROP INDEX lower_email;
    DROP PUBLICATION late;
    ALTER TABLE users DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
    REVOKE SELECT (email) ON users FROM ${role}`);
  expect(await said()).toBe('pass: unchanged');
});

test('what came to a table after its copy was made keeps the gate before the swap shut, whatever a person says', async () => {
  await db.sql.query(`CREATE TABLE sales (id bigint, day date NOT NULL, note text, PRIMARY KEY (id, day));
    CREATE INDEX sales_note ON sales (note); GRANT SELECT ON sales TO ${role}`);
  const copied = await migrationUnderTest(db.database, 'partition', {
    table: 'public.sales',
    change: {
      kind: 'partition-table',
      by: 'range',
      column: 'day',
      every: 'month',
      from: '2026-01-01',
      to: '2026-03-01',
    },
  });
  await copied.apply('expand', 'dual-write');
  const said = async () => item(await collect('swap', {}, copied), 'table and copy');
  expect(await said()).toBe('pass: alike');
  await db.sql.query(`DROP INDEX sales_note; CREATE UNIQUE INDEX sales_late ON sales (day, id);
    ALTER TABLE sales ALTER COLUMN note SET DEFAULT 'secret';
    REVOKE SELECT ON sales FROM ${role}; GRANT INSERT ON sales TO ${role}`);
  expect(await said()).toContain(
    `fail: on the table, and not on the copy: default of note is new; index sales_late is new; index sales_note is gone; right INSERT to ${role} is new; right SELECT to ${role} is gone. Take it back, or run`,
  );
  const passed = await collect('swap', { decision: { override: true }, shown: 'x' }, copied);
  expect(passed).toMatchObject({ next: 'ask', refused: expect.stringContaining('table and copy') });
  await copied.undo('dual-write', 'expand');
  await db.sql.query('DROP TABLE sales');
});

describe('the reads', () => {
  test('that nobody reported keep the gate shut', async () => {
    await begin();
    const evidence = await collect('contract');
    expect(failing(evidence)).toEqual(['reads of the new shape']);
    expect(item(evidence, 'reads of the new shape')).toContain('no read was reported');
  });

  test('are counted from the moment when the window began', async () => {
    await report('old', 40, 400_000);
    await report('new', 300, 200_000);
    await begin();
    await beganAgo(5);
    const evidence = await collect('contract');
    expect(item(evidence, 'reads of the new shape')).toContain('pass: 100 % of 300 since');
    expect(failing(evidence)).toEqual([]);
  });

  test('of the old shape keep it shut, however few they are', async () => {
    await report('new', 100_000, 30_000);
    await report('old', 1, 20_000);
    await begin();
    await beganAgo(5);
    const evidence = await collect('contract');
    expect(item(evidence, 'reads of the new shape')).toContain('99.99 % of');
    expect(item(evidence, 'reads of the old shape')).toContain('fail: 1 since');
  });
});

const use = async (sql: string): Promise<void> => {
  await app.query(sql);
};

describe('the statements', () => {
  beforeEach(async () => {
    await begin();
  });
  test('that name the old column are reported by role, kind and number, and never by their text', async () => {
    await use(`SELECT /* told */ email FROM users WHERE email <> 'a secret'`);
    await use(`UPDATE users SET email = 'a secret' WHERE id = 1`);
    await use(`UPDATE users SET email = 'another' WHERE id = 2`);
    const evidence = await collect('contract');
    expect(item(evidence, 'statements that read the old shape')).toMatch(
      new RegExp(`^fail: SELECT by ${role}, 1 calls, queryid -?\\d+ since `, 'u'),
    );
    expect(item(evidence, 'statements that write the old shape')).toMatch(
      new RegExp(`^fail: UPDATE by ${role}, 2 calls, queryid -?\\d+ since `, 'u'),
    );
    expect(JSON.stringify(evidence)).not.toMatch(/secret|told/u);
  });

  test('of before the window, of another table, in comments and strings do not count', async () => {
    await use('SELECT count(email) FROM users');
    await begin();
    await db.sql.query(`DELETE FROM underpin.event WHERE what = 'statements' AND id < (
      SELECT max(id) FROM underpin.event WHERE what = 'statements')`);
    await use('SELECT email FROM customers');
    await use(`SELECT id FROM users WHERE name = 'email' -- email`);
    await use('SELECT email_address AS email FROM users ORDER BY email');
    await use('INSERT INTO users (id, email_address) VALUES (1001, $$x$$) ON CONFLICT (id) DO NOTHING');
    await migration.walk('check', { purpose: 'verify', n: Date.now() });
    const evidence = await collect('contract');
    expect(item(evidence, 'statements that read the old shape')).toMatch(/^pass: none since/u);
    expect(item(evidence, 'statements that write the old shape')).toMatch(/^pass: none since/u);
  });

  test('that read whole rows are a note', async () => {
    await use('SELECT * FROM users WHERE id = 3');
    const measured = item(await collect('contract'), 'statements that read the old shape');
    expect(measured).toMatch(/^pass: none since .+; 1 read whole rows/u);
  });

  test('that run on readers are counted there, and it is said', async () => {
    await db.sql.query(`CREATE FUNCTION aurora_version() RETURNS text LANGUAGE sql AS $$SELECT '17.7.2'$$;
      CREATE FUNCTION aurora_replica_status() RETURNS TABLE (session_id text, replica_lag_in_msec float8)
      LANGUAGE sql AS $$VALUES ('MASTER_SESSION_ID', NULL::float8), ('one', 3), ('two', 4)$$`);
    const measured = item(await collect('contract'), 'statements that read the old shape');
    await db.sql.query('DROP FUNCTION aurora_replica_status, aurora_version');
    expect(measured).toMatch(/^pass: none since .+; what runs on 2 readers is counted there/u);
  });

  test('count from the last note that is older than the silence asked for', async () => {
    await use('SELECT max(email) FROM users');
    expect(failing(await collect('contract'))).toContain('statements that read the old shape');
    await begin();
    await beganAgo(120);
    expect(item(await collect('contract'), 'statements that read the old shape')).toMatch(/^pass: none/u);
  });

  test('that were lost with a reset are lost for one silence: from the question that found it on, they are counted anew', async () => {
    const { plan, claim } = migration;
    const counters = new CountedStatements(db.database, { table: plan.table, columns: ['email'] });
    await use('SELECT min(email) FROM users');
    await counters.note(claim);
    await db.sql.query(
      `SELECT pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = current_database()), 0)`,
    );
    expect(await counters.since(claim, 3600)).toEqual({
      why: 'the counts were reset since the window began',
    });
    await use('SELECT max(email) FROM users');
    expect(await counters.since(claim, 0)).toMatchObject({ statements: [{ role, calls: 1 }] });
    expect(await counters.since(claim, 3600)).toMatchObject({ why: expect.stringContaining('reset') });
  });

  test('cannot be known when the counts were reset', async () => {
    await use('SELECT min(email) FROM users');
    await begin();
    await db.sql.query(
      `SELECT pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = current_database()), 0)`,
    );
    expect(item(await collect('contract'), 'statements that read the old shape')).toBe(
      'fail: not measured: the counts were reset since the window began',
    );
  });

  test('cannot be known by a role from which other roles’ statements are hidden', async () => {
    const few = `few_${role}`;
    await db.sql.query(`CREATE ROLE ${few} LOGIN PASSWORD 'few'; GRANT USAGE ON SCHEMA underpin TO ${few};
      GRANT SELECT ON ALL TABLES IN SCHEMA underpin TO ${few}`);
    const { plan, claim } = migration;
    const counters = new CountedStatements(db.as(few, 'few'), { table: plan.table, columns: ['email'] });
    await use('SELECT avg(length(email)) FROM users');
    expect(await counters.since(claim, 3600)).toEqual({
      why: 'grant pg_read_all_stats to the role of the migration: other roles’ statements are hidden',
    });
    await db.sql.query(`GRANT pg_read_all_stats TO ${few}`);
    expect(await counters.since(claim, 3600)).toMatchObject({ statements: [{ role, calls: 1 }] });
    await db.sql.query(`DROP OWNED BY ${few}; DROP ROLE ${few}`);
  });

  test('cannot be known without the extension, nor before it was counted', async () => {
    await db.sql.query(`DROP EXTENSION pg_stat_statements`);
    expect(item(await collect('contract'), 'statements that read the old shape')).toContain(
      'run CREATE EXTENSION pg_stat_statements',
    );
    await db.sql.query(`CREATE SCHEMA "My stats"; CREATE EXTENSION pg_stat_statements SCHEMA "My stats"`);
    await db.sql.query(`DELETE FROM underpin.event WHERE what = 'statements'`);
    expect(item(await collect('contract'), 'statements that read the old shape')).toContain(
      'nothing was counted when the window began; it is counted from now on',
    );
    expect(item(await collect('contract'), 'statements that read the old shape')).toMatch(/^pass: none/u);
  });
});

describe('the catalog', () => {
  beforeEach(async () => {
    await begin();
  });

  test('is asked for views, policies, publications and functions', async () => {
    await db.sql.query(`
      CREATE VIEW mails AS SELECT email FROM users;
      CREATE POLICY own ON users USING (email = current_user);
      CREATE PUBLICATION partly FOR TABLE users (id, email);
      CREATE PUBLICATION everything FOR TABLE users;
      CREATE FUNCTION sql_names() RETURNS text LANGUAGE sql AS 'SELECT max(email) FROM users';
      CREATE FUNCTION sql_other() RETURNS text LANGUAGE sql AS 'SELECT max(email) FROM customers';
      CREATE FUNCTION takes_row(u users) RETURNS text LANGUAGE sql AS 'SELECT u.email';
      CREATE FUNCTION loops() RETURNS void LANGUAGE plpgsql AS $$
        DECLARE r record; BEGIN FOR r IN SELECT * FROM users LOOP RAISE NOTICE '%', r.email; END LOOP; END $$;
      CREATE FUNCTION other_loops() RETURNS void LANGUAGE plpgsql AS $$
        DECLARE r record; BEGIN FOR r IN SELECT * FROM customers LOOP RAISE NOTICE '%', r.email; END LOOP; END $$;
      CREATE FUNCTION dynamic() RETURNS void LANGUAGE plpgsql AS $$
        BEGIN EXECUTE format('UPDATE users SET %I = 1', 'email'); END $$;
      CREATE FUNCTION long() RETURNS void LANGUAGE plpgsql AS $$
        BEGIN PERFORM email FROM users; ${'-- no end to it\n'.repeat(1000)} END $$;
      CREATE FUNCTION comments() RETURNS void LANGUAGE plpgsql AS $$
        BEGIN -- users.email
          PERFORM id FROM users; END $$;`);
    const evidence = await collect('contract');
    const told = (what: string): readonly string[] => item(evidence, what).replace('fail: ', '').split('; ');
    expect(told('objects that depend on the old shape').toSorted()).toEqual([
      'policy own on table users',
      'publication of table users in publication partly',
      'rule _RETURN on view mails',
    ]);
    expect(told('functions that name the old shape')).toEqual([
      'sql_names()',
      'takes_row(users)',
      'loops()',
      'dynamic()',
      'long()',
      'publication everything sends whole rows to subscribers that cannot be seen from here',
    ]);
    await db.sql
      .query(`DROP VIEW mails; DROP POLICY own ON users; DROP PUBLICATION partly; DROP PUBLICATION everything;
      DROP FUNCTION sql_names, sql_other, takes_row, loops, other_loops, dynamic, long, comments`);
  });
});

const decided = async () =>
  (await db.sql.query(`SELECT detail FROM underpin.event WHERE what = 'decided' ORDER BY id`)).rows.map(
    (row: { readonly detail: unknown }) => row.detail,
  );

describe('an approval', () => {
  test('is kept once, with the hash of what it was given for; the evidence each time', async () => {
    const { hash } = await collect('read-switch');
    const approval = { decision: { evidence: hash }, shown: hash };
    const again = await collect('read-switch', approval);
    await collect('read-switch', approval);
    expect(again).toMatchObject({ next: 'go-on', refused: '' });
    expect(await decided()).toEqual([
      {
        gate: 'read-switch',
        decision: 'approve',
        reason: 'fine',
        decidedBy: 'arn:decide',
        evidence: hash,
        hash,
        acknowledgeRollback: true,
      },
    ]);
    const { rows } = await db.sql.query(
      `SELECT detail ->> 'hash' AS hash FROM underpin.event WHERE what = 'evidence' ORDER BY id`,
    );
    expect(rows).toHaveLength(3);
    expect(rows.slice(0, 2)).toEqual([{ hash }, { hash: again.hash }]);
  });

  test('of forged evidence opens nothing, and is kept all the same', async () => {
    const answered = await collect('read-switch', {
      decision: { evidence: 'forged', override: true },
      shown: 'true',
    });
    expect(answered).toMatchObject({ open: true, next: 'ask' });
    expect(await decided()).toMatchObject([{ evidence: 'forged', hash: 'true' }]);
  });

  test('with an override passes over missing reads, and never over a stubborn row', async () => {
    await begin();
    expect((await collect('contract', { decision: {}, shown: 'x' })).next).toBe('ask');
    const override = { decision: { override: true, reason: 'no metrics yet' }, shown: 'x' };
    expect((await collect('contract', override)).next).toBe('go-on');
    await db.sql.query(
      `INSERT INTO underpin.stubborn_row (migration, key, sqlstate) VALUES ('rename', '["1"]', '22P02')`,
    );
    // The row agrees by now, but its note cannot be swept while somebody holds it.
    await db.sql.query('BEGIN; SELECT FROM underpin.stubborn_row FOR UPDATE');
    const refused = await collect('contract', override);
    expect(refused.next).toBe('ask');
    expect(refused.items.find(({ what }) => what === 'stubborn rows')?.measured).toBe(
      "1 (SQLSTATE 22P02: 1); their keys: `SELECT key, sqlstate FROM underpin.stubborn_row WHERE migration = 'rename'`, or the first of them by `underpin status rename`",
    );
    await db.sql.query('COMMIT');
    expect((await collect('contract', override)).next).toBe('go-on');
    expect((await db.sql.query('SELECT FROM underpin.stubborn_row')).rowCount).toBe(0);
  });
});

test('where rows differ, the verdict says how they are found: by their SQLSTATEs where they refuse, else by what differs', async () => {
  const { handler } = await import('../../lambdas/judge-verification.ts');
  const judged = async (differing: number) => {
    await db.sql.query(
      `UPDATE underpin.checkpoint SET changed = $1 WHERE purpose = 'verify' AND n = 1 AND shard = 0`,
      [differing],
    );
    return handler({ ...migration.claim, walk: { purpose: 'verify', n: 1 } }, context);
  };
  const differing = await judged(2);
  expect(differing).toMatchObject({ clean: false, mismatches: 2 });
  const [, list = ''] = /^their keys: `(SELECT [^\n]*)`$/u.exec(differing.found) ?? [];
  await db.sql.query(
    `BEGIN; ALTER TABLE users DISABLE TRIGGER ALL; UPDATE users SET email_address = 'differs' WHERE id = 2`,
  );
  const { rows } = await db.sql.query(list);
  await db.sql.query('ROLLBACK');
  expect(rows).toEqual([{ id: 2 }]);
  await db.sql.query(`INSERT INTO underpin.stubborn_row (migration, key, sqlstate)
    VALUES ('rename', '["1"]', '22P02'), ('rename', '["2"]', '22P05'), ('rename', '["3"]', '22P02')`);
  expect(await judged(3)).toMatchObject({
    found: expect.stringMatching(
      /^rows that refuse the change: 3 \(SQLSTATE 22P02: 2, 22P05: 1\); their keys: `SELECT /u,
    ),
  });
  expect(await judged(0)).toMatchObject({ clean: true, found: '' });
  await db.sql.query('DELETE FROM underpin.stubborn_row');
});

test('a refusal is kept too, when the way back begins', async () => {
  const { handler } = await import('../../lambdas/fence-workers.ts');
  const failure = { phase: 'confidence', error: { Error: 'GateRejected', Cause: 'not yet' } };
  await handler({ migration: 'rename', execution: 'test', failure }, context);
  expect(await decided()).toEqual([{ gate: 'contract', decision: 'reject', reason: 'not yet' }]);
});
