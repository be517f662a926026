import { migrationTest } from './migration-test.ts';

migrationTest('rename-column', {
  file: 'migrations/0001-rename-users-email.yaml',
  table: 'public.users',
  phases: ['expand', 'dual-write', 'backfill', 'verify', 'read-switch', 'confidence', 'quarantine'],
  gates: ['read-switch', 'contract'],
  stops: ['backfill', 'read-switch', 'quarantine'],
  columnsAfter: {
    id: 'bigint NOT NULL',
    name: 'text',
    country: 'character(2)',
    last_seen: 'timestamp with time zone',
    created_at: 'timestamp with time zone NOT NULL DEFAULT now()',
    email_address: 'text NOT NULL',
  },
});
