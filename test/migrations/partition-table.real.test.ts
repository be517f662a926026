import { ordersColumns } from './example-columns.ts';
import { migrationTest } from './migration-test.ts';

migrationTest('partition-table', {
  file: 'migrations/0030-orders-by-month.yaml',
  table: 'public.orders',
  phases: ['expand', 'dual-write', 'backfill', 'verify', 'swap', 'confidence'],
  gates: ['swap', 'contract'],
  stops: ['verify', 'swap', 'confidence'],
  columnsAfter: ordersColumns,
});
