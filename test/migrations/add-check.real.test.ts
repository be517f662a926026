import { usersColumns } from './example-columns.ts';
import { migrationTest } from './migration-test.ts';

migrationTest('add-check', {
  file: 'migrations/0006-users-country-in-capitals.yaml',
  table: 'public.users',
  phases: ['expand', 'backfill', 'verify'],
  // Nobody is asked.
  gates: [],
  stops: [],
  columnsAfter: usersColumns,
});
