import { migrationTest } from './migration-test.ts';

migrationTest('partition-table', {
  file: 'migrations/0030-orders-by-month.yaml',
  table: 'public.orders',
  phases: ['expand', 'dual-write', 'backfill', 'verify', 'swap', 'confidence'],
  gates: ['swap', 'contract'],
  stops: ['verify', 'swap', 'confidence'],
  columnsAfter: {
    id: 'bigint NOT NULL',
    user_id: 'bigint NOT NULL',
    amount: 'integer NOT NULL DEFAULT 0',
    currency: "character(3) NOT NULL DEFAULT 'EUR'::bpchar",
    status: "text NOT NULL DEFAULT 'placed'::text",
    created_at: 'timestamp with time zone NOT NULL DEFAULT now()',
  },
});
