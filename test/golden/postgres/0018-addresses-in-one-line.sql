-- addresses-in-one-line: what runs on PostgreSQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: address is NOT NULL from verify on: a write of the old columns that gives no value for it is refused from then on

-- warning: a prepared SELECT * or RETURNING * over public.addresses fails from expand on, and again from the quarantine and from the contract on: at every execute, inside transactions too (0A000, cached plan must not change result type), until it is prepared again. Name its columns before the start; or end the sessions after the phase (PgBouncer: RECONNECT), or do not prepare on the server (pgjdbc: prepareThreshold=0)

-- warning: COPY public.addresses FROM without a list of columns fails from expand on (22P04, missing data for column), and so does INSERT INTO … SELECT * FROM public.addresses. Name their columns before the start

-- warning: INSERT INTO public.addresses VALUES (…) without a list of columns goes on until the contract; from then on its values land in other columns. Name its columns before the contract

---- phase expand ----

-- add address (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."addresses"
  ADD COLUMN "address" text;

---- undo of expand ----

-- drop address (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."addresses"
  DROP COLUMN IF EXISTS "address";

---- phase dual-write ----

-- write every change to both street, zip, city and address (lock: SHARE ROW EXCLUSIVE)
CREATE OR REPLACE FUNCTION "underpin"."addresses-in-one-line_dual_write"()
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
    NEW."address" := OLD."address";
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    wrote_new := NEW."address" IS NOT NULL;
    wrote_old := NEW."street" IS NOT NULL OR NEW."zip" IS DISTINCT FROM (''::text)::text OR NEW."city" IS NOT NULL;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."address" IS DISTINCT FROM OLD."address";
    wrote_old := NEW."street" IS DISTINCT FROM OLD."street" OR NEW."zip" IS DISTINCT FROM OLD."zip" OR NEW."city" IS DISTINCT FROM OLD."city";
  END IF;
  IF wrote_new OR NOT wrote_old THEN
    -- A lossy conversion agrees when either direction gives what is there; one that fails agrees with nothing.
    BEGIN
      IF (CASE WHEN NEW."address" IS NULL THEN (SELECT (concat_ws(E'\n', street, zip, city)) FROM (SELECT NEW."street", NEW."zip", NEW."city") AS "addresses" ("street", "zip", "city"))::text IS NULL
         WHEN NEW."address" IS NOT DISTINCT FROM (SELECT (concat_ws(E'\n', street, zip, city)) FROM (SELECT NEW."street", NEW."zip", NEW."city") AS "addresses" ("street", "zip", "city"))::text THEN true
         ELSE NEW."street" IS NOT DISTINCT FROM (SELECT (split_part(address, E'\n', 1)) FROM (SELECT NEW."address") AS "addresses" ("address"))::text AND NEW."zip" IS NOT DISTINCT FROM (SELECT (split_part(address, E'\n', 2)) FROM (SELECT NEW."address") AS "addresses" ("address"))::text AND NEW."city" IS NOT DISTINCT FROM (SELECT (split_part(address, E'\n', 3)) FROM (SELECT NEW."address") AS "addresses" ("address"))::text END) THEN
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
    NEW."street" := (SELECT (split_part(address, E'\n', 1)) FROM (SELECT NEW."address") AS "addresses" ("address"));
    NEW."zip" := (SELECT (split_part(address, E'\n', 2)) FROM (SELECT NEW."address") AS "addresses" ("address"));
    NEW."city" := (SELECT (split_part(address, E'\n', 3)) FROM (SELECT NEW."address") AS "addresses" ("address"));
  ELSE
    BEGIN
      NEW."address" := (SELECT (concat_ws(E'\n', street, zip, city)) FROM (SELECT NEW."street", NEW."zip", NEW."city") AS "addresses" ("street", "zip", "city"));
    EXCEPTION
      WHEN connection_exception OR read_only_sql_transaction OR transaction_rollback OR insufficient_resources OR lock_not_available OR operator_intervention OR system_error OR data_corrupted OR index_corrupted THEN
        RAISE;
      WHEN OTHERS OR assert_failure THEN
        NEW."address" := NULL;
        PERFORM underpin.note_refused('addresses-in-one-line', jsonb_build_array(underpin.key_text(NEW."id")), SQLSTATE);
    END;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."addresses-in-one-line_dual_write"() FROM PUBLIC;
CREATE TRIGGER "~underpin_addresses-in-one-line_0_saved"
  BEFORE UPDATE OF "street", "zip", "city" ON "public"."addresses"
  FOR EACH ROW
  WHEN (NEW."street" IS NOT DISTINCT FROM OLD."street"
    AND NEW."zip" IS NOT DISTINCT FROM OLD."zip"
    AND NEW."city" IS NOT DISTINCT FROM OLD."city"
    AND NEW."address" IS NULL
    AND OLD."address" IS NOT NULL
    AND (NEW."street" IS NOT NULL OR NEW."zip" IS NOT NULL OR NEW."city" IS NOT NULL))
  EXECUTE FUNCTION "underpin"."addresses-in-one-line_dual_write"('loaded before');
ALTER TABLE "public"."addresses"
  ENABLE ALWAYS TRIGGER "~underpin_addresses-in-one-line_0_saved";
CREATE TRIGGER "~underpin_addresses-in-one-line_1_old"
  BEFORE UPDATE OF "street", "zip", "city" ON "public"."addresses"
  FOR EACH ROW
  WHEN (NEW."street" IS NOT DISTINCT FROM OLD."street"
    AND NEW."zip" IS NOT DISTINCT FROM OLD."zip"
    AND NEW."city" IS NOT DISTINCT FROM OLD."city"
    AND NEW."address" IS NOT DISTINCT FROM OLD."address"
    AND (current_setting('underpin.worker', true) IS DISTINCT FROM 'on' OR pg_trigger_depth() > 0))
  EXECUTE FUNCTION "underpin"."addresses-in-one-line_dual_write"();
ALTER TABLE "public"."addresses"
  ENABLE ALWAYS TRIGGER "~underpin_addresses-in-one-line_1_old";
CREATE TRIGGER "~underpin_addresses-in-one-line_2_new"
  BEFORE UPDATE OF "address" ON "public"."addresses"
  FOR EACH ROW
  WHEN (NEW."street" IS NOT DISTINCT FROM OLD."street"
    AND NEW."zip" IS NOT DISTINCT FROM OLD."zip"
    AND NEW."city" IS NOT DISTINCT FROM OLD."city"
    AND NEW."address" IS NOT DISTINCT FROM OLD."address"
    AND (current_setting('underpin.worker', true) IS DISTINCT FROM 'on' OR pg_trigger_depth() > 0))
  EXECUTE FUNCTION "underpin"."addresses-in-one-line_dual_write"('named new');
ALTER TABLE "public"."addresses"
  ENABLE ALWAYS TRIGGER "~underpin_addresses-in-one-line_2_new";
CREATE TRIGGER "~underpin_addresses-in-one-line_3_insert"
  BEFORE INSERT ON "public"."addresses"
  FOR EACH ROW
  EXECUTE FUNCTION "underpin"."addresses-in-one-line_dual_write"();
ALTER TABLE "public"."addresses"
  ENABLE ALWAYS TRIGGER "~underpin_addresses-in-one-line_3_insert";
CREATE TRIGGER "~underpin_addresses-in-one-line_3_update"
  BEFORE UPDATE ON "public"."addresses"
  FOR EACH ROW
  WHEN (NEW."street" IS DISTINCT FROM OLD."street" OR NEW."zip" IS DISTINCT FROM OLD."zip" OR NEW."city" IS DISTINCT FROM OLD."city"
    OR NEW."id" IS DISTINCT FROM OLD."id"
    OR (NEW."address" IS DISTINCT FROM OLD."address"
      AND (current_setting('underpin.worker', true) IS DISTINCT FROM 'on' OR pg_trigger_depth() > 0)))
  EXECUTE FUNCTION "underpin"."addresses-in-one-line_dual_write"();
ALTER TABLE "public"."addresses"
  ENABLE ALWAYS TRIGGER "~underpin_addresses-in-one-line_3_update";

---- undo of dual-write ----

-- end the dual write (lock: ACCESS EXCLUSIVE)
DROP TRIGGER IF EXISTS "~underpin_addresses-in-one-line_0_saved" ON "public"."addresses";
DROP TRIGGER IF EXISTS "~underpin_addresses-in-one-line_1_old" ON "public"."addresses";
DROP TRIGGER IF EXISTS "~underpin_addresses-in-one-line_2_new" ON "public"."addresses";
DROP TRIGGER IF EXISTS "~underpin_addresses-in-one-line_3_insert" ON "public"."addresses";
DROP TRIGGER IF EXISTS "~underpin_addresses-in-one-line_3_update" ON "public"."addresses";
DROP FUNCTION IF EXISTS "underpin"."addresses-in-one-line_dual_write"();
ALTER TABLE "public"."addresses"
  ALTER COLUMN "address" DROP DEFAULT;

---- phase verify ----

-- add underpin_addresses-in-one-line_not_null, not yet validated (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."addresses"
  ADD CONSTRAINT "underpin_addresses-in-one-line_not_null" CHECK ("address" IS DISTINCT FROM NULL) NOT VALID;

-- validate underpin_addresses-in-one-line_not_null (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin addresses-in-one-line underpin_addresses-in-one-line_not_null */
ALTER TABLE "public"."addresses"
  VALIDATE CONSTRAINT "underpin_addresses-in-one-line_not_null";
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN (SELECT convalidated FROM pg_constraint
        WHERE conrelid = '"public"."addresses"'::regclass AND conname = 'underpin_addresses-in-one-line_not_null') THEN 'done'
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin addresses-in-one-line underpin_addresses-in-one-line_not_null */')) THEN 'running'
  ELSE 'absent' END)::text;

-- set address NOT NULL (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."addresses"
  ALTER COLUMN "address" SET NOT NULL;
ALTER TABLE "public"."addresses"
  DROP CONSTRAINT "underpin_addresses-in-one-line_not_null";

-- build addresses_city_address (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin addresses-in-one-line addresses_city_address */
CREATE INDEX CONCURRENTLY "addresses_city_address"
  ON "public"."addresses" USING btree (split_part(address, '
'::text, 3), address);
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin addresses-in-one-line addresses_city_address */')) OR EXISTS (
    SELECT FROM pg_stat_progress_create_index AS p WHERE p.index_relid = i.indexrelid) THEN 'running'
  WHEN i.indisvalid THEN 'done'
  WHEN i.indexrelid IS NOT NULL THEN 'broken'
  ELSE 'absent' END)::text
FROM (SELECT) AS here
LEFT JOIN pg_index AS i ON i.indexrelid = to_regclass('"public"."addresses_city_address"') AND i.indrelid = '"public"."addresses"'::regclass;
-- … if it failed, first:
DROP INDEX CONCURRENTLY IF EXISTS "public"."addresses_city_address";

-- add addresses_address_check, not yet validated (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."addresses"
  ADD CONSTRAINT "addresses_address_check" CHECK ((split_part(address, '
'::text, 3) <> ''::text)) NOT VALID;

-- validate addresses_address_check (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin addresses-in-one-line addresses_address_check */
ALTER TABLE "public"."addresses"
  VALIDATE CONSTRAINT "addresses_address_check";
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN (SELECT convalidated FROM pg_constraint
        WHERE conrelid = '"public"."addresses"'::regclass AND conname = 'addresses_address_check') THEN 'done'
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin addresses-in-one-line addresses_address_check */')) THEN 'running'
  ELSE 'absent' END)::text;

-- analyze addresses (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin addresses-in-one-line analyze */
DO $analyze$
BEGIN
  ANALYZE "public"."addresses";
  -- By hand there is no ledger.
  IF to_regclass('underpin.event') IS NOT NULL THEN
    INSERT INTO underpin.event (migration, epoch, what)
    SELECT name, epoch, 'analyzed' FROM underpin.migration WHERE name = 'addresses-in-one-line';
  END IF;
END
$analyze$;
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN EXISTS (SELECT FROM underpin.event AS e JOIN underpin.migration AS m ON m.name = e.migration AND m.epoch = e.epoch
               WHERE m.name = 'addresses-in-one-line' AND e.what = 'analyzed') THEN 'done'
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin addresses-in-one-line analyze */')) THEN 'running'
  ELSE 'absent' END)::text;

---- undo of verify ----

-- drop the constraints and indexes of address (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."addresses"
  DROP CONSTRAINT IF EXISTS "addresses_address_check";
DROP INDEX IF EXISTS "public"."addresses_city_address";

-- let address be NULL again (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."addresses"
  ALTER COLUMN "address" DROP NOT NULL;
ALTER TABLE "public"."addresses"
  DROP CONSTRAINT IF EXISTS "underpin_addresses-in-one-line_not_null";

---- phase read-switch ----

-- address wins where a write disagrees (lock: none)
CREATE OR REPLACE FUNCTION "underpin"."addresses-in-one-line_dual_write"()
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
    wrote_new := NEW."address" IS NOT NULL;
    wrote_old := NEW."street" IS NOT NULL OR NEW."zip" IS DISTINCT FROM (''::text)::text OR NEW."city" IS NOT NULL;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."address" IS DISTINCT FROM OLD."address";
    wrote_old := NEW."street" IS DISTINCT FROM OLD."street" OR NEW."zip" IS DISTINCT FROM OLD."zip" OR NEW."city" IS DISTINCT FROM OLD."city";
  END IF;
  IF wrote_new OR NOT wrote_old THEN
    -- A lossy conversion agrees when either direction gives what is there; one that fails agrees with nothing.
    BEGIN
      IF (CASE WHEN NEW."address" IS NULL THEN (SELECT (concat_ws(E'\n', street, zip, city)) FROM (SELECT NEW."street", NEW."zip", NEW."city") AS "addresses" ("street", "zip", "city"))::text IS NULL
         WHEN NEW."address" IS NOT DISTINCT FROM (SELECT (concat_ws(E'\n', street, zip, city)) FROM (SELECT NEW."street", NEW."zip", NEW."city") AS "addresses" ("street", "zip", "city"))::text THEN true
         ELSE NEW."street" IS NOT DISTINCT FROM (SELECT (split_part(address, E'\n', 1)) FROM (SELECT NEW."address") AS "addresses" ("address"))::text AND NEW."zip" IS NOT DISTINCT FROM (SELECT (split_part(address, E'\n', 2)) FROM (SELECT NEW."address") AS "addresses" ("address"))::text AND NEW."city" IS NOT DISTINCT FROM (SELECT (split_part(address, E'\n', 3)) FROM (SELECT NEW."address") AS "addresses" ("address"))::text END) THEN
        RETURN NEW;
      END IF;
    EXCEPTION
      WHEN connection_exception OR read_only_sql_transaction OR transaction_rollback OR insufficient_resources OR lock_not_available OR operator_intervention OR system_error OR data_corrupted OR index_corrupted THEN
        RAISE;
      WHEN OTHERS OR assert_failure THEN
        NULL;
    END;
  END IF;
  IF wrote_new THEN
    NEW."street" := (SELECT (split_part(address, E'\n', 1)) FROM (SELECT NEW."address") AS "addresses" ("address"));
    NEW."zip" := (SELECT (split_part(address, E'\n', 2)) FROM (SELECT NEW."address") AS "addresses" ("address"));
    NEW."city" := (SELECT (split_part(address, E'\n', 3)) FROM (SELECT NEW."address") AS "addresses" ("address"));
  ELSE
    BEGIN
      NEW."address" := (SELECT (concat_ws(E'\n', street, zip, city)) FROM (SELECT NEW."street", NEW."zip", NEW."city") AS "addresses" ("street", "zip", "city"));
    EXCEPTION
      WHEN connection_exception OR read_only_sql_transaction OR transaction_rollback OR insufficient_resources OR lock_not_available OR operator_intervention OR system_error OR data_corrupted OR index_corrupted THEN
        RAISE;
      WHEN OTHERS OR assert_failure THEN
        NEW."address" := NULL;
        PERFORM underpin.note_refused('addresses-in-one-line', jsonb_build_array(underpin.key_text(NEW."id")), SQLSTATE);
    END;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."addresses-in-one-line_dual_write"() FROM PUBLIC;

---- undo of read-switch ----

-- street, zip, city win where a write disagrees (lock: none)
CREATE OR REPLACE FUNCTION "underpin"."addresses-in-one-line_dual_write"()
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
    NEW."address" := OLD."address";
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    wrote_new := NEW."address" IS NOT NULL;
    wrote_old := NEW."street" IS NOT NULL OR NEW."zip" IS DISTINCT FROM (''::text)::text OR NEW."city" IS NOT NULL;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."address" IS DISTINCT FROM OLD."address";
    wrote_old := NEW."street" IS DISTINCT FROM OLD."street" OR NEW."zip" IS DISTINCT FROM OLD."zip" OR NEW."city" IS DISTINCT FROM OLD."city";
  END IF;
  IF wrote_new OR NOT wrote_old THEN
    -- A lossy conversion agrees when either direction gives what is there; one that fails agrees with nothing.
    BEGIN
      IF (CASE WHEN NEW."address" IS NULL THEN (SELECT (concat_ws(E'\n', street, zip, city)) FROM (SELECT NEW."street", NEW."zip", NEW."city") AS "addresses" ("street", "zip", "city"))::text IS NULL
         WHEN NEW."address" IS NOT DISTINCT FROM (SELECT (concat_ws(E'\n', street, zip, city)) FROM (SELECT NEW."street", NEW."zip", NEW."city") AS "addresses" ("street", "zip", "city"))::text THEN true
         ELSE NEW."street" IS NOT DISTINCT FROM (SELECT (split_part(address, E'\n', 1)) FROM (SELECT NEW."address") AS "addresses" ("address"))::text AND NEW."zip" IS NOT DISTINCT FROM (SELECT (split_part(address, E'\n', 2)) FROM (SELECT NEW."address") AS "addresses" ("address"))::text AND NEW."city" IS NOT DISTINCT FROM (SELECT (split_part(address, E'\n', 3)) FROM (SELECT NEW."address") AS "addresses" ("address"))::text END) THEN
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
    NEW."street" := (SELECT (split_part(address, E'\n', 1)) FROM (SELECT NEW."address") AS "addresses" ("address"));
    NEW."zip" := (SELECT (split_part(address, E'\n', 2)) FROM (SELECT NEW."address") AS "addresses" ("address"));
    NEW."city" := (SELECT (split_part(address, E'\n', 3)) FROM (SELECT NEW."address") AS "addresses" ("address"));
  ELSE
    BEGIN
      NEW."address" := (SELECT (concat_ws(E'\n', street, zip, city)) FROM (SELECT NEW."street", NEW."zip", NEW."city") AS "addresses" ("street", "zip", "city"));
    EXCEPTION
      WHEN connection_exception OR read_only_sql_transaction OR transaction_rollback OR insufficient_resources OR lock_not_available OR operator_intervention OR system_error OR data_corrupted OR index_corrupted THEN
        RAISE;
      WHEN OTHERS OR assert_failure THEN
        NEW."address" := NULL;
        PERFORM underpin.note_refused('addresses-in-one-line', jsonb_build_array(underpin.key_text(NEW."id")), SQLSTATE);
    END;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."addresses-in-one-line_dual_write"() FROM PUBLIC;

---- phase quarantine ----

-- move street, zip, city out of the way, still kept fresh (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."addresses"
  RENAME COLUMN "street" TO "underpin_quarantined_street";
ALTER TABLE "public"."addresses"
  RENAME COLUMN "zip" TO "underpin_quarantined_zip";
ALTER TABLE "public"."addresses"
  RENAME COLUMN "city" TO "underpin_quarantined_city";
CREATE OR REPLACE FUNCTION "underpin"."addresses-in-one-line_dual_write"()
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
    wrote_new := NEW."address" IS NOT NULL;
    wrote_old := NEW."underpin_quarantined_street" IS NOT NULL OR NEW."underpin_quarantined_zip" IS DISTINCT FROM (''::text)::text OR NEW."underpin_quarantined_city" IS NOT NULL;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."address" IS DISTINCT FROM OLD."address";
    wrote_old := NEW."underpin_quarantined_street" IS DISTINCT FROM OLD."underpin_quarantined_street" OR NEW."underpin_quarantined_zip" IS DISTINCT FROM OLD."underpin_quarantined_zip" OR NEW."underpin_quarantined_city" IS DISTINCT FROM OLD."underpin_quarantined_city";
  END IF;
  IF wrote_new OR NOT wrote_old THEN
    -- A lossy conversion agrees when either direction gives what is there; one that fails agrees with nothing.
    BEGIN
      IF (CASE WHEN NEW."address" IS NULL THEN (SELECT (concat_ws(E'\n', street, zip, city)) FROM (SELECT NEW."underpin_quarantined_street", NEW."underpin_quarantined_zip", NEW."underpin_quarantined_city") AS "addresses" ("street", "zip", "city"))::text IS NULL
         WHEN NEW."address" IS NOT DISTINCT FROM (SELECT (concat_ws(E'\n', street, zip, city)) FROM (SELECT NEW."underpin_quarantined_street", NEW."underpin_quarantined_zip", NEW."underpin_quarantined_city") AS "addresses" ("street", "zip", "city"))::text THEN true
         ELSE NEW."underpin_quarantined_street" IS NOT DISTINCT FROM (SELECT (split_part(address, E'\n', 1)) FROM (SELECT NEW."address") AS "addresses" ("address"))::text AND NEW."underpin_quarantined_zip" IS NOT DISTINCT FROM (SELECT (split_part(address, E'\n', 2)) FROM (SELECT NEW."address") AS "addresses" ("address"))::text AND NEW."underpin_quarantined_city" IS NOT DISTINCT FROM (SELECT (split_part(address, E'\n', 3)) FROM (SELECT NEW."address") AS "addresses" ("address"))::text END) THEN
        RETURN NEW;
      END IF;
    EXCEPTION
      WHEN connection_exception OR read_only_sql_transaction OR transaction_rollback OR insufficient_resources OR lock_not_available OR operator_intervention OR system_error OR data_corrupted OR index_corrupted THEN
        RAISE;
      WHEN OTHERS OR assert_failure THEN
        NULL;
    END;
  END IF;
  IF wrote_new THEN
    NEW."underpin_quarantined_street" := (SELECT (split_part(address, E'\n', 1)) FROM (SELECT NEW."address") AS "addresses" ("address"));
    NEW."underpin_quarantined_zip" := (SELECT (split_part(address, E'\n', 2)) FROM (SELECT NEW."address") AS "addresses" ("address"));
    NEW."underpin_quarantined_city" := (SELECT (split_part(address, E'\n', 3)) FROM (SELECT NEW."address") AS "addresses" ("address"));
  ELSE
    BEGIN
      NEW."address" := (SELECT (concat_ws(E'\n', street, zip, city)) FROM (SELECT NEW."underpin_quarantined_street", NEW."underpin_quarantined_zip", NEW."underpin_quarantined_city") AS "addresses" ("street", "zip", "city"));
    EXCEPTION
      WHEN connection_exception OR read_only_sql_transaction OR transaction_rollback OR insufficient_resources OR lock_not_available OR operator_intervention OR system_error OR data_corrupted OR index_corrupted THEN
        RAISE;
      WHEN OTHERS OR assert_failure THEN
        NEW."address" := NULL;
        PERFORM underpin.note_refused('addresses-in-one-line', jsonb_build_array(underpin.key_text(NEW."id")), SQLSTATE);
    END;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."addresses-in-one-line_dual_write"() FROM PUBLIC;

---- undo of quarantine ----

-- bring street, zip, city back (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."addresses"
  RENAME COLUMN "underpin_quarantined_street" TO "street";
ALTER TABLE "public"."addresses"
  RENAME COLUMN "underpin_quarantined_zip" TO "zip";
ALTER TABLE "public"."addresses"
  RENAME COLUMN "underpin_quarantined_city" TO "city";
CREATE OR REPLACE FUNCTION "underpin"."addresses-in-one-line_dual_write"()
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
    wrote_new := NEW."address" IS NOT NULL;
    wrote_old := NEW."street" IS NOT NULL OR NEW."zip" IS DISTINCT FROM (''::text)::text OR NEW."city" IS NOT NULL;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."address" IS DISTINCT FROM OLD."address";
    wrote_old := NEW."street" IS DISTINCT FROM OLD."street" OR NEW."zip" IS DISTINCT FROM OLD."zip" OR NEW."city" IS DISTINCT FROM OLD."city";
  END IF;
  IF wrote_new OR NOT wrote_old THEN
    -- A lossy conversion agrees when either direction gives what is there; one that fails agrees with nothing.
    BEGIN
      IF (CASE WHEN NEW."address" IS NULL THEN (SELECT (concat_ws(E'\n', street, zip, city)) FROM (SELECT NEW."street", NEW."zip", NEW."city") AS "addresses" ("street", "zip", "city"))::text IS NULL
         WHEN NEW."address" IS NOT DISTINCT FROM (SELECT (concat_ws(E'\n', street, zip, city)) FROM (SELECT NEW."street", NEW."zip", NEW."city") AS "addresses" ("street", "zip", "city"))::text THEN true
         ELSE NEW."street" IS NOT DISTINCT FROM (SELECT (split_part(address, E'\n', 1)) FROM (SELECT NEW."address") AS "addresses" ("address"))::text AND NEW."zip" IS NOT DISTINCT FROM (SELECT (split_part(address, E'\n', 2)) FROM (SELECT NEW."address") AS "addresses" ("address"))::text AND NEW."city" IS NOT DISTINCT FROM (SELECT (split_part(address, E'\n', 3)) FROM (SELECT NEW."address") AS "addresses" ("address"))::text END) THEN
        RETURN NEW;
      END IF;
    EXCEPTION
      WHEN connection_exception OR read_only_sql_transaction OR transaction_rollback OR insufficient_resources OR lock_not_available OR operator_intervention OR system_error OR data_corrupted OR index_corrupted THEN
        RAISE;
      WHEN OTHERS OR assert_failure THEN
        NULL;
    END;
  END IF;
  IF wrote_new THEN
    NEW."street" := (SELECT (split_part(address, E'\n', 1)) FROM (SELECT NEW."address") AS "addresses" ("address"));
    NEW."zip" := (SELECT (split_part(address, E'\n', 2)) FROM (SELECT NEW."address") AS "addresses" ("address"));
    NEW."city" := (SELECT (split_part(address, E'\n', 3)) FROM (SELECT NEW."address") AS "addresses" ("address"));
  ELSE
    BEGIN
      NEW."address" := (SELECT (concat_ws(E'\n', street, zip, city)) FROM (SELECT NEW."street", NEW."zip", NEW."city") AS "addresses" ("street", "zip", "city"));
    EXCEPTION
      WHEN connection_exception OR read_only_sql_transaction OR transaction_rollback OR insufficient_resources OR lock_not_available OR operator_intervention OR system_error OR data_corrupted OR index_corrupted THEN
        RAISE;
      WHEN OTHERS OR assert_failure THEN
        NEW."address" := NULL;
        PERFORM underpin.note_refused('addresses-in-one-line', jsonb_build_array(underpin.key_text(NEW."id")), SQLSTATE);
    END;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."addresses-in-one-line_dual_write"() FROM PUBLIC;

---- phase contract ----

-- end the dual write and drop street, zip, city (lock: ACCESS EXCLUSIVE)
DROP TRIGGER IF EXISTS "~underpin_addresses-in-one-line_0_saved" ON "public"."addresses";
DROP TRIGGER IF EXISTS "~underpin_addresses-in-one-line_1_old" ON "public"."addresses";
DROP TRIGGER IF EXISTS "~underpin_addresses-in-one-line_2_new" ON "public"."addresses";
DROP TRIGGER IF EXISTS "~underpin_addresses-in-one-line_3_insert" ON "public"."addresses";
DROP TRIGGER IF EXISTS "~underpin_addresses-in-one-line_3_update" ON "public"."addresses";
DROP FUNCTION IF EXISTS "underpin"."addresses-in-one-line_dual_write"();
ALTER TABLE "public"."addresses"
  DROP COLUMN IF EXISTS "underpin_quarantined_street";
ALTER TABLE "public"."addresses"
  DROP COLUMN IF EXISTS "underpin_quarantined_zip";
ALTER TABLE "public"."addresses"
  DROP COLUMN IF EXISTS "underpin_quarantined_city";

---- undo of contract ----

-- cannot be undone: addresses.street, addresses.zip, addresses.city are gone

---- the walk over the rows, each statement one call ----

-- cut
WITH fence AS MATERIALIZED (
  SELECT name, epoch, underpin.sees_every_row('"public"."addresses"'::regclass) FROM underpin.migration WHERE name = :migration AND epoch = :epoch FOR UPDATE
), sample AS MATERIALIZED (
  SELECT "id"
  FROM "public"."addresses"
    TABLESAMPLE SYSTEM (least(100, 100.0 * 300 / greatest(1, pg_relation_size('"public"."addresses"'::regclass) / 8192)))
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
           THEN (SELECT jsonb_build_array(underpin.key_text(t."id")) FROM "public"."addresses" AS t ORDER BY t."id" LIMIT 1)
           ELSE (SELECT jsonb_build_array(underpin.key_text(t."id")) FROM "public"."addresses" AS t WHERE t."id" > (b.lower ->> 0)::bigint ORDER BY t."id" LIMIT 1) END,
         coalesce(b.upper, (SELECT jsonb_build_array(underpin.key_text(t."id")) FROM "public"."addresses" AS t ORDER BY t."id" DESC LIMIT 1))
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
         set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."addresses"'::regclass)
  FROM underpin.checkpoint
  WHERE migration = ($1 ->> 'migration') AND purpose = ($1 ->> 'purpose') AND start = ($1 ->> 'start')::bigint AND n = ($1 ->> 'n')::bigint
    AND shard = ($1 ->> 'shard')::integer AND epoch = ($1 ->> 'epoch')::bigint AND next IS NOT NULL
  FOR UPDATE
), ends AS MATERIALIZED (
  SELECT "id" AS key_1, row_number() OVER () AS nth
  FROM (
    SELECT "id"
    FROM "public"."addresses"
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
UPDATE "public"."addresses"
SET "address" = concat_ws(E'\n', street, zip, city)
WHERE "id" >= (SELECT lo_1 FROM range)
    AND "id" <= (SELECT hi_1 FROM range)
    AND NOT (CASE WHEN "address" IS NULL THEN (concat_ws(E'\n', street, zip, city))::text IS NULL
           WHEN "address" IS NOT DISTINCT FROM (concat_ws(E'\n', street, zip, city))::text THEN true
           ELSE "street" IS NOT DISTINCT FROM (split_part(address, E'\n', 1))::text AND "zip" IS NOT DISTINCT FROM (split_part(address, E'\n', 2))::text AND "city" IS NOT DISTINCT FROM (split_part(address, E'\n', 3))::text END)
$write$,
$count$
WITH range AS MATERIALIZED (
  SELECT (next ->> 0)::bigint AS lo_1, ($2 ->> 0)::bigint AS hi_1
  FROM underpin.checkpoint
  WHERE migration = ($1 ->> 'migration') AND purpose = ($1 ->> 'purpose') AND start = ($1 ->> 'start')::bigint AND n = ($1 ->> 'n')::bigint
    AND shard = ($1 ->> 'shard')::integer AND epoch = ($1 ->> 'epoch')::bigint
)
SELECT count(*) FROM "public"."addresses" WHERE "id" >= (SELECT lo_1 FROM range)
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
         set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."addresses"'::regclass)
  FROM underpin.checkpoint
  WHERE migration = ($1 ->> 'migration') AND purpose = ($1 ->> 'purpose') AND start = ($1 ->> 'start')::bigint AND n = ($1 ->> 'n')::bigint
    AND shard = ($1 ->> 'shard')::integer AND epoch = ($1 ->> 'epoch')::bigint AND next IS NOT NULL
  FOR UPDATE
), ends AS MATERIALIZED (
  SELECT "id" AS key_1, row_number() OVER () AS nth
  FROM (
    SELECT "id"
    FROM "public"."addresses"
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
  SELECT count(*) FILTER (WHERE NOT (CASE WHEN "address" IS NULL THEN (concat_ws(E'\n', street, zip, city))::text IS NULL
           WHEN "address" IS NOT DISTINCT FROM (concat_ws(E'\n', street, zip, city))::text THEN true
           ELSE "street" IS NOT DISTINCT FROM (split_part(address, E'\n', 1))::text AND "zip" IS NOT DISTINCT FROM (split_part(address, E'\n', 2))::text AND "city" IS NOT DISTINCT FROM (split_part(address, E'\n', 3))::text END)) AS mismatches
  FROM "public"."addresses"
  WHERE "id" >= (SELECT lo_1 FROM range)
    AND "id" <= (SELECT hi_1 FROM range)
), moved AS (
  UPDATE underpin.checkpoint
  SET next = (SELECT CASE WHEN next_1 IS NOT NULL THEN jsonb_build_array(underpin.key_text(next_1)) END FROM range),
      rows = rows + CASE WHEN (SELECT whole FROM range) THEN ($1 ->> 'rows')::bigint
                         ELSE (SELECT count(*) FROM "public"."addresses" WHERE "id" >= (SELECT lo_1 FROM range) AND "id" <= (SELECT hi_1 FROM range)) END,
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
         set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."addresses"'::regclass)
  FROM underpin.checkpoint
  WHERE migration = :migration AND purpose = :purpose AND start = :start AND n = :n
    AND shard = :shard AND epoch = :epoch AND next IS NOT NULL
  FOR UPDATE
), ends AS MATERIALIZED (
  SELECT "id" AS key_1, row_number() OVER () AS nth
  FROM (
    SELECT "id"
    FROM "public"."addresses"
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
                         ELSE (SELECT count(*) FROM "public"."addresses" WHERE "id" >= (SELECT lo_1 FROM range) AND "id" <= (SELECT hi_1 FROM range)) END,
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
  SELECT name, set_config('lock_timeout', ($1 ->> 'lock_timeout'), true), set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."addresses"'::regclass)
  FROM underpin.migration
  WHERE name = ($1 ->> 'migration') AND epoch = ($1 ->> 'epoch')::bigint
  FOR UPDATE
), written AS (
  UPDATE "public"."addresses"
  SET "address" = concat_ws(E'\n', street, zip, city)
  WHERE "id" = (($1 -> 'key') ->> 0)::bigint
    AND NOT (CASE WHEN "address" IS NULL THEN (concat_ws(E'\n', street, zip, city))::text IS NULL
           WHEN "address" IS NOT DISTINCT FROM (concat_ws(E'\n', street, zip, city))::text THEN true
           ELSE "street" IS NOT DISTINCT FROM (split_part(address, E'\n', 1))::text AND "zip" IS NOT DISTINCT FROM (split_part(address, E'\n', 2))::text AND "city" IS NOT DISTINCT FROM (split_part(address, E'\n', 3))::text END)
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
SELECT "id" FROM "public"."addresses" WHERE NOT (CASE WHEN "address" IS NULL THEN (concat_ws(E'\n', street, zip, city))::text IS NULL
           WHEN "address" IS NOT DISTINCT FROM (concat_ws(E'\n', street, zip, city))::text THEN true
           ELSE "street" IS NOT DISTINCT FROM (split_part(address, E'\n', 1))::text AND "zip" IS NOT DISTINCT FROM (split_part(address, E'\n', 2))::text AND "city" IS NOT DISTINCT FROM (split_part(address, E'\n', 3))::text END) LIMIT 1000
) AS a
$walk$);
