import { migrationTest } from './migration-test.ts';

migrationTest('move-table', {
  file: 'migrations/0031-users-to-accounts.yaml',
  table: 'public.users',
  phases: ['expand', 'read-switch', 'confidence', 'quarantine'],
  gates: ['read-switch', 'contract'],
  stops: ['expand', 'read-switch', 'quarantine'],
  untended: { 'contract.statements': 'measured' },
  // Nothing has the old place.
  columnsAfter: {},
});
