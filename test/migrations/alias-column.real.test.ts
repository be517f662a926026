import { ordersColumns, without } from './example-columns.ts';
import { migrationTest } from './migration-test.ts';

migrationTest('rename-column by alias', {
  file: 'migrations/0021-orders-user-to-customer.yaml',
  table: 'public.orders',
  // Nothing is copied and nothing compared: a view stands, reads move, a name goes, the table comes back.
  phases: ['expand', 'read-switch', 'confidence', 'quarantine'],
  gates: ['read-switch', 'contract'],
  stops: ['expand', 'read-switch', 'quarantine'],
  columnsAfter: { ...without(ordersColumns, 'user_id'), customer_id: 'bigint NOT NULL' },
});
