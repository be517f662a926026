import { migrationTest } from './migration-test.ts';

migrationTest('drop-index', {
  file: 'migrations/0010-orders-drop-open-index.yaml',
  table: 'public.orders',
  phases: ['verify'],
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
