import { migrationTest } from './migration-test.ts';

migrationTest('split-column', {
  file: 'migrations/0017-users-name-in-parts.yaml',
  table: 'public.users',
  phases: ['expand', 'dual-write', 'backfill', 'verify', 'read-switch', 'confidence', 'quarantine'],
  gates: ['read-switch', 'contract'],
  stops: ['verify', 'confidence', 'quarantine'],
  columnsAfter: {
    id: 'bigint NOT NULL',
    email: 'text NOT NULL',
    country: 'character(2)',
    last_seen: 'timestamp with time zone',
    created_at: 'timestamp with time zone NOT NULL DEFAULT now()',
    first_name: 'text',
    last_name: 'text',
  },
});
