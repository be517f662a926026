import { usersColumns } from './mysql-example-columns.ts';
import { migrationTest } from './migration-test.ts';

migrationTest('set-not-null with a repair', {
  file: 'migrations/mysql/0007-users-country-required.yaml',
  table: 'users',
  phases: ['expand', 'backfill', 'verify'],
  gates: [],
  stops: ['backfill', 'verify'],
  columnsAfter: { ...usersColumns, country: 'char(2) NOT NULL' },
});
