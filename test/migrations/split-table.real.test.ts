import { usersColumns, without } from './example-columns.ts';
import { migrationTest } from './migration-test.ts';

migrationTest('split-table', {
  file: 'migrations/0035-users-profiles-apart.yaml',
  table: 'public.users',
  phases: ['expand', 'dual-write', 'backfill', 'verify', 'read-switch', 'confidence', 'quarantine'],
  gates: ['read-switch', 'contract'],
  stops: ['verify', 'confidence', 'quarantine'],
  columnsAfter: without(usersColumns, 'name', 'last_seen'),
});
