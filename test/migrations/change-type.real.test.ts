import { migrationTest } from './migration-test.ts';

migrationTest('change-type', {
  file: 'migrations/0002-orders-amount-to-decimal.yaml',
  table: 'public.orders',
  phases: ['expand', 'dual-write', 'backfill', 'verify', 'read-switch', 'confidence', 'quarantine'],
  gates: ['read-switch', 'contract'],
  stops: ['verify', 'confidence', 'quarantine'],
  columnsAfter: {
    id: 'bigint NOT NULL',
    user_id: 'bigint NOT NULL',
    currency: "character(3) NOT NULL DEFAULT 'EUR'::bpchar",
    status: "text NOT NULL DEFAULT 'placed'::text",
    created_at: 'timestamp with time zone NOT NULL DEFAULT now()',
    amount_v2: 'numeric(14,4) NOT NULL DEFAULT 0.0000::numeric(14,4)',
  },
});
