import { ordersColumns } from './example-columns.ts';
import { migrationTest } from './migration-test.ts';

migrationTest('add-unique', {
  file: 'migrations/0009-orders-unique-by-user.yaml',
  table: 'public.orders',
  phases: ['verify'],
  // Nobody is asked.
  gates: [],
  stops: [],
  columnsAfter: ordersColumns,
});
