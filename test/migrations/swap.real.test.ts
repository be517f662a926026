import { ordersColumns } from './example-columns.ts';
import { migrationTest } from './migration-test.ts';

migrationTest('change-type under the same name', {
  file: 'migrations/0014-orders-amount-to-bigint.yaml',
  table: 'public.orders',
  phases: ['expand', 'dual-write', 'backfill', 'verify', 'swap', 'confidence'],
  gates: ['swap', 'contract'],
  stops: ['verify', 'swap', 'confidence'],
  columnsAfter: { ...ordersColumns, amount: "bigint NOT NULL DEFAULT '0'::bigint" },
});
