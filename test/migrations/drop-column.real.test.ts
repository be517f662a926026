import { ordersColumns, without } from './example-columns.ts';
import { migrationTest } from './migration-test.ts';

migrationTest('drop-column', {
  file: 'migrations/0011-orders-drop-currency.yaml',
  table: 'public.orders',
  // Nothing is copied and no reads move: its statements are counted, then it is out of sight, then it is gone.
  phases: ['confidence', 'quarantine'],
  gates: ['contract'],
  stops: ['confidence', 'quarantine'],
  columnsAfter: without(ordersColumns, 'currency'),
});
