-- orders-refer-to-users: what runs on PostgreSQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: from expand on the database refuses rows whose user_id is not in public.users: a writer that still does that fails at once

-- warning: public.users is locked too, for milliseconds: SHARE ROW EXCLUSIVE when the constraint comes, ACCESS EXCLUSIVE when a rollback drops it

---- phase expand ----

-- add orders_user_fkey, not yet validated (lock: SHARE ROW EXCLUSIVE)
ALTER TABLE "public"."orders"
  ADD CONSTRAINT "orders_user_fkey" FOREIGN KEY ("user_id") REFERENCES "public"."users" ("id") ON DELETE RESTRICT NOT VALID;

---- undo of expand ----

-- drop orders_user_fkey (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."orders"
  DROP CONSTRAINT IF EXISTS "orders_user_fkey";

---- phase verify ----

-- validate orders_user_fkey (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin orders-refer-to-users orders_user_fkey */
ALTER TABLE "public"."orders"
  VALIDATE CONSTRAINT "orders_user_fkey";
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN (SELECT convalidated FROM pg_constraint
        WHERE conrelid = '"public"."orders"'::regclass AND conname = 'orders_user_fkey') THEN 'done'
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin orders-refer-to-users orders_user_fkey */')) THEN 'running'
  ELSE 'absent' END)::text;

---- undo of verify ----
