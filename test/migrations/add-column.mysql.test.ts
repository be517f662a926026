import { usersColumns } from './mysql-example-columns.ts';
import { migrationTest } from './migration-test.ts';

migrationTest('add-column', {
  file: 'migrations/mysql/0008-users-add-locale.yaml',
  table: 'users',
  phases: ['expand', 'dual-write', 'backfill', 'verify', 'confidence'],
  gates: ['contract'],
  stops: ['backfill', 'confidence'],
  columnsAfter: { ...usersColumns, locale: 'varchar(8) NOT NULL' },
});
