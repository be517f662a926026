-- orders-drop-currency: what runs on PostgreSQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: the contract drops the values of orders.currency in every row; their space is free for new rows only as rows are rewritten

-- warning: after the contract only a backup has it: take a snapshot of the cluster (aws rds create-db-cluster-snapshot) before you approve the contract gate

-- warning: a prepared SELECT * or RETURNING * over public.orders fails from the quarantine on, and again from the contract on: at every execute, inside transactions too (0A000, cached plan must not change result type), until it is prepared again. Name its columns before the start; or end the sessions after the phase (PgBouncer: RECONNECT), or do not prepare on the server (pgjdbc: prepareThreshold=0)

-- warning: COPY public.orders FROM without a list of columns fails from the contract on (22P04, extra data after last expected column), and so does INSERT INTO … SELECT * FROM public.orders. Name their columns before the start

-- warning: INSERT INTO public.orders VALUES (…) without a list of columns goes on until the contract; from then on its values land in other columns. Name its columns before the contract

---- phase quarantine ----

-- hide currency as underpin_quarantined_currency, with its values (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."orders"
  RENAME COLUMN "currency" TO "underpin_quarantined_currency";

---- undo of quarantine ----

-- bring currency back (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."orders"
  RENAME COLUMN "underpin_quarantined_currency" TO "currency";

---- phase contract ----

-- drop underpin_quarantined_currency (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."orders"
  DROP COLUMN IF EXISTS "underpin_quarantined_currency";

---- undo of contract ----

-- cannot be undone: orders.currency is gone
