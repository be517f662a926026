import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compile } from '../../engine/compile.ts';
import { preflight } from '../../engine/preflight.ts';
import { installLedger } from '../../engine/ledger/install.ts';
import { askHealth } from '../../engine/walk/health.ts';
import { databaseUnderTest, type DatabaseUnderTest } from '../engine/database-under-test.ts';
import { eventually } from '../eventually.ts';
import { planningOn, specOf } from '../engine/migration-under-test.ts';

const page = readFileSync(new URL('../../docs/operate.md', import.meta.url), 'utf8');
const schema = new URL('../../rehearsal/data/example-schema.sql', import.meta.url);
const [, block = ''] = /What else a team may want to rest for[^]*?```sql\n([^]*?)```/u.exec(page) ?? [];
const signals = [...block.matchAll(/^-- (.*)\n(.*);$/gmu)].map(([, says = '', query = '']) => [says, query]);

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(readFileSync(schema, 'utf8'));
  await installLedger(db.database);
});
afterAll(() => db.close());

test('the page has signals', () => {
  expect(signals.length).toBeGreaterThan(3);
});

test.each(signals)('%s: the query is accepted and can be read', async (_, query) => {
  const spec = specOf('signals', {
    table: 'public.users',
    change: { kind: 'rename-column', from: 'email', to: 'email_address' },
    guardrails: { throttle: { query } },
  });
  const planning = await planningOn(db.database);
  await compile(spec, await preflight(spec, planning), planning);
  const health = await askHealth(db.database, spec.guardrails.throttle);
  expect(health).not.toMatchObject({ unreadable: true });
  expect(health.measured).toBeDefined();
});

test('dead rows that autovacuum has not come to make workers rest', async () => {
  const [, query = ''] = signals.find(([says]) => says?.startsWith('autovacuum') ?? false) ?? [];
  await db.sql.query(
    `ALTER TABLE users SET (autovacuum_enabled = false);
     INSERT INTO users (email) SELECT n || '@example.com' FROM generate_series(1, 1000) AS n; UPDATE users SET email = email;
     SELECT pg_stat_force_next_flush()`,
  );
  const asked = { replicaLagMs: 1000, blockedSessions: 5, query };
  await eventually(async () =>
    expect(await askHealth(db.database, asked)).toMatchObject({
      verdict: 'wait',
      reason: 'the query of guardrails.throttle gives a row',
    }),
  );
});
