import { usersColumns } from './example-columns.ts';
import { migrationTest } from './migration-test.ts';

migrationTest('drop-not-null', {
  file: 'migrations/0004-users-email-optional.yaml',
  table: 'public.users',
  // It is done in one phase, and nobody is asked.
  phases: ['expand'],
  gates: [],
  // It is over before anybody could stop it.
  stops: [],
  columnsAfter: { ...usersColumns, email: 'text' },
});
