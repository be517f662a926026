import { without } from './example-columns.ts';
import { usersColumns } from './mysql-example-columns.ts';
import { migrationTest } from './migration-test.ts';

migrationTest('split-column', {
  file: 'migrations/mysql/0009-users-name-in-parts.yaml',
  table: 'users',
  phases: ['expand', 'dual-write', 'backfill', 'verify', 'read-switch', 'confidence'],
  gates: ['read-switch', 'contract'],
  // A start behind a stop is one without traffic: nobody reports reads, and no statements that are counted stand in for them.
  stops: [],
  columnsAfter: { ...without(usersColumns, 'name'), first_name: 'varchar(120)', last_name: 'varchar(120)' },
});
