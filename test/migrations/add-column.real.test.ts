import { usersColumns } from './example-columns.ts';
import { migrationTest } from './migration-test.ts';

migrationTest('add-column', {
  file: 'migrations/0003-users-add-locale.yaml',
  table: 'public.users',
  // Nothing is read elsewhere and nothing is dropped: reads do not switch, and there is nothing to quarantine.
  phases: ['expand', 'dual-write', 'backfill', 'verify', 'confidence'],
  gates: ['contract'],
  stops: ['backfill', 'confidence'],
  columnsAfter: { ...usersColumns, locale: "text NOT NULL DEFAULT 'en'::text" },
});
