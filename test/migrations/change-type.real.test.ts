import { ordersColumns, without } from './example-columns.ts';
import { migrationTest } from './migration-test.ts';

migrationTest('change-type', {
  file: 'migrations/0002-orders-amount-to-decimal.yaml',
  table: 'public.orders',
  phases: ['expand', 'dual-write', 'backfill', 'verify', 'read-switch', 'confidence', 'quarantine'],
  gates: ['read-switch', 'contract'],
  stops: ['verify', 'confidence', 'quarantine'],
  columnsAfter: {
    ...without(ordersColumns, 'amount'),
    amount_v2: 'numeric(14,4) NOT NULL DEFAULT 0.0000::numeric(14,4)',
  },
});
