-- users-name-in-parts: what runs on PostgreSQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: a prepared SELECT * or RETURNING * over public.users fails from expand on, and again from the quarantine and from the contract on: at every execute, inside transactions too (0A000, cached plan must not change result type), until it is prepared again. Name its columns before the start; or end the sessions after the phase (PgBouncer: RECONNECT), or do not prepare on the server (pgjdbc: prepareThreshold=0)

-- warning: COPY public.users FROM without a list of columns fails from expand on (22P04, missing data for column), and so does INSERT INTO … SELECT * FROM public.users. Name their columns before the start

-- warning: INSERT INTO public.users VALUES (…) without a list of columns goes on until the contract; from then on its values land in other columns. Name its columns before the contract

---- phase expand ----

-- add first_name (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."users"
  ADD COLUMN "first_name" text;

-- add last_name (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."users"
  ADD COLUMN "last_name" text;

---- undo of expand ----

-- drop last_name (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."users"
  DROP COLUMN IF EXISTS "last_name";

-- drop first_name (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."users"
  DROP COLUMN IF EXISTS "first_name";

---- phase dual-write ----

-- write every change to both name and first_name, last_name (lock: SHARE ROW EXCLUSIVE)
CREATE OR REPLACE FUNCTION "underpin"."users-name-in-parts_dual_write_names"()
  RETURNS trigger
  LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
BEGIN
  PERFORM set_config('underpin.names', CASE WHEN TG_NARGS = 0 THEN '/' ELSE current_setting('underpin.names') || TG_ARGV[0] || '/' END, true);
  RETURN NEW;
END
$function$;
CREATE OR REPLACE FUNCTION "underpin"."users-name-in-parts_dual_write"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = "$user", "public", pg_temp
  SET standard_conforming_strings = on
  SET transform_null_equals = off
  SET "TimeZone" = 'UTC'
  SET "DateStyle" = 'ISO', 'MDY'
  SET "IntervalStyle" = 'postgres'
  SET "extra_float_digits" = '1'
  SET "bytea_output" = 'hex'
  SET "xmloption" = 'content'
  SET "lc_monetary" = 'C.UTF-8'
  SET "lc_numeric" = 'C.UTF-8'
  SET "lc_time" = 'C.UTF-8'
  SET "default_text_search_config" = 'pg_catalog.english'
  SET "array_nulls" = 'on'
  SET "xmlbinary" = 'base64'
  SET "quote_all_identifiers" = 'off'
  SET "backslash_quote" = 'on'
AS $function$
#variable_conflict use_column
DECLARE
  wrote_old boolean;
  wrote_new boolean;
BEGIN
  IF TG_ARGV[0] = 'loaded before' THEN
    NEW."first_name" := OLD."first_name";
    NEW."last_name" := OLD."last_name";
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    wrote_new := NEW."first_name" IS NOT NULL OR NEW."last_name" IS NOT NULL;
    wrote_old := NEW."name" IS NOT NULL;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."first_name" IS DISTINCT FROM OLD."first_name" OR NEW."last_name" IS DISTINCT FROM OLD."last_name";
    wrote_old := NEW."name" IS DISTINCT FROM OLD."name";
  END IF;
  IF wrote_new AND NOT wrote_old THEN
    IF TG_OP = 'UPDATE' AND OLD."first_name" IS NULL AND OLD."last_name" IS NULL THEN
      IF NEW."first_name" IS NULL AND strpos(coalesce(current_setting('underpin.names', true), '/'), '/1/') = 0 THEN
        NEW."first_name" := (SELECT (nullif(split_part(name, ' ', 1), '')) FROM (SELECT NEW."name") AS "users" ("name"));
      END IF;
      IF NEW."last_name" IS NULL AND strpos(coalesce(current_setting('underpin.names', true), '/'), '/2/') = 0 THEN
        NEW."last_name" := (SELECT (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')) FROM (SELECT NEW."name") AS "users" ("name"));
      END IF;
    END IF;
  END IF;
  IF wrote_new OR NOT wrote_old THEN
    -- A lossy conversion agrees when either direction gives what is there; one that fails agrees with nothing.
    BEGIN
      IF (CASE WHEN NEW."first_name" IS NULL AND NEW."last_name" IS NULL THEN (SELECT (nullif(split_part(name, ' ', 1), '')) FROM (SELECT NEW."name") AS "users" ("name"))::text IS NULL AND (SELECT (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')) FROM (SELECT NEW."name") AS "users" ("name"))::text IS NULL
         WHEN NEW."first_name" IS NOT DISTINCT FROM (SELECT (nullif(split_part(name, ' ', 1), '')) FROM (SELECT NEW."name") AS "users" ("name"))::text AND NEW."last_name" IS NOT DISTINCT FROM (SELECT (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')) FROM (SELECT NEW."name") AS "users" ("name"))::text THEN true
         ELSE NEW."name" IS NOT DISTINCT FROM (SELECT (nullif(concat_ws(' ', first_name, last_name), '')) FROM (SELECT NEW."first_name", NEW."last_name") AS "users" ("first_name", "last_name"))::text END) THEN
        RETURN NEW;
      END IF;
    EXCEPTION
      WHEN connection_exception OR read_only_sql_transaction OR transaction_rollback OR insufficient_resources OR lock_not_available OR operator_intervention OR system_error OR data_corrupted OR index_corrupted THEN
        RAISE;
      WHEN OTHERS OR assert_failure THEN
        NULL;
    END;
  END IF;
  IF wrote_new AND NOT wrote_old THEN
    NEW."name" := (SELECT (nullif(concat_ws(' ', first_name, last_name), '')) FROM (SELECT NEW."first_name", NEW."last_name") AS "users" ("first_name", "last_name"));
  ELSE
    BEGIN
      NEW."first_name" := (SELECT (nullif(split_part(name, ' ', 1), '')) FROM (SELECT NEW."name") AS "users" ("name"));
      NEW."last_name" := (SELECT (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')) FROM (SELECT NEW."name") AS "users" ("name"));
    EXCEPTION
      WHEN connection_exception OR read_only_sql_transaction OR transaction_rollback OR insufficient_resources OR lock_not_available OR operator_intervention OR system_error OR data_corrupted OR index_corrupted THEN
        RAISE;
      WHEN OTHERS OR assert_failure THEN
        NEW."first_name" := NULL;
        NEW."last_name" := NULL;
        PERFORM underpin.note_refused('users-name-in-parts', jsonb_build_array(underpin.key_text(NEW."id")), SQLSTATE);
    END;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."users-name-in-parts_dual_write"() FROM PUBLIC;
CREATE TRIGGER "~underpin_users-name-in-parts_0_names"
  BEFORE UPDATE ON "public"."users"
  FOR EACH ROW
  WHEN ((current_setting('underpin.worker', true) IS DISTINCT FROM 'on' OR pg_trigger_depth() > 0)
    AND OLD."first_name" IS NULL
    AND OLD."last_name" IS NULL)
  EXECUTE FUNCTION "underpin"."users-name-in-parts_dual_write_names"();
ALTER TABLE "public"."users"
  ENABLE ALWAYS TRIGGER "~underpin_users-name-in-parts_0_names";
CREATE TRIGGER "~underpin_users-name-in-parts_0_names_1"
  BEFORE UPDATE OF "first_name" ON "public"."users"
  FOR EACH ROW
  WHEN ((current_setting('underpin.worker', true) IS DISTINCT FROM 'on' OR pg_trigger_depth() > 0)
    AND OLD."first_name" IS NULL
    AND OLD."last_name" IS NULL)
  EXECUTE FUNCTION "underpin"."users-name-in-parts_dual_write_names"('1');
ALTER TABLE "public"."users"
  ENABLE ALWAYS TRIGGER "~underpin_users-name-in-parts_0_names_1";
CREATE TRIGGER "~underpin_users-name-in-parts_0_names_2"
  BEFORE UPDATE OF "last_name" ON "public"."users"
  FOR EACH ROW
  WHEN ((current_setting('underpin.worker', true) IS DISTINCT FROM 'on' OR pg_trigger_depth() > 0)
    AND OLD."first_name" IS NULL
    AND OLD."last_name" IS NULL)
  EXECUTE FUNCTION "underpin"."users-name-in-parts_dual_write_names"('2');
ALTER TABLE "public"."users"
  ENABLE ALWAYS TRIGGER "~underpin_users-name-in-parts_0_names_2";
CREATE TRIGGER "~underpin_users-name-in-parts_0_saved"
  BEFORE UPDATE OF "name" ON "public"."users"
  FOR EACH ROW
  WHEN (NEW."name" IS NOT DISTINCT FROM OLD."name"
    AND NEW."first_name" IS NULL
    AND NEW."last_name" IS NULL
    AND (OLD."first_name" IS NOT NULL OR OLD."last_name" IS NOT NULL)
    AND NEW."name" IS NOT NULL)
  EXECUTE FUNCTION "underpin"."users-name-in-parts_dual_write"('loaded before');
ALTER TABLE "public"."users"
  ENABLE ALWAYS TRIGGER "~underpin_users-name-in-parts_0_saved";
CREATE TRIGGER "~underpin_users-name-in-parts_1_old"
  BEFORE UPDATE OF "name" ON "public"."users"
  FOR EACH ROW
  WHEN (NEW."name" IS NOT DISTINCT FROM OLD."name"
    AND NEW."first_name" IS NOT DISTINCT FROM OLD."first_name"
    AND NEW."last_name" IS NOT DISTINCT FROM OLD."last_name"
    AND (current_setting('underpin.worker', true) IS DISTINCT FROM 'on' OR pg_trigger_depth() > 0))
  EXECUTE FUNCTION "underpin"."users-name-in-parts_dual_write"();
ALTER TABLE "public"."users"
  ENABLE ALWAYS TRIGGER "~underpin_users-name-in-parts_1_old";
CREATE TRIGGER "~underpin_users-name-in-parts_2_new"
  BEFORE UPDATE OF "first_name", "last_name" ON "public"."users"
  FOR EACH ROW
  WHEN (NEW."name" IS NOT DISTINCT FROM OLD."name"
    AND NEW."first_name" IS NOT DISTINCT FROM OLD."first_name"
    AND NEW."last_name" IS NOT DISTINCT FROM OLD."last_name"
    AND (current_setting('underpin.worker', true) IS DISTINCT FROM 'on' OR pg_trigger_depth() > 0))
  EXECUTE FUNCTION "underpin"."users-name-in-parts_dual_write"('named new');
ALTER TABLE "public"."users"
  ENABLE ALWAYS TRIGGER "~underpin_users-name-in-parts_2_new";
CREATE TRIGGER "~underpin_users-name-in-parts_3_insert"
  BEFORE INSERT ON "public"."users"
  FOR EACH ROW
  EXECUTE FUNCTION "underpin"."users-name-in-parts_dual_write"();
ALTER TABLE "public"."users"
  ENABLE ALWAYS TRIGGER "~underpin_users-name-in-parts_3_insert";
CREATE TRIGGER "~underpin_users-name-in-parts_3_update"
  BEFORE UPDATE ON "public"."users"
  FOR EACH ROW
  WHEN (NEW."name" IS DISTINCT FROM OLD."name"
    OR NEW."id" IS DISTINCT FROM OLD."id"
    OR ((NEW."first_name" IS DISTINCT FROM OLD."first_name" OR NEW."last_name" IS DISTINCT FROM OLD."last_name")
      AND (current_setting('underpin.worker', true) IS DISTINCT FROM 'on' OR pg_trigger_depth() > 0)))
  EXECUTE FUNCTION "underpin"."users-name-in-parts_dual_write"();
ALTER TABLE "public"."users"
  ENABLE ALWAYS TRIGGER "~underpin_users-name-in-parts_3_update";

---- undo of dual-write ----

-- end the dual write (lock: ACCESS EXCLUSIVE)
DROP TRIGGER IF EXISTS "~underpin_users-name-in-parts_0_names" ON "public"."users";
DROP TRIGGER IF EXISTS "~underpin_users-name-in-parts_0_names_1" ON "public"."users";
DROP TRIGGER IF EXISTS "~underpin_users-name-in-parts_0_names_2" ON "public"."users";
DROP TRIGGER IF EXISTS "~underpin_users-name-in-parts_0_saved" ON "public"."users";
DROP TRIGGER IF EXISTS "~underpin_users-name-in-parts_1_old" ON "public"."users";
DROP TRIGGER IF EXISTS "~underpin_users-name-in-parts_2_new" ON "public"."users";
DROP TRIGGER IF EXISTS "~underpin_users-name-in-parts_3_insert" ON "public"."users";
DROP TRIGGER IF EXISTS "~underpin_users-name-in-parts_3_update" ON "public"."users";
DROP FUNCTION IF EXISTS "underpin"."users-name-in-parts_dual_write"();
DROP FUNCTION IF EXISTS "underpin"."users-name-in-parts_dual_write_names"();
ALTER TABLE "public"."users"
  ALTER COLUMN "first_name" DROP DEFAULT;
ALTER TABLE "public"."users"
  ALTER COLUMN "last_name" DROP DEFAULT;

---- phase verify ----

-- analyze users (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin users-name-in-parts analyze */
DO $analyze$
BEGIN
  ANALYZE "public"."users";
  -- By hand there is no ledger.
  IF to_regclass('underpin.event') IS NOT NULL THEN
    INSERT INTO underpin.event (migration, epoch, what)
    SELECT name, epoch, 'analyzed' FROM underpin.migration WHERE name = 'users-name-in-parts';
  END IF;
END
$analyze$;
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN EXISTS (SELECT FROM underpin.event AS e JOIN underpin.migration AS m ON m.name = e.migration AND m.epoch = e.epoch
               WHERE m.name = 'users-name-in-parts' AND e.what = 'analyzed') THEN 'done'
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin users-name-in-parts analyze */')) THEN 'running'
  ELSE 'absent' END)::text;

---- undo of verify ----

---- phase read-switch ----

-- first_name, last_name win where a write disagrees (lock: none)
CREATE OR REPLACE FUNCTION "underpin"."users-name-in-parts_dual_write_names"()
  RETURNS trigger
  LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
BEGIN
  PERFORM set_config('underpin.names', CASE WHEN TG_NARGS = 0 THEN '/' ELSE current_setting('underpin.names') || TG_ARGV[0] || '/' END, true);
  RETURN NEW;
END
$function$;
CREATE OR REPLACE FUNCTION "underpin"."users-name-in-parts_dual_write"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = "$user", "public", pg_temp
  SET standard_conforming_strings = on
  SET transform_null_equals = off
  SET "TimeZone" = 'UTC'
  SET "DateStyle" = 'ISO', 'MDY'
  SET "IntervalStyle" = 'postgres'
  SET "extra_float_digits" = '1'
  SET "bytea_output" = 'hex'
  SET "xmloption" = 'content'
  SET "lc_monetary" = 'C.UTF-8'
  SET "lc_numeric" = 'C.UTF-8'
  SET "lc_time" = 'C.UTF-8'
  SET "default_text_search_config" = 'pg_catalog.english'
  SET "array_nulls" = 'on'
  SET "xmlbinary" = 'base64'
  SET "quote_all_identifiers" = 'off'
  SET "backslash_quote" = 'on'
AS $function$
#variable_conflict use_column
DECLARE
  wrote_old boolean;
  wrote_new boolean;
BEGIN
  IF TG_ARGV[0] = 'loaded before' THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    wrote_new := NEW."first_name" IS NOT NULL OR NEW."last_name" IS NOT NULL;
    wrote_old := NEW."name" IS NOT NULL;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."first_name" IS DISTINCT FROM OLD."first_name" OR NEW."last_name" IS DISTINCT FROM OLD."last_name";
    wrote_old := NEW."name" IS DISTINCT FROM OLD."name";
  END IF;
  IF wrote_new AND NOT wrote_old THEN
    IF TG_OP = 'UPDATE' AND OLD."first_name" IS NULL AND OLD."last_name" IS NULL THEN
      IF NEW."first_name" IS NULL AND strpos(coalesce(current_setting('underpin.names', true), '/'), '/1/') = 0 THEN
        NEW."first_name" := (SELECT (nullif(split_part(name, ' ', 1), '')) FROM (SELECT NEW."name") AS "users" ("name"));
      END IF;
      IF NEW."last_name" IS NULL AND strpos(coalesce(current_setting('underpin.names', true), '/'), '/2/') = 0 THEN
        NEW."last_name" := (SELECT (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')) FROM (SELECT NEW."name") AS "users" ("name"));
      END IF;
    END IF;
  END IF;
  IF wrote_new OR NOT wrote_old THEN
    -- A lossy conversion agrees when either direction gives what is there; one that fails agrees with nothing.
    BEGIN
      IF (CASE WHEN NEW."first_name" IS NULL AND NEW."last_name" IS NULL THEN (SELECT (nullif(split_part(name, ' ', 1), '')) FROM (SELECT NEW."name") AS "users" ("name"))::text IS NULL AND (SELECT (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')) FROM (SELECT NEW."name") AS "users" ("name"))::text IS NULL
         WHEN NEW."first_name" IS NOT DISTINCT FROM (SELECT (nullif(split_part(name, ' ', 1), '')) FROM (SELECT NEW."name") AS "users" ("name"))::text AND NEW."last_name" IS NOT DISTINCT FROM (SELECT (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')) FROM (SELECT NEW."name") AS "users" ("name"))::text THEN true
         ELSE NEW."name" IS NOT DISTINCT FROM (SELECT (nullif(concat_ws(' ', first_name, last_name), '')) FROM (SELECT NEW."first_name", NEW."last_name") AS "users" ("first_name", "last_name"))::text END) THEN
        RETURN NEW;
      END IF;
    EXCEPTION
      WHEN connection_exception OR read_only_sql_transaction OR transaction_rollback OR insufficient_resources OR lock_not_available OR operator_intervention OR system_error OR data_corrupted OR index_corrupted THEN
        RAISE;
      WHEN OTHERS OR assert_failure THEN
        NULL;
    END;
  END IF;
  IF wrote_new AND wrote_old THEN
    IF TG_OP = 'UPDATE' AND OLD."first_name" IS NULL AND OLD."last_name" IS NULL THEN
      IF NEW."first_name" IS NULL AND strpos(coalesce(current_setting('underpin.names', true), '/'), '/1/') = 0 THEN
        NEW."first_name" := (SELECT (nullif(split_part(name, ' ', 1), '')) FROM (SELECT NEW."name") AS "users" ("name"));
      END IF;
      IF NEW."last_name" IS NULL AND strpos(coalesce(current_setting('underpin.names', true), '/'), '/2/') = 0 THEN
        NEW."last_name" := (SELECT (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')) FROM (SELECT NEW."name") AS "users" ("name"));
      END IF;
    END IF;
  END IF;
  IF wrote_new THEN
    NEW."name" := (SELECT (nullif(concat_ws(' ', first_name, last_name), '')) FROM (SELECT NEW."first_name", NEW."last_name") AS "users" ("first_name", "last_name"));
  ELSE
    BEGIN
      NEW."first_name" := (SELECT (nullif(split_part(name, ' ', 1), '')) FROM (SELECT NEW."name") AS "users" ("name"));
      NEW."last_name" := (SELECT (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')) FROM (SELECT NEW."name") AS "users" ("name"));
    EXCEPTION
      WHEN connection_exception OR read_only_sql_transaction OR transaction_rollback OR insufficient_resources OR lock_not_available OR operator_intervention OR system_error OR data_corrupted OR index_corrupted THEN
        RAISE;
      WHEN OTHERS OR assert_failure THEN
        NEW."first_name" := NULL;
        NEW."last_name" := NULL;
        PERFORM underpin.note_refused('users-name-in-parts', jsonb_build_array(underpin.key_text(NEW."id")), SQLSTATE);
    END;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."users-name-in-parts_dual_write"() FROM PUBLIC;

---- undo of read-switch ----

-- name wins where a write disagrees (lock: none)
CREATE OR REPLACE FUNCTION "underpin"."users-name-in-parts_dual_write_names"()
  RETURNS trigger
  LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
BEGIN
  PERFORM set_config('underpin.names', CASE WHEN TG_NARGS = 0 THEN '/' ELSE current_setting('underpin.names') || TG_ARGV[0] || '/' END, true);
  RETURN NEW;
END
$function$;
CREATE OR REPLACE FUNCTION "underpin"."users-name-in-parts_dual_write"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = "$user", "public", pg_temp
  SET standard_conforming_strings = on
  SET transform_null_equals = off
  SET "TimeZone" = 'UTC'
  SET "DateStyle" = 'ISO', 'MDY'
  SET "IntervalStyle" = 'postgres'
  SET "extra_float_digits" = '1'
  SET "bytea_output" = 'hex'
  SET "xmloption" = 'content'
  SET "lc_monetary" = 'C.UTF-8'
  SET "lc_numeric" = 'C.UTF-8'
  SET "lc_time" = 'C.UTF-8'
  SET "default_text_search_config" = 'pg_catalog.english'
  SET "array_nulls" = 'on'
  SET "xmlbinary" = 'base64'
  SET "quote_all_identifiers" = 'off'
  SET "backslash_quote" = 'on'
AS $function$
#variable_conflict use_column
DECLARE
  wrote_old boolean;
  wrote_new boolean;
BEGIN
  IF TG_ARGV[0] = 'loaded before' THEN
    NEW."first_name" := OLD."first_name";
    NEW."last_name" := OLD."last_name";
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    wrote_new := NEW."first_name" IS NOT NULL OR NEW."last_name" IS NOT NULL;
    wrote_old := NEW."name" IS NOT NULL;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."first_name" IS DISTINCT FROM OLD."first_name" OR NEW."last_name" IS DISTINCT FROM OLD."last_name";
    wrote_old := NEW."name" IS DISTINCT FROM OLD."name";
  END IF;
  IF wrote_new AND NOT wrote_old THEN
    IF TG_OP = 'UPDATE' AND OLD."first_name" IS NULL AND OLD."last_name" IS NULL THEN
      IF NEW."first_name" IS NULL AND strpos(coalesce(current_setting('underpin.names', true), '/'), '/1/') = 0 THEN
        NEW."first_name" := (SELECT (nullif(split_part(name, ' ', 1), '')) FROM (SELECT NEW."name") AS "users" ("name"));
      END IF;
      IF NEW."last_name" IS NULL AND strpos(coalesce(current_setting('underpin.names', true), '/'), '/2/') = 0 THEN
        NEW."last_name" := (SELECT (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')) FROM (SELECT NEW."name") AS "users" ("name"));
      END IF;
    END IF;
  END IF;
  IF wrote_new OR NOT wrote_old THEN
    -- A lossy conversion agrees when either direction gives what is there; one that fails agrees with nothing.
    BEGIN
      IF (CASE WHEN NEW."first_name" IS NULL AND NEW."last_name" IS NULL THEN (SELECT (nullif(split_part(name, ' ', 1), '')) FROM (SELECT NEW."name") AS "users" ("name"))::text IS NULL AND (SELECT (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')) FROM (SELECT NEW."name") AS "users" ("name"))::text IS NULL
         WHEN NEW."first_name" IS NOT DISTINCT FROM (SELECT (nullif(split_part(name, ' ', 1), '')) FROM (SELECT NEW."name") AS "users" ("name"))::text AND NEW."last_name" IS NOT DISTINCT FROM (SELECT (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')) FROM (SELECT NEW."name") AS "users" ("name"))::text THEN true
         ELSE NEW."name" IS NOT DISTINCT FROM (SELECT (nullif(concat_ws(' ', first_name, last_name), '')) FROM (SELECT NEW."first_name", NEW."last_name") AS "users" ("first_name", "last_name"))::text END) THEN
        RETURN NEW;
      END IF;
    EXCEPTION
      WHEN connection_exception OR read_only_sql_transaction OR transaction_rollback OR insufficient_resources OR lock_not_available OR operator_intervention OR system_error OR data_corrupted OR index_corrupted THEN
        RAISE;
      WHEN OTHERS OR assert_failure THEN
        NULL;
    END;
  END IF;
  IF wrote_new AND NOT wrote_old THEN
    NEW."name" := (SELECT (nullif(concat_ws(' ', first_name, last_name), '')) FROM (SELECT NEW."first_name", NEW."last_name") AS "users" ("first_name", "last_name"));
  ELSE
    BEGIN
      NEW."first_name" := (SELECT (nullif(split_part(name, ' ', 1), '')) FROM (SELECT NEW."name") AS "users" ("name"));
      NEW."last_name" := (SELECT (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')) FROM (SELECT NEW."name") AS "users" ("name"));
    EXCEPTION
      WHEN connection_exception OR read_only_sql_transaction OR transaction_rollback OR insufficient_resources OR lock_not_available OR operator_intervention OR system_error OR data_corrupted OR index_corrupted THEN
        RAISE;
      WHEN OTHERS OR assert_failure THEN
        NEW."first_name" := NULL;
        NEW."last_name" := NULL;
        PERFORM underpin.note_refused('users-name-in-parts', jsonb_build_array(underpin.key_text(NEW."id")), SQLSTATE);
    END;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."users-name-in-parts_dual_write"() FROM PUBLIC;

---- phase quarantine ----

-- move name out of the way, still kept fresh (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."users"
  RENAME COLUMN "name" TO "underpin_quarantined_name";
CREATE OR REPLACE FUNCTION "underpin"."users-name-in-parts_dual_write_names"()
  RETURNS trigger
  LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
BEGIN
  PERFORM set_config('underpin.names', CASE WHEN TG_NARGS = 0 THEN '/' ELSE current_setting('underpin.names') || TG_ARGV[0] || '/' END, true);
  RETURN NEW;
END
$function$;
CREATE OR REPLACE FUNCTION "underpin"."users-name-in-parts_dual_write"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = "$user", "public", pg_temp
  SET standard_conforming_strings = on
  SET transform_null_equals = off
  SET "TimeZone" = 'UTC'
  SET "DateStyle" = 'ISO', 'MDY'
  SET "IntervalStyle" = 'postgres'
  SET "extra_float_digits" = '1'
  SET "bytea_output" = 'hex'
  SET "xmloption" = 'content'
  SET "lc_monetary" = 'C.UTF-8'
  SET "lc_numeric" = 'C.UTF-8'
  SET "lc_time" = 'C.UTF-8'
  SET "default_text_search_config" = 'pg_catalog.english'
  SET "array_nulls" = 'on'
  SET "xmlbinary" = 'base64'
  SET "quote_all_identifiers" = 'off'
  SET "backslash_quote" = 'on'
AS $function$
#variable_conflict use_column
DECLARE
  wrote_old boolean;
  wrote_new boolean;
BEGIN
  IF TG_ARGV[0] = 'loaded before' THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    wrote_new := NEW."first_name" IS NOT NULL OR NEW."last_name" IS NOT NULL;
    wrote_old := NEW."underpin_quarantined_name" IS NOT NULL;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."first_name" IS DISTINCT FROM OLD."first_name" OR NEW."last_name" IS DISTINCT FROM OLD."last_name";
    wrote_old := NEW."underpin_quarantined_name" IS DISTINCT FROM OLD."underpin_quarantined_name";
  END IF;
  IF wrote_new AND NOT wrote_old THEN
    IF TG_OP = 'UPDATE' AND OLD."first_name" IS NULL AND OLD."last_name" IS NULL THEN
      IF NEW."first_name" IS NULL AND strpos(coalesce(current_setting('underpin.names', true), '/'), '/1/') = 0 THEN
        NEW."first_name" := (SELECT (nullif(split_part(name, ' ', 1), '')) FROM (SELECT NEW."underpin_quarantined_name") AS "users" ("name"));
      END IF;
      IF NEW."last_name" IS NULL AND strpos(coalesce(current_setting('underpin.names', true), '/'), '/2/') = 0 THEN
        NEW."last_name" := (SELECT (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')) FROM (SELECT NEW."underpin_quarantined_name") AS "users" ("name"));
      END IF;
    END IF;
  END IF;
  IF wrote_new OR NOT wrote_old THEN
    -- A lossy conversion agrees when either direction gives what is there; one that fails agrees with nothing.
    BEGIN
      IF (CASE WHEN NEW."first_name" IS NULL AND NEW."last_name" IS NULL THEN (SELECT (nullif(split_part(name, ' ', 1), '')) FROM (SELECT NEW."underpin_quarantined_name") AS "users" ("name"))::text IS NULL AND (SELECT (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')) FROM (SELECT NEW."underpin_quarantined_name") AS "users" ("name"))::text IS NULL
         WHEN NEW."first_name" IS NOT DISTINCT FROM (SELECT (nullif(split_part(name, ' ', 1), '')) FROM (SELECT NEW."underpin_quarantined_name") AS "users" ("name"))::text AND NEW."last_name" IS NOT DISTINCT FROM (SELECT (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')) FROM (SELECT NEW."underpin_quarantined_name") AS "users" ("name"))::text THEN true
         ELSE NEW."underpin_quarantined_name" IS NOT DISTINCT FROM (SELECT (nullif(concat_ws(' ', first_name, last_name), '')) FROM (SELECT NEW."first_name", NEW."last_name") AS "users" ("first_name", "last_name"))::text END) THEN
        RETURN NEW;
      END IF;
    EXCEPTION
      WHEN connection_exception OR read_only_sql_transaction OR transaction_rollback OR insufficient_resources OR lock_not_available OR operator_intervention OR system_error OR data_corrupted OR index_corrupted THEN
        RAISE;
      WHEN OTHERS OR assert_failure THEN
        NULL;
    END;
  END IF;
  IF wrote_new AND wrote_old THEN
    IF TG_OP = 'UPDATE' AND OLD."first_name" IS NULL AND OLD."last_name" IS NULL THEN
      IF NEW."first_name" IS NULL AND strpos(coalesce(current_setting('underpin.names', true), '/'), '/1/') = 0 THEN
        NEW."first_name" := (SELECT (nullif(split_part(name, ' ', 1), '')) FROM (SELECT NEW."underpin_quarantined_name") AS "users" ("name"));
      END IF;
      IF NEW."last_name" IS NULL AND strpos(coalesce(current_setting('underpin.names', true), '/'), '/2/') = 0 THEN
        NEW."last_name" := (SELECT (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')) FROM (SELECT NEW."underpin_quarantined_name") AS "users" ("name"));
      END IF;
    END IF;
  END IF;
  IF wrote_new THEN
    NEW."underpin_quarantined_name" := (SELECT (nullif(concat_ws(' ', first_name, last_name), '')) FROM (SELECT NEW."first_name", NEW."last_name") AS "users" ("first_name", "last_name"));
  ELSE
    BEGIN
      NEW."first_name" := (SELECT (nullif(split_part(name, ' ', 1), '')) FROM (SELECT NEW."underpin_quarantined_name") AS "users" ("name"));
      NEW."last_name" := (SELECT (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')) FROM (SELECT NEW."underpin_quarantined_name") AS "users" ("name"));
    EXCEPTION
      WHEN connection_exception OR read_only_sql_transaction OR transaction_rollback OR insufficient_resources OR lock_not_available OR operator_intervention OR system_error OR data_corrupted OR index_corrupted THEN
        RAISE;
      WHEN OTHERS OR assert_failure THEN
        NEW."first_name" := NULL;
        NEW."last_name" := NULL;
        PERFORM underpin.note_refused('users-name-in-parts', jsonb_build_array(underpin.key_text(NEW."id")), SQLSTATE);
    END;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."users-name-in-parts_dual_write"() FROM PUBLIC;

---- undo of quarantine ----

-- bring name back (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."users"
  RENAME COLUMN "underpin_quarantined_name" TO "name";
CREATE OR REPLACE FUNCTION "underpin"."users-name-in-parts_dual_write_names"()
  RETURNS trigger
  LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
BEGIN
  PERFORM set_config('underpin.names', CASE WHEN TG_NARGS = 0 THEN '/' ELSE current_setting('underpin.names') || TG_ARGV[0] || '/' END, true);
  RETURN NEW;
END
$function$;
CREATE OR REPLACE FUNCTION "underpin"."users-name-in-parts_dual_write"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = "$user", "public", pg_temp
  SET standard_conforming_strings = on
  SET transform_null_equals = off
  SET "TimeZone" = 'UTC'
  SET "DateStyle" = 'ISO', 'MDY'
  SET "IntervalStyle" = 'postgres'
  SET "extra_float_digits" = '1'
  SET "bytea_output" = 'hex'
  SET "xmloption" = 'content'
  SET "lc_monetary" = 'C.UTF-8'
  SET "lc_numeric" = 'C.UTF-8'
  SET "lc_time" = 'C.UTF-8'
  SET "default_text_search_config" = 'pg_catalog.english'
  SET "array_nulls" = 'on'
  SET "xmlbinary" = 'base64'
  SET "quote_all_identifiers" = 'off'
  SET "backslash_quote" = 'on'
AS $function$
#variable_conflict use_column
DECLARE
  wrote_old boolean;
  wrote_new boolean;
BEGIN
  IF TG_ARGV[0] = 'loaded before' THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    wrote_new := NEW."first_name" IS NOT NULL OR NEW."last_name" IS NOT NULL;
    wrote_old := NEW."name" IS NOT NULL;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."first_name" IS DISTINCT FROM OLD."first_name" OR NEW."last_name" IS DISTINCT FROM OLD."last_name";
    wrote_old := NEW."name" IS DISTINCT FROM OLD."name";
  END IF;
  IF wrote_new AND NOT wrote_old THEN
    IF TG_OP = 'UPDATE' AND OLD."first_name" IS NULL AND OLD."last_name" IS NULL THEN
      IF NEW."first_name" IS NULL AND strpos(coalesce(current_setting('underpin.names', true), '/'), '/1/') = 0 THEN
        NEW."first_name" := (SELECT (nullif(split_part(name, ' ', 1), '')) FROM (SELECT NEW."name") AS "users" ("name"));
      END IF;
      IF NEW."last_name" IS NULL AND strpos(coalesce(current_setting('underpin.names', true), '/'), '/2/') = 0 THEN
        NEW."last_name" := (SELECT (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')) FROM (SELECT NEW."name") AS "users" ("name"));
      END IF;
    END IF;
  END IF;
  IF wrote_new OR NOT wrote_old THEN
    -- A lossy conversion agrees when either direction gives what is there; one that fails agrees with nothing.
    BEGIN
      IF (CASE WHEN NEW."first_name" IS NULL AND NEW."last_name" IS NULL THEN (SELECT (nullif(split_part(name, ' ', 1), '')) FROM (SELECT NEW."name") AS "users" ("name"))::text IS NULL AND (SELECT (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')) FROM (SELECT NEW."name") AS "users" ("name"))::text IS NULL
         WHEN NEW."first_name" IS NOT DISTINCT FROM (SELECT (nullif(split_part(name, ' ', 1), '')) FROM (SELECT NEW."name") AS "users" ("name"))::text AND NEW."last_name" IS NOT DISTINCT FROM (SELECT (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')) FROM (SELECT NEW."name") AS "users" ("name"))::text THEN true
         ELSE NEW."name" IS NOT DISTINCT FROM (SELECT (nullif(concat_ws(' ', first_name, last_name), '')) FROM (SELECT NEW."first_name", NEW."last_name") AS "users" ("first_name", "last_name"))::text END) THEN
        RETURN NEW;
      END IF;
    EXCEPTION
      WHEN connection_exception OR read_only_sql_transaction OR transaction_rollback OR insufficient_resources OR lock_not_available OR operator_intervention OR system_error OR data_corrupted OR index_corrupted THEN
        RAISE;
      WHEN OTHERS OR assert_failure THEN
        NULL;
    END;
  END IF;
  IF wrote_new AND wrote_old THEN
    IF TG_OP = 'UPDATE' AND OLD."first_name" IS NULL AND OLD."last_name" IS NULL THEN
      IF NEW."first_name" IS NULL AND strpos(coalesce(current_setting('underpin.names', true), '/'), '/1/') = 0 THEN
        NEW."first_name" := (SELECT (nullif(split_part(name, ' ', 1), '')) FROM (SELECT NEW."name") AS "users" ("name"));
      END IF;
      IF NEW."last_name" IS NULL AND strpos(coalesce(current_setting('underpin.names', true), '/'), '/2/') = 0 THEN
        NEW."last_name" := (SELECT (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')) FROM (SELECT NEW."name") AS "users" ("name"));
      END IF;
    END IF;
  END IF;
  IF wrote_new THEN
    NEW."name" := (SELECT (nullif(concat_ws(' ', first_name, last_name), '')) FROM (SELECT NEW."first_name", NEW."last_name") AS "users" ("first_name", "last_name"));
  ELSE
    BEGIN
      NEW."first_name" := (SELECT (nullif(split_part(name, ' ', 1), '')) FROM (SELECT NEW."name") AS "users" ("name"));
      NEW."last_name" := (SELECT (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')) FROM (SELECT NEW."name") AS "users" ("name"));
    EXCEPTION
      WHEN connection_exception OR read_only_sql_transaction OR transaction_rollback OR insufficient_resources OR lock_not_available OR operator_intervention OR system_error OR data_corrupted OR index_corrupted THEN
        RAISE;
      WHEN OTHERS OR assert_failure THEN
        NEW."first_name" := NULL;
        NEW."last_name" := NULL;
        PERFORM underpin.note_refused('users-name-in-parts', jsonb_build_array(underpin.key_text(NEW."id")), SQLSTATE);
    END;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."users-name-in-parts_dual_write"() FROM PUBLIC;

---- phase contract ----

-- end the dual write and drop name (lock: ACCESS EXCLUSIVE)
DROP TRIGGER IF EXISTS "~underpin_users-name-in-parts_0_names" ON "public"."users";
DROP TRIGGER IF EXISTS "~underpin_users-name-in-parts_0_names_1" ON "public"."users";
DROP TRIGGER IF EXISTS "~underpin_users-name-in-parts_0_names_2" ON "public"."users";
DROP TRIGGER IF EXISTS "~underpin_users-name-in-parts_0_saved" ON "public"."users";
DROP TRIGGER IF EXISTS "~underpin_users-name-in-parts_1_old" ON "public"."users";
DROP TRIGGER IF EXISTS "~underpin_users-name-in-parts_2_new" ON "public"."users";
DROP TRIGGER IF EXISTS "~underpin_users-name-in-parts_3_insert" ON "public"."users";
DROP TRIGGER IF EXISTS "~underpin_users-name-in-parts_3_update" ON "public"."users";
DROP FUNCTION IF EXISTS "underpin"."users-name-in-parts_dual_write"();
DROP FUNCTION IF EXISTS "underpin"."users-name-in-parts_dual_write_names"();
ALTER TABLE "public"."users"
  DROP COLUMN IF EXISTS "underpin_quarantined_name";

---- undo of contract ----

-- cannot be undone: users.name is gone

---- the walk over the rows, each statement one call ----

-- cut
WITH fence AS MATERIALIZED (
  SELECT name, epoch, underpin.sees_every_row('"public"."users"'::regclass) FROM underpin.migration WHERE name = :migration AND epoch = :epoch FOR UPDATE
), sample AS MATERIALIZED (
  SELECT "id"
  FROM "public"."users"
    TABLESAMPLE SYSTEM (least(100, 100.0 * 300 / greatest(1, pg_relation_size('"public"."users"'::regclass) / 8192)))
), ranked AS (
  SELECT "id", ntile(:shards::integer) OVER (ORDER BY "id") AS "underpin tile" FROM sample
), bounds AS (
  SELECT "underpin tile" AS tile, jsonb_build_array(underpin.key_text(last."id")) AS bound
  FROM (
    SELECT DISTINCT ON ("underpin tile") *
    FROM ranked
    ORDER BY "underpin tile", "id" DESC
  ) AS last
), pieces AS (
  SELECT row_number() OVER (ORDER BY tile) - 1 AS shard,
         lag(bound) OVER (ORDER BY tile) AS lower,
         CASE WHEN tile < max(tile) OVER () THEN bound END AS upper
  FROM (SELECT tile, bound FROM bounds UNION ALL SELECT 1, NULL WHERE NOT EXISTS (SELECT FROM bounds)) AS tiles
), cut AS (
  INSERT INTO underpin.checkpoint (migration, purpose, start, n, shard, epoch, next, upper)
  SELECT f.name, :purpose, :start, :n, b.shard, f.epoch,
         CASE WHEN b.lower IS NULL
           THEN (SELECT jsonb_build_array(underpin.key_text(t."id")) FROM "public"."users" AS t ORDER BY t."id" LIMIT 1)
           ELSE (SELECT jsonb_build_array(underpin.key_text(t."id")) FROM "public"."users" AS t WHERE t."id" > (b.lower ->> 0)::bigint ORDER BY t."id" LIMIT 1) END,
         coalesce(b.upper, (SELECT jsonb_build_array(underpin.key_text(t."id")) FROM "public"."users" AS t ORDER BY t."id" DESC LIMIT 1))
  FROM fence AS f CROSS JOIN pieces AS b
  WHERE NOT EXISTS (SELECT FROM underpin.checkpoint WHERE migration = :migration AND purpose = :purpose AND start = :start AND n = :n)
  ON CONFLICT DO NOTHING
  RETURNING shard
)
SELECT json_build_object('held', (SELECT count(*) FROM fence), 'cut', (SELECT count(*) FROM cut))::text;

-- batch
SELECT underpin.batch(
  E'{"search_path":"\\"$user\\", \\"public\\", pg_temp","TimeZone":"UTC","DateStyle":"ISO, MDY","IntervalStyle":"postgres","extra_float_digits":"1","bytea_output":"hex","xmloption":"content","lc_monetary":"C.UTF-8","lc_numeric":"C.UTF-8","lc_time":"C.UTF-8","default_text_search_config":"pg_catalog.english","array_nulls":"on","xmlbinary":"base64","quote_all_identifiers":"off","backslash_quote":"on","transform_null_equals":"off","standard_conforming_strings":"on"}',
  jsonb_build_object('migration', (:migration)::text, 'purpose', (:purpose)::text, 'start', (:start)::bigint, 'n', (:n)::bigint, 'shard', (:shard)::integer, 'epoch', (:epoch)::bigint, 'rows', (:rows)::bigint, 'lock_timeout', (:lock_timeout)::text),
$range$
WITH fence AS MATERIALIZED (
  SELECT (next ->> 0)::bigint AS lo_1,
         (upper ->> 0)::bigint AS upper_1,
         set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."users"'::regclass)
  FROM underpin.checkpoint
  WHERE migration = ($1 ->> 'migration') AND purpose = ($1 ->> 'purpose') AND start = ($1 ->> 'start')::bigint AND n = ($1 ->> 'n')::bigint
    AND shard = ($1 ->> 'shard')::integer AND epoch = ($1 ->> 'epoch')::bigint AND next IS NOT NULL
  FOR UPDATE
), ends AS MATERIALIZED (
  SELECT "id" AS key_1, row_number() OVER () AS nth
  FROM (
    SELECT "id"
    FROM "public"."users"
    WHERE "id" >= (SELECT lo_1 FROM fence)
      AND "id" <= (SELECT upper_1 FROM fence)
    ORDER BY "id"
    OFFSET ($1 ->> 'rows')::bigint - 1 LIMIT 2
  ) AS two
), range AS MATERIALIZED (
  SELECT clock_timestamp() AS began, set_config('lock_timeout', ($1 ->> 'lock_timeout'), true),
         lo_1,
         coalesce((SELECT key_1 FROM ends WHERE nth = 1), upper_1) AS hi_1,
         (SELECT key_1 FROM ends WHERE nth = 2) AS next_1,
         EXISTS (SELECT FROM ends) AS whole
  FROM fence
)
SELECT jsonb_build_object('last', jsonb_build_array(underpin.key_text(hi_1)), 'next', CASE WHEN next_1 IS NOT NULL THEN jsonb_build_array(underpin.key_text(next_1)) END,
                          'whole', whole, 'began', began)
FROM range
$range$,
$write$
WITH range AS MATERIALIZED (
  SELECT (next ->> 0)::bigint AS lo_1, ($2 ->> 0)::bigint AS hi_1
  FROM underpin.checkpoint
  WHERE migration = ($1 ->> 'migration') AND purpose = ($1 ->> 'purpose') AND start = ($1 ->> 'start')::bigint AND n = ($1 ->> 'n')::bigint
    AND shard = ($1 ->> 'shard')::integer AND epoch = ($1 ->> 'epoch')::bigint
)
UPDATE "public"."users"
SET "first_name" = nullif(split_part(name, ' ', 1), ''),
      "last_name" = nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')
WHERE "id" >= (SELECT lo_1 FROM range)
    AND "id" <= (SELECT hi_1 FROM range)
    AND NOT (CASE WHEN "first_name" IS NULL AND "last_name" IS NULL THEN (nullif(split_part(name, ' ', 1), ''))::text IS NULL AND (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), ''))::text IS NULL
           WHEN "first_name" IS NOT DISTINCT FROM (nullif(split_part(name, ' ', 1), ''))::text AND "last_name" IS NOT DISTINCT FROM (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), ''))::text THEN true
           ELSE "name" IS NOT DISTINCT FROM (nullif(concat_ws(' ', first_name, last_name), ''))::text END)
$write$,
$count$
WITH range AS MATERIALIZED (
  SELECT (next ->> 0)::bigint AS lo_1, ($2 ->> 0)::bigint AS hi_1
  FROM underpin.checkpoint
  WHERE migration = ($1 ->> 'migration') AND purpose = ($1 ->> 'purpose') AND start = ($1 ->> 'start')::bigint AND n = ($1 ->> 'n')::bigint
    AND shard = ($1 ->> 'shard')::integer AND epoch = ($1 ->> 'epoch')::bigint
)
SELECT count(*) FROM "public"."users" WHERE "id" >= (SELECT lo_1 FROM range)
    AND "id" <= (SELECT hi_1 FROM range)
$count$);

-- check
SELECT underpin.under_settings(
  E'{"search_path":"\\"$user\\", \\"public\\", pg_temp","TimeZone":"UTC","DateStyle":"ISO, MDY","IntervalStyle":"postgres","extra_float_digits":"1","bytea_output":"hex","xmloption":"content","lc_monetary":"C.UTF-8","lc_numeric":"C.UTF-8","lc_time":"C.UTF-8","default_text_search_config":"pg_catalog.english","array_nulls":"on","xmlbinary":"base64","quote_all_identifiers":"off","backslash_quote":"on","transform_null_equals":"off","standard_conforming_strings":"on"}',
  jsonb_build_object('migration', (:migration)::text, 'purpose', (:purpose)::text, 'start', (:start)::bigint, 'n', (:n)::bigint, 'shard', (:shard)::integer, 'epoch', (:epoch)::bigint, 'rows', (:rows)::bigint, 'lock_timeout', (:lock_timeout)::text),
$walk$
WITH fence AS MATERIALIZED (
  SELECT (next ->> 0)::bigint AS lo_1,
         (upper ->> 0)::bigint AS upper_1,
         set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."users"'::regclass)
  FROM underpin.checkpoint
  WHERE migration = ($1 ->> 'migration') AND purpose = ($1 ->> 'purpose') AND start = ($1 ->> 'start')::bigint AND n = ($1 ->> 'n')::bigint
    AND shard = ($1 ->> 'shard')::integer AND epoch = ($1 ->> 'epoch')::bigint AND next IS NOT NULL
  FOR UPDATE
), ends AS MATERIALIZED (
  SELECT "id" AS key_1, row_number() OVER () AS nth
  FROM (
    SELECT "id"
    FROM "public"."users"
    WHERE "id" >= (SELECT lo_1 FROM fence)
      AND "id" <= (SELECT upper_1 FROM fence)
    ORDER BY "id"
    OFFSET ($1 ->> 'rows')::bigint - 1 LIMIT 2
  ) AS two
), range AS MATERIALIZED (
  SELECT clock_timestamp() AS began, set_config('lock_timeout', ($1 ->> 'lock_timeout'), true),
         lo_1,
         coalesce((SELECT key_1 FROM ends WHERE nth = 1), upper_1) AS hi_1,
         (SELECT key_1 FROM ends WHERE nth = 2) AS next_1,
         EXISTS (SELECT FROM ends) AS whole
  FROM fence
), checked AS MATERIALIZED (
  SELECT count(*) FILTER (WHERE NOT (CASE WHEN "first_name" IS NULL AND "last_name" IS NULL THEN (nullif(split_part(name, ' ', 1), ''))::text IS NULL AND (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), ''))::text IS NULL
           WHEN "first_name" IS NOT DISTINCT FROM (nullif(split_part(name, ' ', 1), ''))::text AND "last_name" IS NOT DISTINCT FROM (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), ''))::text THEN true
           ELSE "name" IS NOT DISTINCT FROM (nullif(concat_ws(' ', first_name, last_name), ''))::text END)) AS mismatches
  FROM "public"."users"
  WHERE "id" >= (SELECT lo_1 FROM range)
    AND "id" <= (SELECT hi_1 FROM range)
), moved AS (
  UPDATE underpin.checkpoint
  SET next = (SELECT CASE WHEN next_1 IS NOT NULL THEN jsonb_build_array(underpin.key_text(next_1)) END FROM range),
      rows = rows + CASE WHEN (SELECT whole FROM range) THEN ($1 ->> 'rows')::bigint
                         ELSE (SELECT count(*) FROM "public"."users" WHERE "id" >= (SELECT lo_1 FROM range) AND "id" <= (SELECT hi_1 FROM range)) END,
      changed = changed + (SELECT mismatches FROM checked),
      batches = batches + 1,
      batch_rows = ($1 ->> 'rows')::bigint,
      started_at = CASE WHEN batches = 0 THEN (SELECT began FROM range) ELSE started_at END,
      updated_at = clock_timestamp()
  WHERE migration = ($1 ->> 'migration') AND purpose = ($1 ->> 'purpose') AND start = ($1 ->> 'start')::bigint AND n = ($1 ->> 'n')::bigint
    AND shard = ($1 ->> 'shard')::integer AND epoch = ($1 ->> 'epoch')::bigint AND (SELECT count(*) FROM range) = 1
  RETURNING next IS NULL AS done, rows, changed
)
SELECT json_build_object(
  'state', CASE WHEN (SELECT count(*) FROM moved) = 1 THEN CASE WHEN (SELECT done FROM moved) THEN 'done' ELSE 'going' END
                WHEN EXISTS (SELECT FROM underpin.checkpoint
                             WHERE migration = ($1 ->> 'migration') AND purpose = ($1 ->> 'purpose') AND start = ($1 ->> 'start')::bigint AND n = ($1 ->> 'n')::bigint
                               AND shard = ($1 ->> 'shard')::integer AND epoch = ($1 ->> 'epoch')::bigint AND next IS NULL) THEN 'done'
                WHEN EXISTS (SELECT FROM underpin.checkpoint
                             WHERE migration = ($1 ->> 'migration') AND purpose = ($1 ->> 'purpose') AND start = ($1 ->> 'start')::bigint AND n = ($1 ->> 'n')::bigint
                               AND shard = ($1 ->> 'shard')::integer AND epoch = ($1 ->> 'epoch')::bigint) THEN 'going'
                ELSE 'fenced' END,
  'rows', coalesce((SELECT rows FROM moved), (SELECT rows FROM underpin.checkpoint
                             WHERE migration = ($1 ->> 'migration') AND purpose = ($1 ->> 'purpose') AND start = ($1 ->> 'start')::bigint AND n = ($1 ->> 'n')::bigint
                               AND shard = ($1 ->> 'shard')::integer AND epoch = ($1 ->> 'epoch')::bigint)),
  'changed', (SELECT changed FROM moved),
  'commit', (SELECT CASE WHEN done THEN current_setting('synchronous_commit')
                         ELSE set_config('synchronous_commit', 'off', true) END FROM moved),
  'ms', (SELECT round(extract(epoch FROM clock_timestamp() - began) * 1000) FROM range))::text
$walk$);

-- skip
WITH fence AS MATERIALIZED (
  SELECT (next ->> 0)::bigint AS lo_1,
         (upper ->> 0)::bigint AS upper_1,
         set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."users"'::regclass)
  FROM underpin.checkpoint
  WHERE migration = :migration AND purpose = :purpose AND start = :start AND n = :n
    AND shard = :shard AND epoch = :epoch AND next IS NOT NULL
  FOR UPDATE
), ends AS MATERIALIZED (
  SELECT "id" AS key_1, row_number() OVER () AS nth
  FROM (
    SELECT "id"
    FROM "public"."users"
    WHERE "id" >= (SELECT lo_1 FROM fence)
      AND "id" <= (SELECT upper_1 FROM fence)
    ORDER BY "id"
    OFFSET :rows::bigint - 1 LIMIT 2
  ) AS two
), range AS MATERIALIZED (
  SELECT clock_timestamp() AS began, set_config('lock_timeout', :lock_timeout, true),
         lo_1,
         coalesce((SELECT key_1 FROM ends WHERE nth = 1), upper_1) AS hi_1,
         (SELECT key_1 FROM ends WHERE nth = 2) AS next_1,
         EXISTS (SELECT FROM ends) AS whole
  FROM fence
), stubborn AS (
  INSERT INTO underpin.stubborn_row (migration, key, sqlstate)
  SELECT :migration, jsonb_build_array(underpin.key_text(hi_1)), :sqlstate FROM range WHERE whole
  ON CONFLICT (migration, key) DO UPDATE SET sqlstate = excluded.sqlstate, attempts = stubborn_row.attempts + 1
), moved AS (
  UPDATE underpin.checkpoint
  SET next = (SELECT CASE WHEN next_1 IS NOT NULL THEN jsonb_build_array(underpin.key_text(next_1)) END FROM range),
      rows = rows + CASE WHEN (SELECT whole FROM range) THEN :rows::bigint
                         ELSE (SELECT count(*) FROM "public"."users" WHERE "id" >= (SELECT lo_1 FROM range) AND "id" <= (SELECT hi_1 FROM range)) END,
      changed = changed + 1,
      batches = batches + 1,
      batch_rows = :rows::bigint,
      started_at = CASE WHEN batches = 0 THEN (SELECT began FROM range) ELSE started_at END,
      updated_at = clock_timestamp()
  WHERE migration = :migration AND purpose = :purpose AND start = :start AND n = :n
    AND shard = :shard AND epoch = :epoch AND (SELECT count(*) FROM range) = 1
  RETURNING next IS NULL AS done, rows, changed
)
SELECT json_build_object(
  'state', CASE WHEN (SELECT count(*) FROM moved) = 1 THEN CASE WHEN (SELECT done FROM moved) THEN 'done' ELSE 'going' END
                WHEN EXISTS (SELECT FROM underpin.checkpoint
                             WHERE migration = :migration AND purpose = :purpose AND start = :start AND n = :n
                               AND shard = :shard AND epoch = :epoch AND next IS NULL) THEN 'done'
                WHEN EXISTS (SELECT FROM underpin.checkpoint
                             WHERE migration = :migration AND purpose = :purpose AND start = :start AND n = :n
                               AND shard = :shard AND epoch = :epoch) THEN 'going'
                ELSE 'fenced' END,
  'rows', coalesce((SELECT rows FROM moved), (SELECT rows FROM underpin.checkpoint
                             WHERE migration = :migration AND purpose = :purpose AND start = :start AND n = :n
                               AND shard = :shard AND epoch = :epoch)),
  'changed', (SELECT changed FROM moved),
  'commit', (SELECT CASE WHEN done THEN current_setting('synchronous_commit')
                         ELSE set_config('synchronous_commit', 'off', true) END FROM moved),
  'ms', (SELECT round(extract(epoch FROM clock_timestamp() - began) * 1000) FROM range))::text;

-- sweep
SELECT underpin.under_settings(
  E'{"search_path":"\\"$user\\", \\"public\\", pg_temp","TimeZone":"UTC","DateStyle":"ISO, MDY","IntervalStyle":"postgres","extra_float_digits":"1","bytea_output":"hex","xmloption":"content","lc_monetary":"C.UTF-8","lc_numeric":"C.UTF-8","lc_time":"C.UTF-8","default_text_search_config":"pg_catalog.english","array_nulls":"on","xmlbinary":"base64","quote_all_identifiers":"off","backslash_quote":"on","transform_null_equals":"off","standard_conforming_strings":"on"}',
  jsonb_build_object('migration', (:migration)::text, 'epoch', (:epoch)::bigint, 'key', (:key)::jsonb, 'lock_timeout', (:lock_timeout)::text),
$walk$
WITH fence AS MATERIALIZED (
  SELECT name, set_config('lock_timeout', ($1 ->> 'lock_timeout'), true), set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."users"'::regclass)
  FROM underpin.migration
  WHERE name = ($1 ->> 'migration') AND epoch = ($1 ->> 'epoch')::bigint
  FOR UPDATE
), written AS (
  UPDATE "public"."users"
  SET "first_name" = nullif(split_part(name, ' ', 1), ''),
      "last_name" = nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')
  WHERE "id" = (($1 -> 'key') ->> 0)::bigint
    AND NOT (CASE WHEN "first_name" IS NULL AND "last_name" IS NULL THEN (nullif(split_part(name, ' ', 1), ''))::text IS NULL AND (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), ''))::text IS NULL
           WHEN "first_name" IS NOT DISTINCT FROM (nullif(split_part(name, ' ', 1), ''))::text AND "last_name" IS NOT DISTINCT FROM (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), ''))::text THEN true
           ELSE "name" IS NOT DISTINCT FROM (nullif(concat_ws(' ', first_name, last_name), ''))::text END)
    AND (SELECT count(*) FROM fence) = 1
  RETURNING 1
), swept AS (
  DELETE FROM underpin.stubborn_row
  WHERE migration = ($1 ->> 'migration') AND key = ($1 -> 'key') AND (SELECT count(*) FROM fence) = 1
    -- Whoever has written a refused value since the row was looked at has noted it again.
    AND attempts = (SELECT attempts FROM underpin.stubborn_row WHERE migration = ($1 ->> 'migration') AND key = ($1 -> 'key'))
  RETURNING migration
), dated AS (
  UPDATE underpin.migration SET swept_at = clock_timestamp(), swept_by = pg_current_xact_id()
  WHERE name = (SELECT migration FROM swept)
)
SELECT json_build_object('held', (SELECT count(*) FROM fence), 'changed', (SELECT count(*) FROM written))::text
$walk$);

-- list
SELECT underpin.under_settings(
  E'{"search_path":"\\"$user\\", \\"public\\", pg_temp","TimeZone":"UTC","DateStyle":"ISO, MDY","IntervalStyle":"postgres","extra_float_digits":"1","bytea_output":"hex","xmloption":"content","lc_monetary":"C.UTF-8","lc_numeric":"C.UTF-8","lc_time":"C.UTF-8","default_text_search_config":"pg_catalog.english","array_nulls":"on","xmlbinary":"base64","quote_all_identifiers":"off","backslash_quote":"on","transform_null_equals":"off","standard_conforming_strings":"on"}',
  jsonb_build_object(),
$walk$
SELECT json_agg(a)::text FROM (
SELECT "id" FROM "public"."users" WHERE NOT (CASE WHEN "first_name" IS NULL AND "last_name" IS NULL THEN (nullif(split_part(name, ' ', 1), ''))::text IS NULL AND (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), ''))::text IS NULL
           WHEN "first_name" IS NOT DISTINCT FROM (nullif(split_part(name, ' ', 1), ''))::text AND "last_name" IS NOT DISTINCT FROM (nullif(substr(name, length(split_part(name, ' ', 1)) + 2), ''))::text THEN true
           ELSE "name" IS NOT DISTINCT FROM (nullif(concat_ws(' ', first_name, last_name), ''))::text END) LIMIT 1000
) AS a
$walk$);
