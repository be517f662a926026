import { migrationTest } from './migration-test.ts';

migrationTest('split-table', {
  file: 'migrations/0035-users-profiles-apart.yaml',
  table: 'public.users',
  phases: ['expand', 'dual-write', 'backfill', 'verify', 'read-switch', 'confidence', 'quarantine'],
  gates: ['read-switch', 'contract'],
  stops: ['verify', 'confidence', 'quarantine'],
  columnsAfter: {
    id: 'bigint NOT NULL',
    email: 'text NOT NULL',
    country: 'character(2)',
    created_at: 'timestamp with time zone NOT NULL DEFAULT now()',
  },
});
