import { migrationTest } from './migration-test.ts';

migrationTest('set-not-null', {
  file: 'migrations/0005-users-country-required.yaml',
  table: 'public.users',
  phases: ['expand', 'backfill', 'verify'],
  // Nobody is asked.
  gates: [],
  stops: ['backfill'],
  columnsAfter: {
    id: 'bigint NOT NULL',
    email: 'text NOT NULL',
    name: 'text',
    country: 'character(2) NOT NULL',
    last_seen: 'timestamp with time zone',
    created_at: 'timestamp with time zone NOT NULL DEFAULT now()',
  },
});
