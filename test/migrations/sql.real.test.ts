import { migrationTest } from './migration-test.ts';

migrationTest('sql', {
  file: 'migrations/0013-orders-placed-index.yaml',
  table: 'public.orders',
  // Its statements run beside the traffic, where long ones are watched, and nobody is asked.
  phases: ['verify'],
  gates: [],
  // It is over before anybody could stop it.
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
