import { usersColumns } from './example-columns.ts';
import { migrationTest } from './migration-test.ts';

migrationTest('set-not-null', {
  file: 'migrations/0005-users-country-required.yaml',
  table: 'public.users',
  phases: ['expand', 'backfill', 'verify'],
  // Nobody is asked.
  gates: [],
  stops: ['backfill'],
  columnsAfter: { ...usersColumns, country: 'character(2) NOT NULL' },
});
