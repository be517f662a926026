-- orders-placed-index: what runs on PostgreSQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

---- phase verify ----

-- run a statement of the author (lock: SHARE UPDATE EXCLUSIVE)
COMMENT ON COLUMN public.orders.status IS 'placed, paid, shipped or returned';

-- build orders_placed (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin orders-placed-index orders_placed */
CREATE INDEX CONCURRENTLY orders_placed ON public.orders (user_id) INCLUDE (amount) WHERE status = 'placed';
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin orders-placed-index orders_placed */')) OR EXISTS (
    SELECT FROM pg_stat_progress_create_index AS p WHERE p.index_relid = i.indexrelid) THEN 'running'
  WHEN i.indisvalid THEN 'done'
  WHEN i.indexrelid IS NOT NULL THEN 'broken'
  ELSE 'absent' END)::text
FROM (SELECT) AS here
LEFT JOIN pg_index AS i ON i.indexrelid = to_regclass('"public"."orders_placed"') AND i.indrelid = '"public"."orders"'::regclass;
-- … if it failed, first:
DROP INDEX CONCURRENTLY IF EXISTS "public"."orders_placed";

-- check that the verify query returns no row (lock: none)
DO $verify$
BEGIN
  IF EXISTS (
SELECT FROM public.orders WHERE status IS NULL
  ) THEN
    RAISE EXCEPTION 'the verify query of the migration gives a row';
  END IF;
END
$verify$;

---- undo of verify ----

-- drop orders_placed (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin orders-placed-index orders_placed */
DROP INDEX CONCURRENTLY IF EXISTS public.orders_placed;
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin orders-placed-index orders_placed */')) THEN 'running'
  WHEN to_regclass('"public"."orders_placed"') IS NULL THEN 'done'
  ELSE 'absent' END)::text;

-- undo by a statement of the author (lock: SHARE UPDATE EXCLUSIVE)
COMMENT ON COLUMN public.orders.status IS NULL;
