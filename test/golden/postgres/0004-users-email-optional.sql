-- users-email-optional: what runs on PostgreSQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: readers of users.email meet NULL from then on; a rollback is refused while a row holds it

---- phase expand ----

-- let email be NULL (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."users"
  ALTER COLUMN "email" DROP NOT NULL;
ALTER TABLE "public"."users"
  DROP CONSTRAINT IF EXISTS "underpin_users-email-optional_not_null";

---- undo of expand ----

-- add underpin_users-email-optional_not_null, not yet validated (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."users"
  ADD CONSTRAINT "underpin_users-email-optional_not_null" CHECK ("email" IS DISTINCT FROM NULL) NOT VALID;

-- validate underpin_users-email-optional_not_null (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin users-email-optional underpin_users-email-optional_not_null */
ALTER TABLE "public"."users"
  VALIDATE CONSTRAINT "underpin_users-email-optional_not_null";
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN (SELECT convalidated FROM pg_constraint
        WHERE conrelid = '"public"."users"'::regclass AND conname = 'underpin_users-email-optional_not_null') THEN 'done'
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin users-email-optional underpin_users-email-optional_not_null */')) THEN 'running'
  ELSE 'absent' END)::text;

-- set email NOT NULL (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."users"
  ALTER COLUMN "email" SET NOT NULL;
ALTER TABLE "public"."users"
  DROP CONSTRAINT "underpin_users-email-optional_not_null";
