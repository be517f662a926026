import { migrationTest } from './migration-test.ts';

migrationTest('add-column', {
  file: 'migrations/0003-users-add-locale.yaml',
  table: 'public.users',
  // Nothing is read elsewhere and nothing is dropped: reads do not switch, and there is nothing to quarantine.
  phases: ['expand', 'dual-write', 'backfill', 'verify', 'confidence'],
  gates: ['contract'],
  stops: ['backfill', 'confidence'],
  columnsAfter: {
    id: 'bigint NOT NULL',
    email: 'text NOT NULL',
    name: 'text',
    country: 'character(2)',
    last_seen: 'timestamp with time zone',
    created_at: 'timestamp with time zone NOT NULL DEFAULT now()',
    locale: "text NOT NULL DEFAULT 'en'::text",
  },
});
