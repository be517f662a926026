import { migrationTest } from './migration-test.ts';

migrationTest('add-check', {
  file: 'migrations/0006-users-country-in-capitals.yaml',
  table: 'public.users',
  phases: ['expand', 'backfill', 'verify'],
  // Nobody is asked.
  gates: [],
  stops: [],
  columnsAfter: {
    id: 'bigint NOT NULL',
    email: 'text NOT NULL',
    name: 'text',
    country: 'character(2)',
    last_seen: 'timestamp with time zone',
    created_at: 'timestamp with time zone NOT NULL DEFAULT now()',
  },
});
