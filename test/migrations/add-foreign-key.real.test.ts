import { migrationTest } from './migration-test.ts';

migrationTest('add-foreign-key', {
  file: 'migrations/0007-orders-refer-to-users.yaml',
  table: 'public.orders',
  phases: ['expand', 'verify'],
  // Nobody is asked.
  gates: [],
  stops: [],
  columnsAfter: {
    id: 'bigint NOT NULL',
    user_id: 'bigint NOT NULL',
    amount: 'integer NOT NULL DEFAULT 0',
    currency: "character(3) NOT NULL DEFAULT 'EUR'::bpchar",
    status: "text NOT NULL DEFAULT 'placed'::text",
    created_at: 'timestamp with time zone NOT NULL DEFAULT now()',
  },
});
