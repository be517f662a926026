import { usersColumns, without } from './example-columns.ts';
import { migrationTest } from './migration-test.ts';

migrationTest('rename-column', {
  file: 'migrations/0001-rename-users-email.yaml',
  table: 'public.users',
  phases: ['expand', 'dual-write', 'backfill', 'verify', 'read-switch', 'confidence', 'quarantine'],
  gates: ['read-switch', 'contract'],
  stops: ['backfill', 'read-switch', 'quarantine'],
  columnsAfter: { ...without(usersColumns, 'email'), email_address: 'text NOT NULL' },
});
