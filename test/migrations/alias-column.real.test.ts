import { migrationTest } from './migration-test.ts';

migrationTest('rename-column by alias', {
  file: 'migrations/0021-orders-user-to-customer.yaml',
  table: 'public.orders',
  // Nothing is copied and nothing compared: a view stands, reads move, a name goes, the table comes back.
  phases: ['expand', 'read-switch', 'confidence', 'quarantine'],
  gates: ['read-switch', 'contract'],
  stops: ['expand', 'read-switch', 'quarantine'],
  columnsAfter: {
    id: 'bigint NOT NULL',
    customer_id: 'bigint NOT NULL',
    amount: 'integer NOT NULL DEFAULT 0',
    currency: "character(3) NOT NULL DEFAULT 'EUR'::bpchar",
    status: "text NOT NULL DEFAULT 'placed'::text",
    created_at: 'timestamp with time zone NOT NULL DEFAULT now()',
  },
});
