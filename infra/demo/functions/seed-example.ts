import { ExecuteStatementCommand, RDSDataClient } from '@aws-sdk/client-rds-data';
import { setTimeout as sleep } from 'node:timers/promises';
import { customResource } from './cloudformation.ts';

const rows = 20_000;

/** The tables that the shipped migrations change, and people and orders in them. Doing it again changes nothing. */
const statements = [
  // The gate before the contract asks it.
  'CREATE EXTENSION IF NOT EXISTS pg_stat_statements',
  `CREATE TABLE IF NOT EXISTS public.users (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email      text NOT NULL UNIQUE,
  name       text,
  country    char(2),
  last_seen  timestamptz,
  created_at timestamptz NOT NULL DEFAULT now())`,
  `CREATE INDEX IF NOT EXISTS users_created_at ON public.users (created_at)`,
  `CREATE TABLE IF NOT EXISTS public.orders (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id    bigint NOT NULL REFERENCES public.users,
  amount     integer NOT NULL DEFAULT 0,
  currency   char(3) NOT NULL DEFAULT 'EUR',
  status     text NOT NULL DEFAULT 'placed' CHECK (status IN ('placed', 'paid', 'shipped', 'returned')),
  created_at timestamptz NOT NULL DEFAULT now())`,
  `CREATE INDEX IF NOT EXISTS orders_user_id ON public.orders (user_id)`,
  `CREATE INDEX IF NOT EXISTS orders_open ON public.orders (created_at) WHERE status <> 'shipped'`,
  `INSERT INTO public.users (email, name, country, last_seen)
SELECT 'user' || n || '@example.com', 'User ' || n, (ARRAY['DE', 'FR', 'GB', 'US'])[1 + n % 4], now() - n * interval '1 minute'
FROM generate_series(1, ${rows}) AS n
WHERE NOT EXISTS (SELECT FROM public.users)`,
  `INSERT INTO public.orders (user_id, amount, status)
SELECT id, (id * 37 % 100000)::integer, (ARRAY['placed', 'paid', 'shipped', 'returned'])[1 + id % 4]
FROM public.users
WHERE NOT EXISTS (SELECT FROM public.orders)`,
];

/** When the demo comes: creates and fills the tables. They go with their cluster. */
export const handler = customResource(async (type) => {
  if (type === 'Delete') return;
  const { CLUSTER_ARN, SECRET_ARN, DATABASE } = process.env;
  const client = new RDSDataClient();
  for (const sql of statements)
    await awake(() =>
      client.send(
        new ExecuteStatementCommand({
          resourceArn: CLUSTER_ARN,
          secretArn: SECRET_ARN,
          database: DATABASE,
          sql,
        }),
      ),
    );
});

const tries = 20;

/** A cluster that pauses, or has only just been made, refuses at first. */
async function awake(run: () => Promise<unknown>): Promise<void> {
  for (let tried = 1; ; tried += 1) {
    try {
      await run();
      return;
    } catch (error) {
      const passing = error instanceof Error && /Resuming|Unavailable|InvalidResourceState/u.test(error.name);
      if (!passing || tried === tries) throw error;
      await sleep(3000);
    }
  }
}
