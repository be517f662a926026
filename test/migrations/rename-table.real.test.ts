import { migrationTest } from './migration-test.ts';

migrationTest('rename-table', {
  file: 'migrations/0022-addresses-to-places.yaml',
  table: 'public.addresses',
  phases: ['expand', 'read-switch', 'confidence', 'quarantine'],
  gates: ['read-switch', 'contract'],
  stops: ['expand', 'read-switch', 'quarantine'],
  // Nothing has the old name.
  columnsAfter: {},
});
