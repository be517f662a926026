import { migrationTest } from './migration-test.ts';

migrationTest('change-type under the same name', {
  file: 'migrations/0014-orders-amount-to-bigint.yaml',
  table: 'public.orders',
  phases: ['expand', 'dual-write', 'backfill', 'verify', 'swap', 'confidence'],
  gates: ['swap', 'contract'],
  stops: ['verify', 'swap', 'confidence'],
  columnsAfter: {
    id: 'bigint NOT NULL',
    user_id: 'bigint NOT NULL',
    currency: "character(3) NOT NULL DEFAULT 'EUR'::bpchar",
    status: "text NOT NULL DEFAULT 'placed'::text",
    created_at: 'timestamp with time zone NOT NULL DEFAULT now()',
    amount: "bigint NOT NULL DEFAULT '0'::bigint",
  },
});
