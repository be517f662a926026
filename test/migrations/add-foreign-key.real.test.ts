import { ordersColumns } from './example-columns.ts';
import { migrationTest } from './migration-test.ts';

migrationTest('add-foreign-key', {
  file: 'migrations/0007-orders-refer-to-users.yaml',
  table: 'public.orders',
  phases: ['expand', 'verify'],
  // Nobody is asked.
  gates: [],
  stops: [],
  columnsAfter: ordersColumns,
});
