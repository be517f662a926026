-- products-key-to-bigint: what runs on PostgreSQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: public.reviews.product_id (bigint): what refers to public.products.id, directly or by another table, has room for bigint already

-- warning: the primary key stays on the old column until the contract; then the index products_pkey, built in verify, is the primary key

-- warning: the foreign key reviews_product_id_fkey of public.reviews gets one beside it, reviews_product_id_fkey_id_underpin_new, which refers to the new column; it is validated in verify, and reviews_product_id_fkey goes in the contract, when the new one takes its name. Both tables are locked for a moment each time

-- warning: the sequence of id is recreated in the swap and counts on; lastval() and currval() of a session that drew a number before fail until it draws another

-- warning: a prepared statement that returns public.products.id fails once after the swap in each session, as after any change of a type (0A000, cached plan must not change result type). Most drivers prepare it again outside transactions; otherwise end the sessions after the swap

-- warning: a prepared SELECT * or RETURNING * over public.products fails from expand on, and again from the swap and from the contract on: at every execute, inside transactions too (0A000, cached plan must not change result type), until it is prepared again. Name its columns before the start; or end the sessions after the phase (PgBouncer: RECONNECT), or do not prepare on the server (pgjdbc: prepareThreshold=0)

-- warning: COPY public.products FROM without a list of columns fails from expand on (22P04, missing data for column), and so does INSERT INTO … SELECT * FROM public.products. Name their columns before the start

-- warning: INSERT INTO public.products VALUES (…) without a list of columns goes on until the contract; from then on its values land in other columns. Name its columns before the contract

---- phase expand ----

-- add id_underpin_new (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."products"
  ADD COLUMN "id_underpin_new" bigint;

---- undo of expand ----

-- drop id_underpin_new (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."products"
  DROP COLUMN IF EXISTS "id_underpin_new";

---- phase dual-write ----

-- write every change to both id and id_underpin_new (lock: ACCESS EXCLUSIVE)
CREATE OR REPLACE FUNCTION "underpin"."products-key-to-bigint_dual_write"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = "$user", "public", pg_temp
  SET standard_conforming_strings = on
  SET transform_null_equals = off
AS $function$
#variable_conflict use_column
DECLARE
  wrote_old boolean;
  wrote_new boolean;
BEGIN
  IF TG_ARGV[0] = 'loaded before' THEN
    NEW."id_underpin_new" := OLD."id_underpin_new";
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    wrote_new := NEW."id_underpin_new" IS NOT NULL;
    wrote_old := NOT wrote_new;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."id_underpin_new" IS DISTINCT FROM OLD."id_underpin_new";
    wrote_old := NEW."id" IS DISTINCT FROM OLD."id";
  END IF;
  IF wrote_new OR NOT wrote_old THEN
    -- A lossy conversion agrees when either direction gives what is there; one that fails agrees with nothing.
    BEGIN
      IF (CASE WHEN NEW."id_underpin_new" IS NULL THEN (SELECT (CAST("id" AS bigint)) FROM (SELECT NEW."id") AS "products" ("id"))::bigint IS NULL
         WHEN NEW."id_underpin_new" IS NOT DISTINCT FROM (SELECT (CAST("id" AS bigint)) FROM (SELECT NEW."id") AS "products" ("id"))::bigint THEN true
         ELSE NEW."id" IS NOT DISTINCT FROM (SELECT ((SELECT (CAST("id" AS integer)) FROM (SELECT "id_underpin_new") AS "products" ("id"))) FROM (SELECT NEW."id_underpin_new") AS "products" ("id_underpin_new"))::integer END) THEN
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
    NEW."id" := (SELECT ((SELECT (CAST("id" AS integer)) FROM (SELECT "id_underpin_new") AS "products" ("id"))) FROM (SELECT NEW."id_underpin_new") AS "products" ("id_underpin_new"));
  ELSE
    BEGIN
      NEW."id_underpin_new" := (SELECT (CAST("id" AS bigint)) FROM (SELECT NEW."id") AS "products" ("id"));
    EXCEPTION
      WHEN connection_exception OR read_only_sql_transaction OR transaction_rollback OR insufficient_resources OR lock_not_available OR operator_intervention OR system_error OR data_corrupted OR index_corrupted THEN
        RAISE;
      WHEN OTHERS OR assert_failure THEN
        NEW."id_underpin_new" := NULL;
        PERFORM underpin.note_refused('products-key-to-bigint', jsonb_build_array(underpin.key_text(NEW."id")), SQLSTATE);
    END;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."products-key-to-bigint_dual_write"() FROM PUBLIC;
CREATE TRIGGER "~underpin_products-key-to-bigint_0_saved"
  BEFORE UPDATE OF "id" ON "public"."products"
  FOR EACH ROW
  WHEN (NEW."id" IS NOT DISTINCT FROM OLD."id"
    AND NEW."id_underpin_new" IS NULL
    AND OLD."id_underpin_new" IS NOT NULL
    AND NEW."id" IS NOT NULL)
  EXECUTE FUNCTION "underpin"."products-key-to-bigint_dual_write"('loaded before');
ALTER TABLE "public"."products"
  ENABLE ALWAYS TRIGGER "~underpin_products-key-to-bigint_0_saved";
CREATE TRIGGER "~underpin_products-key-to-bigint_1_old"
  BEFORE UPDATE OF "id" ON "public"."products"
  FOR EACH ROW
  WHEN (NEW."id" IS NOT DISTINCT FROM OLD."id"
    AND NEW."id_underpin_new" IS NOT DISTINCT FROM OLD."id_underpin_new"
    AND (current_setting('underpin.worker', true) IS DISTINCT FROM 'on' OR pg_trigger_depth() > 0))
  EXECUTE FUNCTION "underpin"."products-key-to-bigint_dual_write"();
ALTER TABLE "public"."products"
  ENABLE ALWAYS TRIGGER "~underpin_products-key-to-bigint_1_old";
CREATE TRIGGER "~underpin_products-key-to-bigint_2_new"
  BEFORE UPDATE OF "id_underpin_new" ON "public"."products"
  FOR EACH ROW
  WHEN (NEW."id" IS NOT DISTINCT FROM OLD."id"
    AND NEW."id_underpin_new" IS NOT DISTINCT FROM OLD."id_underpin_new"
    AND (current_setting('underpin.worker', true) IS DISTINCT FROM 'on' OR pg_trigger_depth() > 0))
  EXECUTE FUNCTION "underpin"."products-key-to-bigint_dual_write"('named new');
ALTER TABLE "public"."products"
  ENABLE ALWAYS TRIGGER "~underpin_products-key-to-bigint_2_new";
CREATE TRIGGER "~underpin_products-key-to-bigint_3_insert"
  BEFORE INSERT ON "public"."products"
  FOR EACH ROW
  EXECUTE FUNCTION "underpin"."products-key-to-bigint_dual_write"();
ALTER TABLE "public"."products"
  ENABLE ALWAYS TRIGGER "~underpin_products-key-to-bigint_3_insert";
CREATE TRIGGER "~underpin_products-key-to-bigint_3_update"
  BEFORE UPDATE ON "public"."products"
  FOR EACH ROW
  WHEN (NEW."id" IS DISTINCT FROM OLD."id"
    OR NEW."id" IS DISTINCT FROM OLD."id"
    OR (NEW."id_underpin_new" IS DISTINCT FROM OLD."id_underpin_new"
      AND (current_setting('underpin.worker', true) IS DISTINCT FROM 'on' OR pg_trigger_depth() > 0)))
  EXECUTE FUNCTION "underpin"."products-key-to-bigint_dual_write"();
ALTER TABLE "public"."products"
  ENABLE ALWAYS TRIGGER "~underpin_products-key-to-bigint_3_update";

---- undo of dual-write ----

-- end the dual write (lock: ACCESS EXCLUSIVE)
DROP TRIGGER IF EXISTS "~underpin_products-key-to-bigint_0_saved" ON "public"."products";
DROP TRIGGER IF EXISTS "~underpin_products-key-to-bigint_1_old" ON "public"."products";
DROP TRIGGER IF EXISTS "~underpin_products-key-to-bigint_2_new" ON "public"."products";
DROP TRIGGER IF EXISTS "~underpin_products-key-to-bigint_3_insert" ON "public"."products";
DROP TRIGGER IF EXISTS "~underpin_products-key-to-bigint_3_update" ON "public"."products";
DROP FUNCTION IF EXISTS "underpin"."products-key-to-bigint_dual_write"();
ALTER TABLE "public"."products"
  ALTER COLUMN "id_underpin_new" DROP DEFAULT;

---- phase verify ----

-- add underpin_products-key-to-bigint_not_null, not yet validated (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."products"
  ADD CONSTRAINT "underpin_products-key-to-bigint_not_null" CHECK ("id_underpin_new" IS DISTINCT FROM NULL) NOT VALID;

-- validate underpin_products-key-to-bigint_not_null (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin products-key-to-bigint underpin_products-key-to-bigint_not_null */
ALTER TABLE "public"."products"
  VALIDATE CONSTRAINT "underpin_products-key-to-bigint_not_null";
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN (SELECT convalidated FROM pg_constraint
        WHERE conrelid = '"public"."products"'::regclass AND conname = 'underpin_products-key-to-bigint_not_null') THEN 'done'
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin products-key-to-bigint underpin_products-key-to-bigint_not_null */')) THEN 'running'
  ELSE 'absent' END)::text;

-- set id_underpin_new NOT NULL (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."products"
  ALTER COLUMN "id_underpin_new" SET NOT NULL;
ALTER TABLE "public"."products"
  DROP CONSTRAINT "underpin_products-key-to-bigint_not_null";

-- build products_pkey_id_underpin_new (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin products-key-to-bigint products_pkey_id_underpin_new */
CREATE UNIQUE INDEX CONCURRENTLY "products_pkey_id_underpin_new"
  ON "public"."products" USING btree (id_underpin_new);
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin products-key-to-bigint products_pkey_id_underpin_new */')) OR EXISTS (
    SELECT FROM pg_stat_progress_create_index AS p WHERE p.index_relid = i.indexrelid) THEN 'running'
  WHEN i.indisvalid THEN 'done'
  WHEN i.indexrelid IS NOT NULL THEN 'broken'
  ELSE 'absent' END)::text
FROM (SELECT) AS here
LEFT JOIN pg_index AS i ON i.indexrelid = to_regclass('"public"."products_pkey_id_underpin_new"') AND i.indrelid = '"public"."products"'::regclass;
-- … if it failed, first:
DROP INDEX CONCURRENTLY IF EXISTS "public"."products_pkey_id_underpin_new";

-- add reviews_product_id_fkey_id_underpin_new, not yet validated (lock: SHARE ROW EXCLUSIVE)
ALTER TABLE "public"."reviews"
  ADD CONSTRAINT "reviews_product_id_fkey_id_underpin_new" FOREIGN KEY (product_id) REFERENCES products(id_underpin_new) ON DELETE CASCADE NOT VALID;

-- validate reviews_product_id_fkey_id_underpin_new (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin products-key-to-bigint reviews_product_id_fkey_id_underpin_new */
ALTER TABLE "public"."reviews"
  VALIDATE CONSTRAINT "reviews_product_id_fkey_id_underpin_new";
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN (SELECT convalidated FROM pg_constraint
        WHERE conrelid = '"public"."reviews"'::regclass AND conname = 'reviews_product_id_fkey_id_underpin_new') THEN 'done'
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin products-key-to-bigint reviews_product_id_fkey_id_underpin_new */')) THEN 'running'
  ELSE 'absent' END)::text;

-- analyze products (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin products-key-to-bigint analyze */
DO $analyze$
BEGIN
  ANALYZE "public"."products";
  -- By hand there is no ledger.
  IF to_regclass('underpin.event') IS NOT NULL THEN
    INSERT INTO underpin.event (migration, epoch, what)
    SELECT name, epoch, 'analyzed' FROM underpin.migration WHERE name = 'products-key-to-bigint';
  END IF;
END
$analyze$;
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN EXISTS (SELECT FROM underpin.event AS e JOIN underpin.migration AS m ON m.name = e.migration AND m.epoch = e.epoch
               WHERE m.name = 'products-key-to-bigint' AND e.what = 'analyzed') THEN 'done'
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin products-key-to-bigint analyze */')) THEN 'running'
  ELSE 'absent' END)::text;

---- undo of verify ----

-- drop reviews_product_id_fkey_id_underpin_new of public.reviews (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."reviews"
  DROP CONSTRAINT IF EXISTS "reviews_product_id_fkey_id_underpin_new";

-- drop the constraints and indexes of id_underpin_new (lock: ACCESS EXCLUSIVE)
DROP INDEX IF EXISTS "public"."products_pkey_id_underpin_new";

-- let id_underpin_new be NULL again (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."products"
  ALTER COLUMN "id_underpin_new" DROP NOT NULL;
ALTER TABLE "public"."products"
  DROP CONSTRAINT IF EXISTS "underpin_products-key-to-bigint_not_null";

---- phase swap ----

-- id is bigint from now on; the old one is kept fresh as id_underpin_old; the replica identity is products_pkey (lock: ACCESS EXCLUSIVE)
DO $snapshots$
BEGIN
  IF to_regclass('underpin.checkpoint') IS NOT NULL AND EXISTS (
    SELECT FROM pg_stat_activity AS a
    JOIN (
      SELECT xmin AS written_by, updated_at AS written_at FROM underpin.checkpoint
      WHERE migration = 'products-key-to-bigint' AND purpose IN ('backfill', 'repair')
      UNION ALL SELECT swept_by::xid, swept_at FROM underpin.migration WHERE name = 'products-key-to-bigint' AND swept_at IS NOT NULL
    ) AS w ON age(w.written_by) <= age(a.backend_xmin) AND a.xact_start < coalesce((
      SELECT min(e.happened_at) FROM underpin.event AS e
      WHERE e.migration = 'products-key-to-bigint' AND e.happened_at > w.written_at
        AND (e.what = 'evidence' OR e.what = 'running' AND e.detail ->> 'phase' <> 'backfill')
    ), 'infinity')
    WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend') THEN
    RAISE lock_not_available USING MESSAGE = 'a transaction that began before the last row was copied is still open';
  END IF;
END
$snapshots$;
ALTER TABLE "public"."products"
  RENAME COLUMN "id" TO "id_underpin_old";
ALTER TABLE "public"."products"
  RENAME COLUMN "id_underpin_new" TO "id";
ALTER TABLE "public"."products"
  REPLICA IDENTITY USING INDEX "products_pkey_id_underpin_new";
ALTER INDEX "public"."products_pkey"
  RENAME TO "underpin_between_products_pkey";
ALTER INDEX "public"."products_pkey_id_underpin_new"
  RENAME TO "products_pkey";
ALTER INDEX "public"."underpin_between_products_pkey"
  RENAME TO "products_pkey_id_underpin_new";
DO $identity$
DECLARE
  counted bigint;
  called boolean;
BEGIN
  ALTER SEQUENCE "public"."products_id_seq" INCREMENT BY 1;
  counted := (SELECT last_value FROM "public"."products_id_seq");
  called := (SELECT is_called FROM "public"."products_id_seq");
  ALTER TABLE "public"."products" ALTER COLUMN "id_underpin_old" DROP IDENTITY;
  ALTER TABLE "public"."products" ALTER COLUMN "id" ADD GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME "public"."products_id_seq" START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 CACHE 1 NO CYCLE);
  PERFORM setval('"public"."products_id_seq"', counted, called);
END
$identity$;
CREATE OR REPLACE FUNCTION "underpin"."products-key-to-bigint_dual_write"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = "$user", "public", pg_temp
  SET standard_conforming_strings = on
  SET transform_null_equals = off
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
    wrote_old := NEW."id_underpin_old" IS NOT NULL;
    wrote_new := NOT wrote_old;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."id" IS DISTINCT FROM OLD."id";
    wrote_old := NEW."id_underpin_old" IS DISTINCT FROM OLD."id_underpin_old";
  END IF;
  IF wrote_new OR NOT wrote_old THEN
    -- A lossy conversion agrees when either direction gives what is there; one that fails agrees with nothing.
    BEGIN
      IF (CASE WHEN NEW."id" IS NULL THEN (SELECT ((SELECT (CAST("id" AS bigint)) FROM (SELECT "id_underpin_old") AS "products" ("id"))) FROM (SELECT NEW."id_underpin_old") AS "products" ("id_underpin_old"))::bigint IS NULL
         WHEN NEW."id" IS NOT DISTINCT FROM (SELECT ((SELECT (CAST("id" AS bigint)) FROM (SELECT "id_underpin_old") AS "products" ("id"))) FROM (SELECT NEW."id_underpin_old") AS "products" ("id_underpin_old"))::bigint THEN true
         ELSE NEW."id_underpin_old" IS NOT DISTINCT FROM (SELECT (CAST("id" AS integer)) FROM (SELECT NEW."id") AS "products" ("id"))::integer END) THEN
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
    NEW."id_underpin_old" := (SELECT (CAST("id" AS integer)) FROM (SELECT NEW."id") AS "products" ("id"));
  ELSE
    NEW."id" := (SELECT ((SELECT (CAST("id" AS bigint)) FROM (SELECT "id_underpin_old") AS "products" ("id"))) FROM (SELECT NEW."id_underpin_old") AS "products" ("id_underpin_old"));
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."products-key-to-bigint_dual_write"() FROM PUBLIC;
CREATE OR REPLACE FUNCTION "underpin"."products-key-to-bigint_dual_write_first"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = "$user", "public", pg_temp
  SET standard_conforming_strings = on
  SET transform_null_equals = off
AS $function$
#variable_conflict use_column
DECLARE
  wrote_old boolean;
  wrote_new boolean;
BEGIN
  wrote_old := NEW."id_underpin_old" IS NOT NULL;
  wrote_new := NOT wrote_old;
  IF wrote_old AND NOT wrote_new THEN
    BEGIN
      NEW."id" := (SELECT ((SELECT (CAST("id" AS bigint)) FROM (SELECT "id_underpin_old") AS "products" ("id"))) FROM (SELECT NEW."id_underpin_old") AS "products" ("id_underpin_old"));
      NEW."id_underpin_old" := NULL;
    EXCEPTION
      WHEN connection_exception OR read_only_sql_transaction OR transaction_rollback OR insufficient_resources OR lock_not_available OR operator_intervention OR system_error OR data_corrupted OR index_corrupted THEN
        RAISE;
      WHEN OTHERS OR assert_failure THEN
        NULL;
    END;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."products-key-to-bigint_dual_write_first"() FROM PUBLIC;
CREATE TRIGGER "!underpin_products-key-to-bigint_1_moved"
  BEFORE INSERT ON "public"."products"
  FOR EACH ROW
  WHEN (NEW."id_underpin_old" IS NOT NULL)
  EXECUTE FUNCTION "underpin"."products-key-to-bigint_dual_write_first"();
ALTER TABLE "public"."products"
  ENABLE ALWAYS TRIGGER "!underpin_products-key-to-bigint_1_moved";

---- undo of swap ----

-- id is integer again; the new one is kept fresh as id_underpin_new (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."products"
  RENAME COLUMN "id" TO "id_underpin_new";
ALTER TABLE "public"."products"
  RENAME COLUMN "id_underpin_old" TO "id";
ALTER INDEX "public"."products_pkey"
  RENAME TO "underpin_between_products_pkey";
ALTER INDEX "public"."products_pkey_id_underpin_new"
  RENAME TO "products_pkey";
ALTER INDEX "public"."underpin_between_products_pkey"
  RENAME TO "products_pkey_id_underpin_new";
ALTER TABLE "public"."products"
  REPLICA IDENTITY DEFAULT;
DO $identity$
DECLARE
  counted bigint;
  called boolean;
BEGIN
  ALTER SEQUENCE "public"."products_id_seq" INCREMENT BY 1;
  counted := (SELECT last_value FROM "public"."products_id_seq");
  called := (SELECT is_called FROM "public"."products_id_seq");
  ALTER TABLE "public"."products" ALTER COLUMN "id_underpin_new" DROP IDENTITY;
  ALTER TABLE "public"."products" ALTER COLUMN "id" ADD GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME "public"."products_id_seq" START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 CACHE 1 NO CYCLE);
  PERFORM setval('"public"."products_id_seq"', counted, called);
END
$identity$;
DROP TRIGGER IF EXISTS "!underpin_products-key-to-bigint_1_moved" ON "public"."products";
DROP FUNCTION IF EXISTS "underpin"."products-key-to-bigint_dual_write_first"();
CREATE OR REPLACE FUNCTION "underpin"."products-key-to-bigint_dual_write"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = "$user", "public", pg_temp
  SET standard_conforming_strings = on
  SET transform_null_equals = off
AS $function$
#variable_conflict use_column
DECLARE
  wrote_old boolean;
  wrote_new boolean;
BEGIN
  IF TG_ARGV[0] = 'loaded before' THEN
    NEW."id_underpin_new" := OLD."id_underpin_new";
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    wrote_new := NEW."id_underpin_new" IS NOT NULL;
    wrote_old := NOT wrote_new;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."id_underpin_new" IS DISTINCT FROM OLD."id_underpin_new";
    wrote_old := NEW."id" IS DISTINCT FROM OLD."id";
  END IF;
  IF wrote_new OR NOT wrote_old THEN
    -- A lossy conversion agrees when either direction gives what is there; one that fails agrees with nothing.
    BEGIN
      IF (CASE WHEN NEW."id_underpin_new" IS NULL THEN (SELECT (CAST("id" AS bigint)) FROM (SELECT NEW."id") AS "products" ("id"))::bigint IS NULL
         WHEN NEW."id_underpin_new" IS NOT DISTINCT FROM (SELECT (CAST("id" AS bigint)) FROM (SELECT NEW."id") AS "products" ("id"))::bigint THEN true
         ELSE NEW."id" IS NOT DISTINCT FROM (SELECT ((SELECT (CAST("id" AS integer)) FROM (SELECT "id_underpin_new") AS "products" ("id"))) FROM (SELECT NEW."id_underpin_new") AS "products" ("id_underpin_new"))::integer END) THEN
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
    NEW."id" := (SELECT ((SELECT (CAST("id" AS integer)) FROM (SELECT "id_underpin_new") AS "products" ("id"))) FROM (SELECT NEW."id_underpin_new") AS "products" ("id_underpin_new"));
  ELSE
    BEGIN
      NEW."id_underpin_new" := (SELECT (CAST("id" AS bigint)) FROM (SELECT NEW."id") AS "products" ("id"));
    EXCEPTION
      WHEN connection_exception OR read_only_sql_transaction OR transaction_rollback OR insufficient_resources OR lock_not_available OR operator_intervention OR system_error OR data_corrupted OR index_corrupted THEN
        RAISE;
      WHEN OTHERS OR assert_failure THEN
        NEW."id_underpin_new" := NULL;
        PERFORM underpin.note_refused('products-key-to-bigint', jsonb_build_array(underpin.key_text(NEW."id")), SQLSTATE);
    END;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."products-key-to-bigint_dual_write"() FROM PUBLIC;

---- phase contract ----

-- drop reviews_product_id_fkey of public.reviews, whose name reviews_product_id_fkey_id_underpin_new takes (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."reviews"
  DROP CONSTRAINT IF EXISTS "reviews_product_id_fkey";
ALTER TABLE "public"."reviews"
  RENAME CONSTRAINT "reviews_product_id_fkey_id_underpin_new" TO "reviews_product_id_fkey";

-- end the dual write and drop id_underpin_old; the new index is the primary key (lock: ACCESS EXCLUSIVE)
DROP TRIGGER IF EXISTS "!underpin_products-key-to-bigint_1_moved" ON "public"."products";
DROP FUNCTION IF EXISTS "underpin"."products-key-to-bigint_dual_write_first"();
DROP TRIGGER IF EXISTS "~underpin_products-key-to-bigint_0_saved" ON "public"."products";
DROP TRIGGER IF EXISTS "~underpin_products-key-to-bigint_1_old" ON "public"."products";
DROP TRIGGER IF EXISTS "~underpin_products-key-to-bigint_2_new" ON "public"."products";
DROP TRIGGER IF EXISTS "~underpin_products-key-to-bigint_3_insert" ON "public"."products";
DROP TRIGGER IF EXISTS "~underpin_products-key-to-bigint_3_update" ON "public"."products";
DROP FUNCTION IF EXISTS "underpin"."products-key-to-bigint_dual_write"();
ALTER TABLE "public"."products"
  ALTER COLUMN "id" SET MINVALUE 1 SET MAXVALUE 9223372036854775807;
ALTER TABLE "public"."products"
  DROP COLUMN IF EXISTS "id_underpin_old";
ALTER TABLE "public"."products"
  ADD CONSTRAINT "products_pkey" PRIMARY KEY USING INDEX "products_pkey";
ALTER TABLE "public"."products"
  REPLICA IDENTITY DEFAULT;

---- undo of contract ----

-- cannot be undone: products.id was integer

---- the walk over the rows, each statement one call ----

-- cut
WITH fence AS MATERIALIZED (
  SELECT name, epoch, underpin.sees_every_row('"public"."products"'::regclass) FROM underpin.migration WHERE name = :migration AND epoch = :epoch FOR UPDATE
), sample AS MATERIALIZED (
  SELECT "id"
  FROM "public"."products"
    TABLESAMPLE SYSTEM (least(100, 100.0 * 300 / greatest(1, pg_relation_size('"public"."products"'::regclass) / 8192)))
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
           THEN (SELECT jsonb_build_array(underpin.key_text(t."id")) FROM "public"."products" AS t ORDER BY t."id" LIMIT 1)
           ELSE (SELECT jsonb_build_array(underpin.key_text(t."id")) FROM "public"."products" AS t WHERE t."id" > (b.lower ->> 0)::integer ORDER BY t."id" LIMIT 1) END,
         coalesce(b.upper, (SELECT jsonb_build_array(underpin.key_text(t."id")) FROM "public"."products" AS t ORDER BY t."id" DESC LIMIT 1))
  FROM fence AS f CROSS JOIN pieces AS b
  WHERE NOT EXISTS (SELECT FROM underpin.checkpoint WHERE migration = :migration AND purpose = :purpose AND start = :start AND n = :n)
  ON CONFLICT DO NOTHING
  RETURNING shard
)
SELECT json_build_object('held', (SELECT count(*) FROM fence), 'cut', (SELECT count(*) FROM cut))::text;

-- batch
SELECT underpin.batch(
  E'{"search_path":"\\"$user\\", \\"public\\", pg_temp","transform_null_equals":"off","standard_conforming_strings":"on"}',
  jsonb_build_object('migration', (:migration)::text, 'purpose', (:purpose)::text, 'start', (:start)::bigint, 'n', (:n)::bigint, 'shard', (:shard)::integer, 'epoch', (:epoch)::bigint, 'rows', (:rows)::bigint, 'lock_timeout', (:lock_timeout)::text),
$range$
WITH fence AS MATERIALIZED (
  SELECT (next ->> 0)::integer AS lo_1,
         (upper ->> 0)::integer AS upper_1,
         set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."products"'::regclass)
  FROM underpin.checkpoint
  WHERE migration = ($1 ->> 'migration') AND purpose = ($1 ->> 'purpose') AND start = ($1 ->> 'start')::bigint AND n = ($1 ->> 'n')::bigint
    AND shard = ($1 ->> 'shard')::integer AND epoch = ($1 ->> 'epoch')::bigint AND next IS NOT NULL
  FOR UPDATE
), ends AS MATERIALIZED (
  SELECT "id" AS key_1, row_number() OVER () AS nth
  FROM (
    SELECT "id"
    FROM "public"."products"
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
  SELECT (next ->> 0)::integer AS lo_1, ($2 ->> 0)::integer AS hi_1
  FROM underpin.checkpoint
  WHERE migration = ($1 ->> 'migration') AND purpose = ($1 ->> 'purpose') AND start = ($1 ->> 'start')::bigint AND n = ($1 ->> 'n')::bigint
    AND shard = ($1 ->> 'shard')::integer AND epoch = ($1 ->> 'epoch')::bigint
)
UPDATE "public"."products"
SET "id_underpin_new" = CAST("id" AS bigint)
WHERE "id" >= (SELECT lo_1 FROM range)
    AND "id" <= (SELECT hi_1 FROM range)
    AND NOT (CASE WHEN "id_underpin_new" IS NULL THEN (CAST("id" AS bigint))::bigint IS NULL
           WHEN "id_underpin_new" IS NOT DISTINCT FROM (CAST("id" AS bigint))::bigint THEN true
           ELSE "id" IS NOT DISTINCT FROM ((SELECT (CAST("id" AS integer)) FROM (SELECT "id_underpin_new") AS "products" ("id")))::integer END)
$write$,
$count$
WITH range AS MATERIALIZED (
  SELECT (next ->> 0)::integer AS lo_1, ($2 ->> 0)::integer AS hi_1
  FROM underpin.checkpoint
  WHERE migration = ($1 ->> 'migration') AND purpose = ($1 ->> 'purpose') AND start = ($1 ->> 'start')::bigint AND n = ($1 ->> 'n')::bigint
    AND shard = ($1 ->> 'shard')::integer AND epoch = ($1 ->> 'epoch')::bigint
)
SELECT count(*) FROM "public"."products" WHERE "id" >= (SELECT lo_1 FROM range)
    AND "id" <= (SELECT hi_1 FROM range)
$count$);

-- check
SELECT underpin.under_settings(
  E'{"search_path":"\\"$user\\", \\"public\\", pg_temp","transform_null_equals":"off","standard_conforming_strings":"on"}',
  jsonb_build_object('migration', (:migration)::text, 'purpose', (:purpose)::text, 'start', (:start)::bigint, 'n', (:n)::bigint, 'shard', (:shard)::integer, 'epoch', (:epoch)::bigint, 'rows', (:rows)::bigint, 'lock_timeout', (:lock_timeout)::text),
$walk$
WITH fence AS MATERIALIZED (
  SELECT (next ->> 0)::integer AS lo_1,
         (upper ->> 0)::integer AS upper_1,
         set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."products"'::regclass)
  FROM underpin.checkpoint
  WHERE migration = ($1 ->> 'migration') AND purpose = ($1 ->> 'purpose') AND start = ($1 ->> 'start')::bigint AND n = ($1 ->> 'n')::bigint
    AND shard = ($1 ->> 'shard')::integer AND epoch = ($1 ->> 'epoch')::bigint AND next IS NOT NULL
  FOR UPDATE
), ends AS MATERIALIZED (
  SELECT "id" AS key_1, row_number() OVER () AS nth
  FROM (
    SELECT "id"
    FROM "public"."products"
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
  SELECT count(*) FILTER (WHERE NOT (CASE WHEN "id_underpin_new" IS NULL THEN (CAST("id" AS bigint))::bigint IS NULL
           WHEN "id_underpin_new" IS NOT DISTINCT FROM (CAST("id" AS bigint))::bigint THEN true
           ELSE "id" IS NOT DISTINCT FROM ((SELECT (CAST("id" AS integer)) FROM (SELECT "id_underpin_new") AS "products" ("id")))::integer END)) AS mismatches
  FROM "public"."products"
  WHERE "id" >= (SELECT lo_1 FROM range)
    AND "id" <= (SELECT hi_1 FROM range)
), moved AS (
  UPDATE underpin.checkpoint
  SET next = (SELECT CASE WHEN next_1 IS NOT NULL THEN jsonb_build_array(underpin.key_text(next_1)) END FROM range),
      rows = rows + CASE WHEN (SELECT whole FROM range) THEN ($1 ->> 'rows')::bigint
                         ELSE (SELECT count(*) FROM "public"."products" WHERE "id" >= (SELECT lo_1 FROM range) AND "id" <= (SELECT hi_1 FROM range)) END,
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
  SELECT (next ->> 0)::integer AS lo_1,
         (upper ->> 0)::integer AS upper_1,
         set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."products"'::regclass)
  FROM underpin.checkpoint
  WHERE migration = :migration AND purpose = :purpose AND start = :start AND n = :n
    AND shard = :shard AND epoch = :epoch AND next IS NOT NULL
  FOR UPDATE
), ends AS MATERIALIZED (
  SELECT "id" AS key_1, row_number() OVER () AS nth
  FROM (
    SELECT "id"
    FROM "public"."products"
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
                         ELSE (SELECT count(*) FROM "public"."products" WHERE "id" >= (SELECT lo_1 FROM range) AND "id" <= (SELECT hi_1 FROM range)) END,
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
  E'{"search_path":"\\"$user\\", \\"public\\", pg_temp","transform_null_equals":"off","standard_conforming_strings":"on"}',
  jsonb_build_object('migration', (:migration)::text, 'epoch', (:epoch)::bigint, 'key', (:key)::jsonb, 'lock_timeout', (:lock_timeout)::text),
$walk$
WITH fence AS MATERIALIZED (
  SELECT name, set_config('lock_timeout', ($1 ->> 'lock_timeout'), true), set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."products"'::regclass)
  FROM underpin.migration
  WHERE name = ($1 ->> 'migration') AND epoch = ($1 ->> 'epoch')::bigint
  FOR UPDATE
), written AS (
  UPDATE "public"."products"
  SET "id_underpin_new" = CAST("id" AS bigint)
  WHERE "id" = (($1 -> 'key') ->> 0)::integer
    AND NOT (CASE WHEN "id_underpin_new" IS NULL THEN (CAST("id" AS bigint))::bigint IS NULL
           WHEN "id_underpin_new" IS NOT DISTINCT FROM (CAST("id" AS bigint))::bigint THEN true
           ELSE "id" IS NOT DISTINCT FROM ((SELECT (CAST("id" AS integer)) FROM (SELECT "id_underpin_new") AS "products" ("id")))::integer END)
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
  E'{"search_path":"\\"$user\\", \\"public\\", pg_temp","transform_null_equals":"off","standard_conforming_strings":"on"}',
  jsonb_build_object(),
$walk$
SELECT json_agg(a)::text FROM (
SELECT "id" FROM "public"."products" WHERE NOT (CASE WHEN "id_underpin_new" IS NULL THEN (CAST("id" AS bigint))::bigint IS NULL
           WHEN "id_underpin_new" IS NOT DISTINCT FROM (CAST("id" AS bigint))::bigint THEN true
           ELSE "id" IS NOT DISTINCT FROM ((SELECT (CAST("id" AS integer)) FROM (SELECT "id_underpin_new") AS "products" ("id")))::integer END) LIMIT 1000
) AS a
$walk$);

---- the comparison once the names are exchanged ----

-- cut
WITH fence AS MATERIALIZED (
  SELECT name, epoch, underpin.sees_every_row('"public"."products"'::regclass) FROM underpin.migration WHERE name = :migration AND epoch = :epoch FOR UPDATE
), sample AS MATERIALIZED (
  SELECT "id"
  FROM "public"."products"
    TABLESAMPLE SYSTEM (least(100, 100.0 * 300 / greatest(1, pg_relation_size('"public"."products"'::regclass) / 8192)))
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
           THEN (SELECT jsonb_build_array(underpin.key_text(t."id")) FROM "public"."products" AS t ORDER BY t."id" LIMIT 1)
           ELSE (SELECT jsonb_build_array(underpin.key_text(t."id")) FROM "public"."products" AS t WHERE t."id" > (b.lower ->> 0)::bigint ORDER BY t."id" LIMIT 1) END,
         coalesce(b.upper, (SELECT jsonb_build_array(underpin.key_text(t."id")) FROM "public"."products" AS t ORDER BY t."id" DESC LIMIT 1))
  FROM fence AS f CROSS JOIN pieces AS b
  WHERE NOT EXISTS (SELECT FROM underpin.checkpoint WHERE migration = :migration AND purpose = :purpose AND start = :start AND n = :n)
  ON CONFLICT DO NOTHING
  RETURNING shard
)
SELECT json_build_object('held', (SELECT count(*) FROM fence), 'cut', (SELECT count(*) FROM cut))::text;

-- check
SELECT underpin.under_settings(
  E'{"search_path":"\\"$user\\", \\"public\\", pg_temp","transform_null_equals":"off","standard_conforming_strings":"on"}',
  jsonb_build_object('migration', (:migration)::text, 'purpose', (:purpose)::text, 'start', (:start)::bigint, 'n', (:n)::bigint, 'shard', (:shard)::integer, 'epoch', (:epoch)::bigint, 'rows', (:rows)::bigint, 'lock_timeout', (:lock_timeout)::text),
$walk$
WITH fence AS MATERIALIZED (
  SELECT (next ->> 0)::bigint AS lo_1,
         (upper ->> 0)::bigint AS upper_1,
         set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."products"'::regclass)
  FROM underpin.checkpoint
  WHERE migration = ($1 ->> 'migration') AND purpose = ($1 ->> 'purpose') AND start = ($1 ->> 'start')::bigint AND n = ($1 ->> 'n')::bigint
    AND shard = ($1 ->> 'shard')::integer AND epoch = ($1 ->> 'epoch')::bigint AND next IS NOT NULL
  FOR UPDATE
), ends AS MATERIALIZED (
  SELECT "id" AS key_1, row_number() OVER () AS nth
  FROM (
    SELECT "id"
    FROM "public"."products"
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
  SELECT count(*) FILTER (WHERE NOT (CASE WHEN "id" IS NULL THEN ((SELECT (CAST("id" AS bigint)) FROM (SELECT "id_underpin_old") AS "products" ("id")))::bigint IS NULL
           WHEN "id" IS NOT DISTINCT FROM ((SELECT (CAST("id" AS bigint)) FROM (SELECT "id_underpin_old") AS "products" ("id")))::bigint THEN true
           ELSE "id_underpin_old" IS NOT DISTINCT FROM (CAST("id" AS integer))::integer END)) AS mismatches
  FROM "public"."products"
  WHERE "id" >= (SELECT lo_1 FROM range)
    AND "id" <= (SELECT hi_1 FROM range)
), moved AS (
  UPDATE underpin.checkpoint
  SET next = (SELECT CASE WHEN next_1 IS NOT NULL THEN jsonb_build_array(underpin.key_text(next_1)) END FROM range),
      rows = rows + CASE WHEN (SELECT whole FROM range) THEN ($1 ->> 'rows')::bigint
                         ELSE (SELECT count(*) FROM "public"."products" WHERE "id" >= (SELECT lo_1 FROM range) AND "id" <= (SELECT hi_1 FROM range)) END,
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
         set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."products"'::regclass)
  FROM underpin.checkpoint
  WHERE migration = :migration AND purpose = :purpose AND start = :start AND n = :n
    AND shard = :shard AND epoch = :epoch AND next IS NOT NULL
  FOR UPDATE
), ends AS MATERIALIZED (
  SELECT "id" AS key_1, row_number() OVER () AS nth
  FROM (
    SELECT "id"
    FROM "public"."products"
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
                         ELSE (SELECT count(*) FROM "public"."products" WHERE "id" >= (SELECT lo_1 FROM range) AND "id" <= (SELECT hi_1 FROM range)) END,
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

-- list
SELECT underpin.under_settings(
  E'{"search_path":"\\"$user\\", \\"public\\", pg_temp","transform_null_equals":"off","standard_conforming_strings":"on"}',
  jsonb_build_object(),
$walk$
SELECT json_agg(a)::text FROM (
SELECT "id" FROM "public"."products" WHERE NOT (CASE WHEN "id" IS NULL THEN ((SELECT (CAST("id" AS bigint)) FROM (SELECT "id_underpin_old") AS "products" ("id")))::bigint IS NULL
           WHEN "id" IS NOT DISTINCT FROM ((SELECT (CAST("id" AS bigint)) FROM (SELECT "id_underpin_old") AS "products" ("id")))::bigint THEN true
           ELSE "id_underpin_old" IS NOT DISTINCT FROM (CAST("id" AS integer))::integer END) LIMIT 1000
) AS a
$walk$);
