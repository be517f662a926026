import { ordersColumns } from './example-columns.ts';
import { migrationTest } from './migration-test.ts';

migrationTest('add-index', {
  file: 'migrations/0008-orders-index-by-status.yaml',
  table: 'public.orders',
  phases: ['verify'],
  // Nobody is asked.
  gates: [],
  stops: [],
  columnsAfter: ordersColumns,
});
