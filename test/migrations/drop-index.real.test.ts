import { ordersColumns } from './example-columns.ts';
import { migrationTest } from './migration-test.ts';

migrationTest('drop-index', {
  file: 'migrations/0010-orders-drop-open-index.yaml',
  table: 'public.orders',
  phases: ['verify'],
  // Nobody is asked.
  gates: [],
  stops: [],
  columnsAfter: ordersColumns,
});
