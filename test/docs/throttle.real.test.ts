import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compile } from '../../engine/compile.ts';
import { preflight } from '../../engine/preflight.ts';
import { installLedger } from '../../engine/ledger/install.ts';
import { askHealth } from '../../engine/walk/health.ts';
import { databaseUnderTest, type DatabaseUnderTest } from '../engine/database-under-test.ts';
import { planningOn, specOf } from '../engine/migration-under-test.ts';

const page = readFileSync(new URL('../../docs/operate.md', import.meta.url), 'utf8');
const schema = new URL('../../rehearsal/data/example-schema.sql', import.meta.url);
const [, block = ''] = /Other reasons to rest[^]*?```sql\n([^]*?)```/u.exec(page) ?? [];
const signals = [...block.matchAll(/^-- (.*)\n(.*);$/gmu)].map(([, says = '', query = '']) => [says, query]);

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(readFileSync(schema, 'utf8'));
  await installLedger(db.database);
});
afterAll(() => db.close());

test('the page has signals', () => {
  expect(signals.length).toBeGreaterThan(2);
});

test.each(signals)('%s: the query is accepted and can be read', async (_, query) => {
  const spec = specOf('signals', {
    table: 'public.users',
    change: { kind: 'rename-column', from: 'email', to: 'email_address' },
    guardrails: { throttle: { query } },
  });
  const planning = await planningOn(db.database);
  await compile(spec, await preflight(spec, planning), planning);
  const health = await askHealth(db.database, { throttle: spec.guardrails.throttle, table: spec.table });
  expect(health).not.toMatchObject({ unreadable: true });
  expect(health.measured).toBeDefined();
});

test('a transaction that stays open makes workers rest', async () => {
  const [, query = ''] =
    signals.find(([says]) => says?.startsWith('a transaction of an hour') ?? false) ?? [];
  const open = await db.connect();
  await open.query('BEGIN; SELECT 1');
  const ask = (text: string) =>
    askHealth(db.database, {
      throttle: { replicaLagMs: 1000, blockedSessions: 5, query: text },
      table: { schema: 'public', name: 'users' },
    });
  expect(await ask(query)).toMatchObject({ verdict: 'go' });
  expect(await ask(query.replace('1 hour', '0 s'))).toMatchObject({
    verdict: 'stop',
    reason: 'the query of guardrails.throttle gives a row',
  });
  await open.query('ROLLBACK');
});
