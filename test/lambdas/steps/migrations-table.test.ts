import { expect, test } from 'vitest';
import type { MigrationSummary } from '../../../engine/ledger/summary.ts';
import type { Hold } from '../../../lambdas/runtime/hold-item.ts';
import { migrationsTable, type TargetTable } from '../../../lambdas/steps/migrations-table.ts';

const now = '2026-12-01T12:00:00.000Z';
const migration: MigrationSummary = {
  name: 'rename-users-email',
  goal: 'Rename',
  owner: null,
  ticket: null,
  table: { schema: 'public', name: 'users' },
  status: 'running',
  phase: 'verify',
  epoch: 1,
  execution: 'arn',
  updatedAt: '2026-12-01T10:00:00.000Z',
  estimatedRows: 1000,
  backfilledRows: 1000,
  stubbornRows: 0,
  order: null,
  pace: null,
};
const gate: Hold = {
  migration: migration.name,
  hold: 'read-switch',
  kind: 'gate',
  state: 'open',
  execution: 'arn',
  openedAt: '2026-12-01T11:00:00.000Z',
  epoch: 1,
  seconds: 7200,
};
const target = (over: Partial<TargetTable>): string =>
  migrationsTable([{ target: 'shop', ledger: 'there', others: 0, shown: [], ...over }], now);
const row = (of: Partial<MigrationSummary>, hold: Hold | null = null, goesBack = false): string =>
  target({ shown: [{ migration: { ...migration, ...of }, hold, goesBack }] })
    .split('\n')
    .at(-1) ?? '';

test('each migration has its phase, how far it is, and the gate that is open', () => {
  expect(target({ shown: [{ migration, hold: gate, goesBack: false }], others: 3 })).toBe(`**shop**

| migration | status | phase | backfill | changed | waits for |
| --- | --- | --- | --- | --- | --- |
| rename-users-email | running | read-switch | 100 % | 2 h ago | **an answer at read-switch**, until 2026-12-01 13:00 UTC |

3 older ones: \`underpin status\``);
});

test('a window asks nothing', () => {
  expect(row({}, { ...gate, hold: 'bake-25', kind: 'window' })).toContain(
    '| the end of bake-25, 2026-12-01 13:00 UTC |',
  );
});

test('what goes back says so, and what a person has ordered', () => {
  expect(row({ phase: 'backfill' }, null, true)).toContain('| **rolling back** | backfill |');
  const order = { order: 'pause', by: 'ada', reason: 'release', at: now, until: null } as const;
  expect(row({ order: { ...order } })).toContain('| paused | verify |');
});

test('a database that does not answer, or has no ledger yet, is said and is no empty table', () => {
  expect(target({ ledger: { unreadable: 'DatabaseResumingException' } })).toContain(
    'cannot be read: the database answers DatabaseResumingException',
  );
  expect(target({ ledger: 'silent' })).toContain('has not answered yet');
  expect(target({ ledger: 'absent' })).toContain('No migration was started here yet.');
});
