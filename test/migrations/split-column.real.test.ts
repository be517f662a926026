import { usersColumns, without } from './example-columns.ts';
import { migrationTest } from './migration-test.ts';

migrationTest('split-column', {
  file: 'migrations/0017-users-name-in-parts.yaml',
  table: 'public.users',
  phases: ['expand', 'dual-write', 'backfill', 'verify', 'read-switch', 'confidence', 'quarantine'],
  gates: ['read-switch', 'contract'],
  stops: ['verify', 'confidence', 'quarantine'],
  columnsAfter: { ...without(usersColumns, 'name'), first_name: 'text', last_name: 'text' },
});
