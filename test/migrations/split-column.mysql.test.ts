import { without } from './example-columns.ts';
import { usersColumns } from './mysql-example-columns.ts';
import { migrationTest } from './migration-test.ts';

migrationTest('split-column', {
  file: 'migrations/mysql/0009-users-name-in-parts.yaml',
  table: 'users',
  phases: ['expand', 'dual-write', 'backfill', 'verify', 'read-switch', 'confidence'],
  gates: ['read-switch', 'contract'],
  stops: ['verify', 'confidence'],
  columnsAfter: { ...without(usersColumns, 'name'), first_name: 'varchar(120)', last_name: 'varchar(120)' },
});
