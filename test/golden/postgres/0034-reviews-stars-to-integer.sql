-- reviews-stars-to-integer: what runs on PostgreSQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: view public.product_ratings is dropped and made again in the same lock, with its owner, grants, comments, options, defaults, rules and triggers; from then on its best is integer

-- warning: a prepared statement that returns public.reviews.stars fails once after the swap in each session, as after any change of a type (0A000, cached plan must not change result type). Most drivers prepare it again outside transactions; otherwise end the sessions after the swap

-- warning: a prepared SELECT * or RETURNING * over public.reviews fails from expand on, and again from the swap and from the contract on: at every execute, inside transactions too (0A000, cached plan must not change result type), until it is prepared again. Name its columns before the start; or end the sessions after the phase (PgBouncer: RECONNECT), or do not prepare on the server (pgjdbc: prepareThreshold=0)

-- warning: COPY public.reviews FROM without a list of columns fails from expand on (22P04, missing data for column), and so does INSERT INTO … SELECT * FROM public.reviews. Name their columns before the start

---- phase expand ----

-- add stars_underpin_new (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."reviews"
  ADD COLUMN "stars_underpin_new" integer;

---- undo of expand ----

-- drop stars_underpin_new (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."reviews"
  DROP COLUMN IF EXISTS "stars_underpin_new";

---- phase dual-write ----

-- write every change to both stars and stars_underpin_new (lock: SHARE ROW EXCLUSIVE)
CREATE OR REPLACE FUNCTION "underpin"."reviews-stars-to-integer_dual_write"()
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
    NEW."stars_underpin_new" := OLD."stars_underpin_new";
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    wrote_new := NEW."stars_underpin_new" IS NOT NULL;
    wrote_old := NEW."stars" IS NOT NULL;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."stars_underpin_new" IS DISTINCT FROM OLD."stars_underpin_new";
    wrote_old := NEW."stars" IS DISTINCT FROM OLD."stars";
  END IF;
  IF wrote_new OR NOT wrote_old THEN
    -- A lossy conversion agrees when either direction gives what is there; one that fails agrees with nothing.
    BEGIN
      IF (CASE WHEN NEW."stars_underpin_new" IS NULL THEN (SELECT (CAST("stars" AS integer)) FROM (SELECT NEW."stars") AS "reviews" ("stars"))::integer IS NULL
         WHEN NEW."stars_underpin_new" IS NOT DISTINCT FROM (SELECT (CAST("stars" AS integer)) FROM (SELECT NEW."stars") AS "reviews" ("stars"))::integer THEN true
         ELSE NEW."stars" IS NOT DISTINCT FROM (SELECT ((SELECT (stars::smallint) FROM (SELECT "stars_underpin_new") AS "reviews" ("stars"))) FROM (SELECT NEW."stars_underpin_new") AS "reviews" ("stars_underpin_new"))::smallint END) THEN
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
    NEW."stars" := (SELECT ((SELECT (stars::smallint) FROM (SELECT "stars_underpin_new") AS "reviews" ("stars"))) FROM (SELECT NEW."stars_underpin_new") AS "reviews" ("stars_underpin_new"));
  ELSE
    BEGIN
      NEW."stars_underpin_new" := (SELECT (CAST("stars" AS integer)) FROM (SELECT NEW."stars") AS "reviews" ("stars"));
    EXCEPTION
      WHEN connection_exception OR read_only_sql_transaction OR transaction_rollback OR insufficient_resources OR lock_not_available OR operator_intervention OR system_error OR data_corrupted OR index_corrupted THEN
        RAISE;
      WHEN OTHERS OR assert_failure THEN
        NEW."stars_underpin_new" := NULL;
        PERFORM underpin.note_refused('reviews-stars-to-integer', jsonb_build_array(underpin.key_text(NEW."id")), SQLSTATE);
    END;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."reviews-stars-to-integer_dual_write"() FROM PUBLIC;
CREATE TRIGGER "~underpin_reviews-stars-to-integer_0_saved"
  BEFORE UPDATE OF "stars" ON "public"."reviews"
  FOR EACH ROW
  WHEN (NEW."stars" IS NOT DISTINCT FROM OLD."stars"
    AND NEW."stars_underpin_new" IS NULL
    AND OLD."stars_underpin_new" IS NOT NULL
    AND NEW."stars" IS NOT NULL)
  EXECUTE FUNCTION "underpin"."reviews-stars-to-integer_dual_write"('loaded before');
ALTER TABLE "public"."reviews"
  ENABLE ALWAYS TRIGGER "~underpin_reviews-stars-to-integer_0_saved";
CREATE TRIGGER "~underpin_reviews-stars-to-integer_1_old"
  BEFORE UPDATE OF "stars" ON "public"."reviews"
  FOR EACH ROW
  WHEN (NEW."stars" IS NOT DISTINCT FROM OLD."stars"
    AND NEW."stars_underpin_new" IS NOT DISTINCT FROM OLD."stars_underpin_new"
    AND (current_setting('underpin.worker', true) IS DISTINCT FROM 'on' OR pg_trigger_depth() > 0))
  EXECUTE FUNCTION "underpin"."reviews-stars-to-integer_dual_write"();
ALTER TABLE "public"."reviews"
  ENABLE ALWAYS TRIGGER "~underpin_reviews-stars-to-integer_1_old";
CREATE TRIGGER "~underpin_reviews-stars-to-integer_2_new"
  BEFORE UPDATE OF "stars_underpin_new" ON "public"."reviews"
  FOR EACH ROW
  WHEN (NEW."stars" IS NOT DISTINCT FROM OLD."stars"
    AND NEW."stars_underpin_new" IS NOT DISTINCT FROM OLD."stars_underpin_new"
    AND (current_setting('underpin.worker', true) IS DISTINCT FROM 'on' OR pg_trigger_depth() > 0))
  EXECUTE FUNCTION "underpin"."reviews-stars-to-integer_dual_write"('named new');
ALTER TABLE "public"."reviews"
  ENABLE ALWAYS TRIGGER "~underpin_reviews-stars-to-integer_2_new";
CREATE TRIGGER "~underpin_reviews-stars-to-integer_3_insert"
  BEFORE INSERT ON "public"."reviews"
  FOR EACH ROW
  EXECUTE FUNCTION "underpin"."reviews-stars-to-integer_dual_write"();
ALTER TABLE "public"."reviews"
  ENABLE ALWAYS TRIGGER "~underpin_reviews-stars-to-integer_3_insert";
CREATE TRIGGER "~underpin_reviews-stars-to-integer_3_update"
  BEFORE UPDATE ON "public"."reviews"
  FOR EACH ROW
  WHEN (NEW."stars" IS DISTINCT FROM OLD."stars"
    OR NEW."id" IS DISTINCT FROM OLD."id"
    OR (NEW."stars_underpin_new" IS DISTINCT FROM OLD."stars_underpin_new"
      AND (current_setting('underpin.worker', true) IS DISTINCT FROM 'on' OR pg_trigger_depth() > 0)))
  EXECUTE FUNCTION "underpin"."reviews-stars-to-integer_dual_write"();
ALTER TABLE "public"."reviews"
  ENABLE ALWAYS TRIGGER "~underpin_reviews-stars-to-integer_3_update";

---- undo of dual-write ----

-- end the dual write (lock: ACCESS EXCLUSIVE)
DROP TRIGGER IF EXISTS "~underpin_reviews-stars-to-integer_0_saved" ON "public"."reviews";
DROP TRIGGER IF EXISTS "~underpin_reviews-stars-to-integer_1_old" ON "public"."reviews";
DROP TRIGGER IF EXISTS "~underpin_reviews-stars-to-integer_2_new" ON "public"."reviews";
DROP TRIGGER IF EXISTS "~underpin_reviews-stars-to-integer_3_insert" ON "public"."reviews";
DROP TRIGGER IF EXISTS "~underpin_reviews-stars-to-integer_3_update" ON "public"."reviews";
DROP FUNCTION IF EXISTS "underpin"."reviews-stars-to-integer_dual_write"();
ALTER TABLE "public"."reviews"
  ALTER COLUMN "stars_underpin_new" DROP DEFAULT;

---- phase verify ----

-- add underpin_reviews-stars-to-integer_not_null, not yet validated (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."reviews"
  ADD CONSTRAINT "underpin_reviews-stars-to-integer_not_null" CHECK ("stars_underpin_new" IS DISTINCT FROM NULL) NOT VALID;

-- validate underpin_reviews-stars-to-integer_not_null (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin reviews-stars-to-integer underpin_reviews-stars-to-integer_not_null */
ALTER TABLE "public"."reviews"
  VALIDATE CONSTRAINT "underpin_reviews-stars-to-integer_not_null";
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN (SELECT convalidated FROM pg_constraint
        WHERE conrelid = '"public"."reviews"'::regclass AND conname = 'underpin_reviews-stars-to-integer_not_null') THEN 'done'
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin reviews-stars-to-integer underpin_reviews-stars-to-integer_not_null */')) THEN 'running'
  ELSE 'absent' END)::text;

-- set stars_underpin_new NOT NULL (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."reviews"
  ALTER COLUMN "stars_underpin_new" SET NOT NULL;
ALTER TABLE "public"."reviews"
  DROP CONSTRAINT "underpin_reviews-stars-to-integer_not_null";

-- add reviews_stars_underpin_new_check, not yet validated (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."reviews"
  ADD CONSTRAINT "reviews_stars_underpin_new_check" CHECK (((stars_underpin_new >= 1) AND (stars_underpin_new <= 5))) NOT VALID;

-- validate reviews_stars_underpin_new_check (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin reviews-stars-to-integer reviews_stars_underpin_new_check */
ALTER TABLE "public"."reviews"
  VALIDATE CONSTRAINT "reviews_stars_underpin_new_check";
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN (SELECT convalidated FROM pg_constraint
        WHERE conrelid = '"public"."reviews"'::regclass AND conname = 'reviews_stars_underpin_new_check') THEN 'done'
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin reviews-stars-to-integer reviews_stars_underpin_new_check */')) THEN 'running'
  ELSE 'absent' END)::text;

-- analyze reviews (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin reviews-stars-to-integer analyze */
DO $analyze$
BEGIN
  ANALYZE "public"."reviews";
  -- By hand there is no ledger.
  IF to_regclass('underpin.event') IS NOT NULL THEN
    INSERT INTO underpin.event (migration, epoch, what)
    SELECT name, epoch, 'analyzed' FROM underpin.migration WHERE name = 'reviews-stars-to-integer';
  END IF;
END
$analyze$;
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN EXISTS (SELECT FROM underpin.event AS e JOIN underpin.migration AS m ON m.name = e.migration AND m.epoch = e.epoch
               WHERE m.name = 'reviews-stars-to-integer' AND e.what = 'analyzed') THEN 'done'
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin reviews-stars-to-integer analyze */')) THEN 'running'
  ELSE 'absent' END)::text;

---- undo of verify ----

-- drop the constraints and indexes of stars_underpin_new (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."reviews"
  DROP CONSTRAINT IF EXISTS "reviews_stars_underpin_new_check";

-- let stars_underpin_new be NULL again (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."reviews"
  ALTER COLUMN "stars_underpin_new" DROP NOT NULL;
ALTER TABLE "public"."reviews"
  DROP CONSTRAINT IF EXISTS "underpin_reviews-stars-to-integer_not_null";

---- phase swap ----

-- stars is integer from now on; the old one is kept fresh as stars_underpin_old; what knows it by its number is made again (lock: ACCESS EXCLUSIVE)
DO $views$
BEGIN
  PERFORM underpin.set_views_aside('"public"."reviews"', '["stars"]', is_way_back => false);
END
$views$;
DO $parts$
BEGIN
  PERFORM underpin.set_parts_aside('"public"."reviews"', '["stars"]', is_way_back => false);
END
$parts$;
DO $snapshots$
BEGIN
  IF to_regclass('underpin.checkpoint') IS NOT NULL AND EXISTS (
    SELECT FROM pg_stat_activity AS a
    JOIN (
      SELECT xmin AS written_by, updated_at AS written_at FROM underpin.checkpoint
      WHERE migration = 'reviews-stars-to-integer' AND purpose IN ('backfill', 'repair')
      UNION ALL SELECT swept_by::xid, swept_at FROM underpin.migration WHERE name = 'reviews-stars-to-integer' AND swept_at IS NOT NULL
    ) AS w ON age(w.written_by) <= age(a.backend_xmin) AND a.xact_start < coalesce((
      SELECT min(e.happened_at) FROM underpin.event AS e
      WHERE e.migration = 'reviews-stars-to-integer' AND e.happened_at > w.written_at
        AND (e.what = 'evidence' OR e.what = 'running' AND e.detail ->> 'phase' <> 'backfill')
    ), 'infinity')
    WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend') THEN
    RAISE lock_not_available USING MESSAGE = 'a transaction that began before the last row was copied is still open';
  END IF;
END
$snapshots$;
ALTER TABLE "public"."reviews"
  RENAME COLUMN "stars" TO "stars_underpin_old";
ALTER TABLE "public"."reviews"
  RENAME COLUMN "stars_underpin_new" TO "stars";
ALTER TABLE "public"."reviews"
  RENAME CONSTRAINT "reviews_stars_check" TO "underpin_between_reviews_stars_check";
ALTER TABLE "public"."reviews"
  RENAME CONSTRAINT "reviews_stars_underpin_new_check" TO "reviews_stars_check";
ALTER TABLE "public"."reviews"
  RENAME CONSTRAINT "underpin_between_reviews_stars_check" TO "reviews_stars_underpin_new_check";
CREATE OR REPLACE FUNCTION "underpin"."reviews-stars-to-integer_dual_write"()
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
    wrote_new := NEW."stars" IS NOT NULL;
    wrote_old := NEW."stars_underpin_old" IS NOT NULL;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."stars" IS DISTINCT FROM OLD."stars";
    wrote_old := NEW."stars_underpin_old" IS DISTINCT FROM OLD."stars_underpin_old";
  END IF;
  IF wrote_new OR NOT wrote_old THEN
    -- A lossy conversion agrees when either direction gives what is there; one that fails agrees with nothing.
    BEGIN
      IF (CASE WHEN NEW."stars" IS NULL THEN (SELECT ((SELECT (CAST("stars" AS integer)) FROM (SELECT "stars_underpin_old") AS "reviews" ("stars"))) FROM (SELECT NEW."stars_underpin_old") AS "reviews" ("stars_underpin_old"))::integer IS NULL
         WHEN NEW."stars" IS NOT DISTINCT FROM (SELECT ((SELECT (CAST("stars" AS integer)) FROM (SELECT "stars_underpin_old") AS "reviews" ("stars"))) FROM (SELECT NEW."stars_underpin_old") AS "reviews" ("stars_underpin_old"))::integer THEN true
         ELSE NEW."stars_underpin_old" IS NOT DISTINCT FROM (SELECT (stars::smallint) FROM (SELECT NEW."stars") AS "reviews" ("stars"))::smallint END) THEN
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
    NEW."stars_underpin_old" := (SELECT (stars::smallint) FROM (SELECT NEW."stars") AS "reviews" ("stars"));
  ELSE
    NEW."stars" := (SELECT ((SELECT (CAST("stars" AS integer)) FROM (SELECT "stars_underpin_old") AS "reviews" ("stars"))) FROM (SELECT NEW."stars_underpin_old") AS "reviews" ("stars_underpin_old"));
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."reviews-stars-to-integer_dual_write"() FROM PUBLIC;
CREATE OR REPLACE FUNCTION "underpin"."reviews-stars-to-integer_dual_write_first"()
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
  wrote_new := NEW."stars" IS NOT NULL;
  wrote_old := NEW."stars_underpin_old" IS NOT NULL;
  IF wrote_old AND NOT wrote_new THEN
    BEGIN
      NEW."stars" := (SELECT ((SELECT (CAST("stars" AS integer)) FROM (SELECT "stars_underpin_old") AS "reviews" ("stars"))) FROM (SELECT NEW."stars_underpin_old") AS "reviews" ("stars_underpin_old"));
      NEW."stars_underpin_old" := NULL;
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
REVOKE ALL ON FUNCTION "underpin"."reviews-stars-to-integer_dual_write_first"() FROM PUBLIC;
CREATE TRIGGER "!underpin_reviews-stars-to-integer_1_moved"
  BEFORE INSERT ON "public"."reviews"
  FOR EACH ROW
  WHEN (NEW."stars_underpin_old" IS NOT NULL)
  EXECUTE FUNCTION "underpin"."reviews-stars-to-integer_dual_write_first"();
ALTER TABLE "public"."reviews"
  ENABLE ALWAYS TRIGGER "!underpin_reviews-stars-to-integer_1_moved";
DO $parts$
BEGIN
  PERFORM underpin.make_parts_again('"public"."reviews"', '["stars_underpin_old"]', texts => '[]');
END
$parts$;
DO $views$
BEGIN
  PERFORM underpin.make_views_again('"public"."reviews"', leaving => '["stars_underpin_old"]', definitions => '[]');
END
$views$;

---- undo of swap ----

-- stars is smallint again; the new one is kept fresh as stars_underpin_new; what knows it by its number is made again (lock: ACCESS EXCLUSIVE)
DO $views$
BEGIN
  PERFORM underpin.set_views_aside('"public"."reviews"', '["stars"]', is_way_back => true);
END
$views$;
DO $parts$
BEGIN
  PERFORM underpin.set_parts_aside('"public"."reviews"', '["stars"]', is_way_back => true);
END
$parts$;
ALTER TABLE "public"."reviews"
  RENAME COLUMN "stars" TO "stars_underpin_new";
ALTER TABLE "public"."reviews"
  RENAME COLUMN "stars_underpin_old" TO "stars";
ALTER TABLE "public"."reviews"
  RENAME CONSTRAINT "reviews_stars_check" TO "underpin_between_reviews_stars_check";
ALTER TABLE "public"."reviews"
  RENAME CONSTRAINT "reviews_stars_underpin_new_check" TO "reviews_stars_check";
ALTER TABLE "public"."reviews"
  RENAME CONSTRAINT "underpin_between_reviews_stars_check" TO "reviews_stars_underpin_new_check";
DROP TRIGGER IF EXISTS "!underpin_reviews-stars-to-integer_1_moved" ON "public"."reviews";
DROP FUNCTION IF EXISTS "underpin"."reviews-stars-to-integer_dual_write_first"();
CREATE OR REPLACE FUNCTION "underpin"."reviews-stars-to-integer_dual_write"()
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
    NEW."stars_underpin_new" := OLD."stars_underpin_new";
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    wrote_new := NEW."stars_underpin_new" IS NOT NULL;
    wrote_old := NEW."stars" IS NOT NULL;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."stars_underpin_new" IS DISTINCT FROM OLD."stars_underpin_new";
    wrote_old := NEW."stars" IS DISTINCT FROM OLD."stars";
  END IF;
  IF wrote_new OR NOT wrote_old THEN
    -- A lossy conversion agrees when either direction gives what is there; one that fails agrees with nothing.
    BEGIN
      IF (CASE WHEN NEW."stars_underpin_new" IS NULL THEN (SELECT (CAST("stars" AS integer)) FROM (SELECT NEW."stars") AS "reviews" ("stars"))::integer IS NULL
         WHEN NEW."stars_underpin_new" IS NOT DISTINCT FROM (SELECT (CAST("stars" AS integer)) FROM (SELECT NEW."stars") AS "reviews" ("stars"))::integer THEN true
         ELSE NEW."stars" IS NOT DISTINCT FROM (SELECT ((SELECT (stars::smallint) FROM (SELECT "stars_underpin_new") AS "reviews" ("stars"))) FROM (SELECT NEW."stars_underpin_new") AS "reviews" ("stars_underpin_new"))::smallint END) THEN
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
    NEW."stars" := (SELECT ((SELECT (stars::smallint) FROM (SELECT "stars_underpin_new") AS "reviews" ("stars"))) FROM (SELECT NEW."stars_underpin_new") AS "reviews" ("stars_underpin_new"));
  ELSE
    BEGIN
      NEW."stars_underpin_new" := (SELECT (CAST("stars" AS integer)) FROM (SELECT NEW."stars") AS "reviews" ("stars"));
    EXCEPTION
      WHEN connection_exception OR read_only_sql_transaction OR transaction_rollback OR insufficient_resources OR lock_not_available OR operator_intervention OR system_error OR data_corrupted OR index_corrupted THEN
        RAISE;
      WHEN OTHERS OR assert_failure THEN
        NEW."stars_underpin_new" := NULL;
        PERFORM underpin.note_refused('reviews-stars-to-integer', jsonb_build_array(underpin.key_text(NEW."id")), SQLSTATE);
    END;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."reviews-stars-to-integer_dual_write"() FROM PUBLIC;
DO $parts$
BEGIN
  PERFORM underpin.make_parts_again('"public"."reviews"', '["stars_underpin_new"]', texts => '[]');
END
$parts$;
DO $views$
BEGIN
  PERFORM underpin.make_views_again('"public"."reviews"', leaving => '["stars_underpin_new"]', definitions => '[]');
END
$views$;

---- phase contract ----

-- end the dual write and drop stars_underpin_old (lock: ACCESS EXCLUSIVE)
DROP TRIGGER IF EXISTS "!underpin_reviews-stars-to-integer_1_moved" ON "public"."reviews";
DROP FUNCTION IF EXISTS "underpin"."reviews-stars-to-integer_dual_write_first"();
DROP TRIGGER IF EXISTS "~underpin_reviews-stars-to-integer_0_saved" ON "public"."reviews";
DROP TRIGGER IF EXISTS "~underpin_reviews-stars-to-integer_1_old" ON "public"."reviews";
DROP TRIGGER IF EXISTS "~underpin_reviews-stars-to-integer_2_new" ON "public"."reviews";
DROP TRIGGER IF EXISTS "~underpin_reviews-stars-to-integer_3_insert" ON "public"."reviews";
DROP TRIGGER IF EXISTS "~underpin_reviews-stars-to-integer_3_update" ON "public"."reviews";
DROP FUNCTION IF EXISTS "underpin"."reviews-stars-to-integer_dual_write"();
ALTER TABLE "public"."reviews"
  DROP COLUMN IF EXISTS "stars_underpin_old";

---- undo of contract ----

-- cannot be undone: reviews.stars was smallint

---- the walk over the rows, each statement one call ----

-- cut
WITH fence AS MATERIALIZED (
  SELECT name, epoch, underpin.sees_every_row('"public"."reviews"'::regclass) FROM underpin.migration WHERE name = :migration AND epoch = :epoch FOR UPDATE
), sample AS MATERIALIZED (
  SELECT "id"
  FROM "public"."reviews"
    TABLESAMPLE SYSTEM (least(100, 100.0 * 300 / greatest(1, pg_relation_size('"public"."reviews"'::regclass) / 8192)))
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
           THEN (SELECT jsonb_build_array(underpin.key_text(t."id")) FROM "public"."reviews" AS t ORDER BY t."id" LIMIT 1)
           ELSE (SELECT jsonb_build_array(underpin.key_text(t."id")) FROM "public"."reviews" AS t WHERE t."id" > (b.lower ->> 0)::bigint ORDER BY t."id" LIMIT 1) END,
         coalesce(b.upper, (SELECT jsonb_build_array(underpin.key_text(t."id")) FROM "public"."reviews" AS t ORDER BY t."id" DESC LIMIT 1))
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
  SELECT (next ->> 0)::bigint AS lo_1,
         (upper ->> 0)::bigint AS upper_1,
         set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."reviews"'::regclass)
  FROM underpin.checkpoint
  WHERE migration = ($1 ->> 'migration') AND purpose = ($1 ->> 'purpose') AND start = ($1 ->> 'start')::bigint AND n = ($1 ->> 'n')::bigint
    AND shard = ($1 ->> 'shard')::integer AND epoch = ($1 ->> 'epoch')::bigint AND next IS NOT NULL
  FOR UPDATE
), ends AS MATERIALIZED (
  SELECT "id" AS key_1, row_number() OVER () AS nth
  FROM (
    SELECT "id"
    FROM "public"."reviews"
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
UPDATE "public"."reviews"
SET "stars_underpin_new" = CAST("stars" AS integer)
WHERE "id" >= (SELECT lo_1 FROM range)
    AND "id" <= (SELECT hi_1 FROM range)
    AND NOT (CASE WHEN "stars_underpin_new" IS NULL THEN (CAST("stars" AS integer))::integer IS NULL
           WHEN "stars_underpin_new" IS NOT DISTINCT FROM (CAST("stars" AS integer))::integer THEN true
           ELSE "stars" IS NOT DISTINCT FROM ((SELECT (stars::smallint) FROM (SELECT "stars_underpin_new") AS "reviews" ("stars")))::smallint END)
$write$,
$count$
WITH range AS MATERIALIZED (
  SELECT (next ->> 0)::bigint AS lo_1, ($2 ->> 0)::bigint AS hi_1
  FROM underpin.checkpoint
  WHERE migration = ($1 ->> 'migration') AND purpose = ($1 ->> 'purpose') AND start = ($1 ->> 'start')::bigint AND n = ($1 ->> 'n')::bigint
    AND shard = ($1 ->> 'shard')::integer AND epoch = ($1 ->> 'epoch')::bigint
)
SELECT count(*) FROM "public"."reviews" WHERE "id" >= (SELECT lo_1 FROM range)
    AND "id" <= (SELECT hi_1 FROM range)
$count$);

-- check
SELECT underpin.under_settings(
  E'{"search_path":"\\"$user\\", \\"public\\", pg_temp","transform_null_equals":"off","standard_conforming_strings":"on"}',
  jsonb_build_object('migration', (:migration)::text, 'purpose', (:purpose)::text, 'start', (:start)::bigint, 'n', (:n)::bigint, 'shard', (:shard)::integer, 'epoch', (:epoch)::bigint, 'rows', (:rows)::bigint, 'lock_timeout', (:lock_timeout)::text),
$walk$
WITH fence AS MATERIALIZED (
  SELECT (next ->> 0)::bigint AS lo_1,
         (upper ->> 0)::bigint AS upper_1,
         set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."reviews"'::regclass)
  FROM underpin.checkpoint
  WHERE migration = ($1 ->> 'migration') AND purpose = ($1 ->> 'purpose') AND start = ($1 ->> 'start')::bigint AND n = ($1 ->> 'n')::bigint
    AND shard = ($1 ->> 'shard')::integer AND epoch = ($1 ->> 'epoch')::bigint AND next IS NOT NULL
  FOR UPDATE
), ends AS MATERIALIZED (
  SELECT "id" AS key_1, row_number() OVER () AS nth
  FROM (
    SELECT "id"
    FROM "public"."reviews"
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
  SELECT count(*) FILTER (WHERE NOT (CASE WHEN "stars_underpin_new" IS NULL THEN (CAST("stars" AS integer))::integer IS NULL
           WHEN "stars_underpin_new" IS NOT DISTINCT FROM (CAST("stars" AS integer))::integer THEN true
           ELSE "stars" IS NOT DISTINCT FROM ((SELECT (stars::smallint) FROM (SELECT "stars_underpin_new") AS "reviews" ("stars")))::smallint END)) AS mismatches
  FROM "public"."reviews"
  WHERE "id" >= (SELECT lo_1 FROM range)
    AND "id" <= (SELECT hi_1 FROM range)
), moved AS (
  UPDATE underpin.checkpoint
  SET next = (SELECT CASE WHEN next_1 IS NOT NULL THEN jsonb_build_array(underpin.key_text(next_1)) END FROM range),
      rows = rows + CASE WHEN (SELECT whole FROM range) THEN ($1 ->> 'rows')::bigint
                         ELSE (SELECT count(*) FROM "public"."reviews" WHERE "id" >= (SELECT lo_1 FROM range) AND "id" <= (SELECT hi_1 FROM range)) END,
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
         set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."reviews"'::regclass)
  FROM underpin.checkpoint
  WHERE migration = :migration AND purpose = :purpose AND start = :start AND n = :n
    AND shard = :shard AND epoch = :epoch AND next IS NOT NULL
  FOR UPDATE
), ends AS MATERIALIZED (
  SELECT "id" AS key_1, row_number() OVER () AS nth
  FROM (
    SELECT "id"
    FROM "public"."reviews"
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
                         ELSE (SELECT count(*) FROM "public"."reviews" WHERE "id" >= (SELECT lo_1 FROM range) AND "id" <= (SELECT hi_1 FROM range)) END,
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
  SELECT name, set_config('lock_timeout', ($1 ->> 'lock_timeout'), true), set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."reviews"'::regclass)
  FROM underpin.migration
  WHERE name = ($1 ->> 'migration') AND epoch = ($1 ->> 'epoch')::bigint
  FOR UPDATE
), written AS (
  UPDATE "public"."reviews"
  SET "stars_underpin_new" = CAST("stars" AS integer)
  WHERE "id" = (($1 -> 'key') ->> 0)::bigint
    AND NOT (CASE WHEN "stars_underpin_new" IS NULL THEN (CAST("stars" AS integer))::integer IS NULL
           WHEN "stars_underpin_new" IS NOT DISTINCT FROM (CAST("stars" AS integer))::integer THEN true
           ELSE "stars" IS NOT DISTINCT FROM ((SELECT (stars::smallint) FROM (SELECT "stars_underpin_new") AS "reviews" ("stars")))::smallint END)
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
SELECT "id" FROM "public"."reviews" WHERE NOT (CASE WHEN "stars_underpin_new" IS NULL THEN (CAST("stars" AS integer))::integer IS NULL
           WHEN "stars_underpin_new" IS NOT DISTINCT FROM (CAST("stars" AS integer))::integer THEN true
           ELSE "stars" IS NOT DISTINCT FROM ((SELECT (stars::smallint) FROM (SELECT "stars_underpin_new") AS "reviews" ("stars")))::smallint END) LIMIT 1000
) AS a
$walk$);

---- the comparison once the names are exchanged ----

-- cut
WITH fence AS MATERIALIZED (
  SELECT name, epoch, underpin.sees_every_row('"public"."reviews"'::regclass) FROM underpin.migration WHERE name = :migration AND epoch = :epoch FOR UPDATE
), sample AS MATERIALIZED (
  SELECT "id"
  FROM "public"."reviews"
    TABLESAMPLE SYSTEM (least(100, 100.0 * 300 / greatest(1, pg_relation_size('"public"."reviews"'::regclass) / 8192)))
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
           THEN (SELECT jsonb_build_array(underpin.key_text(t."id")) FROM "public"."reviews" AS t ORDER BY t."id" LIMIT 1)
           ELSE (SELECT jsonb_build_array(underpin.key_text(t."id")) FROM "public"."reviews" AS t WHERE t."id" > (b.lower ->> 0)::bigint ORDER BY t."id" LIMIT 1) END,
         coalesce(b.upper, (SELECT jsonb_build_array(underpin.key_text(t."id")) FROM "public"."reviews" AS t ORDER BY t."id" DESC LIMIT 1))
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
         set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."reviews"'::regclass)
  FROM underpin.checkpoint
  WHERE migration = ($1 ->> 'migration') AND purpose = ($1 ->> 'purpose') AND start = ($1 ->> 'start')::bigint AND n = ($1 ->> 'n')::bigint
    AND shard = ($1 ->> 'shard')::integer AND epoch = ($1 ->> 'epoch')::bigint AND next IS NOT NULL
  FOR UPDATE
), ends AS MATERIALIZED (
  SELECT "id" AS key_1, row_number() OVER () AS nth
  FROM (
    SELECT "id"
    FROM "public"."reviews"
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
  SELECT count(*) FILTER (WHERE NOT (CASE WHEN "stars" IS NULL THEN ((SELECT (CAST("stars" AS integer)) FROM (SELECT "stars_underpin_old") AS "reviews" ("stars")))::integer IS NULL
           WHEN "stars" IS NOT DISTINCT FROM ((SELECT (CAST("stars" AS integer)) FROM (SELECT "stars_underpin_old") AS "reviews" ("stars")))::integer THEN true
           ELSE "stars_underpin_old" IS NOT DISTINCT FROM (stars::smallint)::smallint END)) AS mismatches
  FROM "public"."reviews"
  WHERE "id" >= (SELECT lo_1 FROM range)
    AND "id" <= (SELECT hi_1 FROM range)
), moved AS (
  UPDATE underpin.checkpoint
  SET next = (SELECT CASE WHEN next_1 IS NOT NULL THEN jsonb_build_array(underpin.key_text(next_1)) END FROM range),
      rows = rows + CASE WHEN (SELECT whole FROM range) THEN ($1 ->> 'rows')::bigint
                         ELSE (SELECT count(*) FROM "public"."reviews" WHERE "id" >= (SELECT lo_1 FROM range) AND "id" <= (SELECT hi_1 FROM range)) END,
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
         set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."reviews"'::regclass)
  FROM underpin.checkpoint
  WHERE migration = :migration AND purpose = :purpose AND start = :start AND n = :n
    AND shard = :shard AND epoch = :epoch AND next IS NOT NULL
  FOR UPDATE
), ends AS MATERIALIZED (
  SELECT "id" AS key_1, row_number() OVER () AS nth
  FROM (
    SELECT "id"
    FROM "public"."reviews"
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
                         ELSE (SELECT count(*) FROM "public"."reviews" WHERE "id" >= (SELECT lo_1 FROM range) AND "id" <= (SELECT hi_1 FROM range)) END,
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
SELECT "id" FROM "public"."reviews" WHERE NOT (CASE WHEN "stars" IS NULL THEN ((SELECT (CAST("stars" AS integer)) FROM (SELECT "stars_underpin_old") AS "reviews" ("stars")))::integer IS NULL
           WHEN "stars" IS NOT DISTINCT FROM ((SELECT (CAST("stars" AS integer)) FROM (SELECT "stars_underpin_old") AS "reviews" ("stars")))::integer THEN true
           ELSE "stars_underpin_old" IS NOT DISTINCT FROM (stars::smallint)::smallint END) LIMIT 1000
) AS a
$walk$);
