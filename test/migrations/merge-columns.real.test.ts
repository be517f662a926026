import { migrationTest } from './migration-test.ts';

migrationTest('merge-columns', {
  file: 'migrations/0018-addresses-in-one-line.yaml',
  table: 'public.addresses',
  phases: ['expand', 'dual-write', 'backfill', 'verify', 'read-switch', 'confidence', 'quarantine'],
  gates: ['read-switch', 'contract'],
  stops: ['verify', 'confidence', 'quarantine'],
  columnsAfter: {
    id: 'bigint NOT NULL',
    user_id: 'bigint NOT NULL',
    created_at: 'timestamp with time zone NOT NULL DEFAULT now()',
    address: 'text NOT NULL',
  },
});
