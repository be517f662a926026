import { ordersColumns } from './example-columns.ts';
import { migrationTest } from './migration-test.ts';

migrationTest('sql', {
  file: 'migrations/0013-orders-placed-index.yaml',
  table: 'public.orders',
  // Its statements run beside the traffic, where long ones are watched, and nobody is asked.
  phases: ['verify'],
  gates: [],
  // It is over before anybody could stop it.
  stops: [],
  columnsAfter: ordersColumns,
});
