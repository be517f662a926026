-- reviews-stars-to-rating: what runs on PostgreSQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: rule _RETURN on view product_ratings names reviews.stars: the contract gate stays shut until it names rating

-- warning: a prepared SELECT * or RETURNING * over public.reviews fails from expand on, and again from the quarantine and from the contract on: at every execute, inside transactions too (0A000, cached plan must not change result type), until it is prepared again. Name its columns before the start; or end the sessions after the phase (PgBouncer: RECONNECT), or do not prepare on the server (pgjdbc: prepareThreshold=0)

-- warning: COPY public.reviews FROM without a list of columns fails from expand on (22P04, missing data for column), and so does INSERT INTO … SELECT * FROM public.reviews. Name their columns before the start

---- phase expand ----

-- add rating (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."reviews"
  ADD COLUMN "rating" smallint;

---- undo of expand ----

-- drop rating (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."reviews"
  DROP COLUMN IF EXISTS "rating";

---- phase dual-write ----

-- write every change to both stars and rating (lock: SHARE ROW EXCLUSIVE)
CREATE OR REPLACE FUNCTION "underpin"."reviews-stars-to-rating_dual_write"()
  RETURNS trigger
  LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
DECLARE
  wrote_old boolean;
  wrote_new boolean;
BEGIN
  IF TG_ARGV[0] = 'loaded before' THEN
    NEW."rating" := OLD."rating";
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    wrote_new := NEW."rating" IS NOT NULL;
    wrote_old := NEW."stars" IS NOT NULL;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."rating" IS DISTINCT FROM OLD."rating";
    wrote_old := NEW."stars" IS DISTINCT FROM OLD."stars";
  END IF;
  IF wrote_new AND NOT wrote_old THEN
    NEW."stars" := NEW."rating";
  ELSE
    NEW."rating" := NEW."stars";
  END IF;
  RETURN NEW;
END
$function$;
CREATE TRIGGER "~underpin_reviews-stars-to-rating_0_saved"
  BEFORE UPDATE OF "stars" ON "public"."reviews"
  FOR EACH ROW
  WHEN (NEW."stars" IS NOT DISTINCT FROM OLD."stars"
    AND NEW."rating" IS NULL
    AND OLD."rating" IS NOT NULL
    AND NEW."stars" IS NOT NULL)
  EXECUTE FUNCTION "underpin"."reviews-stars-to-rating_dual_write"('loaded before');
ALTER TABLE "public"."reviews"
  ENABLE ALWAYS TRIGGER "~underpin_reviews-stars-to-rating_0_saved";
CREATE TRIGGER "~underpin_reviews-stars-to-rating_1_old"
  BEFORE UPDATE OF "stars" ON "public"."reviews"
  FOR EACH ROW
  WHEN (NEW."rating" IS DISTINCT FROM NEW."stars"
    AND NEW."stars" IS NOT DISTINCT FROM OLD."stars"
    AND NEW."rating" IS NOT DISTINCT FROM OLD."rating")
  EXECUTE FUNCTION "underpin"."reviews-stars-to-rating_dual_write"();
ALTER TABLE "public"."reviews"
  ENABLE ALWAYS TRIGGER "~underpin_reviews-stars-to-rating_1_old";
CREATE TRIGGER "~underpin_reviews-stars-to-rating_2_new"
  BEFORE UPDATE OF "rating" ON "public"."reviews"
  FOR EACH ROW
  WHEN (NEW."rating" IS DISTINCT FROM NEW."stars"
    AND NEW."stars" IS NOT DISTINCT FROM OLD."stars"
    AND NEW."rating" IS NOT DISTINCT FROM OLD."rating")
  EXECUTE FUNCTION "underpin"."reviews-stars-to-rating_dual_write"('named new');
ALTER TABLE "public"."reviews"
  ENABLE ALWAYS TRIGGER "~underpin_reviews-stars-to-rating_2_new";
CREATE TRIGGER "~underpin_reviews-stars-to-rating_3_write"
  BEFORE INSERT OR UPDATE ON "public"."reviews"
  FOR EACH ROW
  WHEN (NEW."rating" IS DISTINCT FROM NEW."stars")
  EXECUTE FUNCTION "underpin"."reviews-stars-to-rating_dual_write"();
ALTER TABLE "public"."reviews"
  ENABLE ALWAYS TRIGGER "~underpin_reviews-stars-to-rating_3_write";

---- undo of dual-write ----

-- end the dual write (lock: ACCESS EXCLUSIVE)
DROP TRIGGER IF EXISTS "~underpin_reviews-stars-to-rating_0_saved" ON "public"."reviews";
DROP TRIGGER IF EXISTS "~underpin_reviews-stars-to-rating_1_old" ON "public"."reviews";
DROP TRIGGER IF EXISTS "~underpin_reviews-stars-to-rating_2_new" ON "public"."reviews";
DROP TRIGGER IF EXISTS "~underpin_reviews-stars-to-rating_3_write" ON "public"."reviews";
DROP FUNCTION IF EXISTS "underpin"."reviews-stars-to-rating_dual_write"();
ALTER TABLE "public"."reviews"
  ALTER COLUMN "rating" DROP DEFAULT;

---- phase verify ----

-- add underpin_reviews-stars-to-rating_not_null, not yet validated (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."reviews"
  ADD CONSTRAINT "underpin_reviews-stars-to-rating_not_null" CHECK ("rating" IS DISTINCT FROM NULL) NOT VALID;

-- validate underpin_reviews-stars-to-rating_not_null (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin reviews-stars-to-rating underpin_reviews-stars-to-rating_not_null */
ALTER TABLE "public"."reviews"
  VALIDATE CONSTRAINT "underpin_reviews-stars-to-rating_not_null";
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN (SELECT convalidated FROM pg_constraint
        WHERE conrelid = '"public"."reviews"'::regclass AND conname = 'underpin_reviews-stars-to-rating_not_null') THEN 'done'
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin reviews-stars-to-rating underpin_reviews-stars-to-rating_not_null */')) THEN 'running'
  ELSE 'absent' END)::text;

-- set rating NOT NULL (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."reviews"
  ALTER COLUMN "rating" SET NOT NULL;
ALTER TABLE "public"."reviews"
  DROP CONSTRAINT "underpin_reviews-stars-to-rating_not_null";

-- add reviews_rating_check, not yet validated (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."reviews"
  ADD CONSTRAINT "reviews_rating_check" CHECK (((rating >= 1) AND (rating <= 5))) NOT VALID;

-- validate reviews_rating_check (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin reviews-stars-to-rating reviews_rating_check */
ALTER TABLE "public"."reviews"
  VALIDATE CONSTRAINT "reviews_rating_check";
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN (SELECT convalidated FROM pg_constraint
        WHERE conrelid = '"public"."reviews"'::regclass AND conname = 'reviews_rating_check') THEN 'done'
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin reviews-stars-to-rating reviews_rating_check */')) THEN 'running'
  ELSE 'absent' END)::text;

-- analyze reviews (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin reviews-stars-to-rating analyze */
DO $analyze$
BEGIN
  ANALYZE "public"."reviews";
  -- By hand there is no ledger.
  IF to_regclass('underpin.event') IS NOT NULL THEN
    INSERT INTO underpin.event (migration, epoch, what)
    SELECT name, epoch, 'analyzed' FROM underpin.migration WHERE name = 'reviews-stars-to-rating';
  END IF;
END
$analyze$;
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN EXISTS (SELECT FROM underpin.event AS e JOIN underpin.migration AS m ON m.name = e.migration AND m.epoch = e.epoch
               WHERE m.name = 'reviews-stars-to-rating' AND e.what = 'analyzed') THEN 'done'
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin reviews-stars-to-rating analyze */')) THEN 'running'
  ELSE 'absent' END)::text;

---- undo of verify ----

-- drop the constraints and indexes of rating (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."reviews"
  DROP CONSTRAINT IF EXISTS "reviews_rating_check";

-- let rating be NULL again (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."reviews"
  ALTER COLUMN "rating" DROP NOT NULL;
ALTER TABLE "public"."reviews"
  DROP CONSTRAINT IF EXISTS "underpin_reviews-stars-to-rating_not_null";

---- phase read-switch ----

-- rating wins where a write disagrees (lock: none)
CREATE OR REPLACE FUNCTION "underpin"."reviews-stars-to-rating_dual_write"()
  RETURNS trigger
  LANGUAGE plpgsql
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
    wrote_new := NEW."rating" IS NOT NULL;
    wrote_old := NEW."stars" IS NOT NULL;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."rating" IS DISTINCT FROM OLD."rating";
    wrote_old := NEW."stars" IS DISTINCT FROM OLD."stars";
  END IF;
  IF wrote_new THEN
    NEW."stars" := NEW."rating";
  ELSE
    NEW."rating" := NEW."stars";
  END IF;
  RETURN NEW;
END
$function$;

-- let view public.product_ratings read rating (lock: ACCESS EXCLUSIVE)
DO $view$
DECLARE
  path text := current_setting('search_path');
BEGIN
PERFORM set_config('search_path', '', true);
-- Changes nothing, and keeps others from replacing the view meanwhile.
IF EXISTS (SELECT FROM pg_attribute AS a
  WHERE a.attrelid = to_regclass('"public"."product_ratings"') AND a.attname = 'product_id' AND NOT a.atthasdef) THEN
  ALTER VIEW "public"."product_ratings" ALTER COLUMN "product_id" DROP DEFAULT;
END IF;
IF (SELECT md5(pg_get_viewdef(c.oid) || coalesce(c.reloptions::text, '')) FROM pg_class AS c WHERE c.oid = to_regclass('"public"."product_ratings"')) IS DISTINCT FROM '5c7864a2ffb5ac8e0f029bfa9579c187' THEN
  RAISE object_not_in_prerequisite_state USING MESSAGE = 'view public.product_ratings is not as it was planned for: plan anew';
END IF;
CREATE OR REPLACE VIEW "public"."product_ratings" AS
SELECT product_id,
    max(rating) AS best,
    count(*) AS reviews
   FROM public.reviews
  WHERE (rating > 0)
  GROUP BY product_id;
PERFORM set_config('search_path', path, true);
END
$view$;

---- undo of read-switch ----

-- let view public.product_ratings read stars again (lock: ACCESS EXCLUSIVE)
DO $view$
DECLARE
  path text := current_setting('search_path');
BEGIN
PERFORM set_config('search_path', '', true);
-- Changes nothing, and keeps others from replacing the view meanwhile.
IF EXISTS (SELECT FROM pg_attribute AS a
  WHERE a.attrelid = to_regclass('"public"."product_ratings"') AND a.attname = 'product_id' AND NOT a.atthasdef) THEN
  ALTER VIEW "public"."product_ratings" ALTER COLUMN "product_id" DROP DEFAULT;
END IF;
IF (SELECT md5(pg_get_viewdef(c.oid) || coalesce(c.reloptions::text, '')) FROM pg_class AS c WHERE c.oid = to_regclass('"public"."product_ratings"')) = '463d0fd447d45b535b715479715ec46d' THEN
CREATE OR REPLACE VIEW "public"."product_ratings" AS
SELECT product_id,
    max(stars) AS best,
    count(*) AS reviews
   FROM public.reviews
  WHERE (stars > 0)
  GROUP BY product_id;
END IF;
PERFORM set_config('search_path', path, true);
END
$view$;

-- stars wins where a write disagrees (lock: none)
CREATE OR REPLACE FUNCTION "underpin"."reviews-stars-to-rating_dual_write"()
  RETURNS trigger
  LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
DECLARE
  wrote_old boolean;
  wrote_new boolean;
BEGIN
  IF TG_ARGV[0] = 'loaded before' THEN
    NEW."rating" := OLD."rating";
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    wrote_new := NEW."rating" IS NOT NULL;
    wrote_old := NEW."stars" IS NOT NULL;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."rating" IS DISTINCT FROM OLD."rating";
    wrote_old := NEW."stars" IS DISTINCT FROM OLD."stars";
  END IF;
  IF wrote_new AND NOT wrote_old THEN
    NEW."stars" := NEW."rating";
  ELSE
    NEW."rating" := NEW."stars";
  END IF;
  RETURN NEW;
END
$function$;

---- phase quarantine ----

-- move stars out of the way, still kept fresh (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."reviews"
  RENAME COLUMN "stars" TO "underpin_quarantined_stars";
CREATE OR REPLACE FUNCTION "underpin"."reviews-stars-to-rating_dual_write"()
  RETURNS trigger
  LANGUAGE plpgsql
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
    wrote_new := NEW."rating" IS NOT NULL;
    wrote_old := NEW."underpin_quarantined_stars" IS NOT NULL;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."rating" IS DISTINCT FROM OLD."rating";
    wrote_old := NEW."underpin_quarantined_stars" IS DISTINCT FROM OLD."underpin_quarantined_stars";
  END IF;
  IF wrote_new THEN
    NEW."underpin_quarantined_stars" := NEW."rating";
  ELSE
    NEW."rating" := NEW."underpin_quarantined_stars";
  END IF;
  RETURN NEW;
END
$function$;

---- undo of quarantine ----

-- bring stars back (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."reviews"
  RENAME COLUMN "underpin_quarantined_stars" TO "stars";
CREATE OR REPLACE FUNCTION "underpin"."reviews-stars-to-rating_dual_write"()
  RETURNS trigger
  LANGUAGE plpgsql
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
    wrote_new := NEW."rating" IS NOT NULL;
    wrote_old := NEW."stars" IS NOT NULL;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."rating" IS DISTINCT FROM OLD."rating";
    wrote_old := NEW."stars" IS DISTINCT FROM OLD."stars";
  END IF;
  IF wrote_new THEN
    NEW."stars" := NEW."rating";
  ELSE
    NEW."rating" := NEW."stars";
  END IF;
  RETURN NEW;
END
$function$;

---- phase contract ----

-- end the dual write and drop stars (lock: ACCESS EXCLUSIVE)
DROP TRIGGER IF EXISTS "~underpin_reviews-stars-to-rating_0_saved" ON "public"."reviews";
DROP TRIGGER IF EXISTS "~underpin_reviews-stars-to-rating_1_old" ON "public"."reviews";
DROP TRIGGER IF EXISTS "~underpin_reviews-stars-to-rating_2_new" ON "public"."reviews";
DROP TRIGGER IF EXISTS "~underpin_reviews-stars-to-rating_3_write" ON "public"."reviews";
DROP FUNCTION IF EXISTS "underpin"."reviews-stars-to-rating_dual_write"();
ALTER TABLE "public"."reviews"
  DROP COLUMN IF EXISTS "underpin_quarantined_stars";

---- undo of contract ----

-- cannot be undone: reviews.stars is gone

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
  '{}',
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
SET "rating" = "stars"
WHERE "id" >= (SELECT lo_1 FROM range)
    AND "id" <= (SELECT hi_1 FROM range)
    AND "rating" IS DISTINCT FROM "stars"
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
), checked AS MATERIALIZED (
  SELECT count(*) FILTER (WHERE "rating" IS DISTINCT FROM "stars") AS mismatches
  FROM "public"."reviews"
  WHERE "id" >= (SELECT lo_1 FROM range)
    AND "id" <= (SELECT hi_1 FROM range)
), moved AS (
  UPDATE underpin.checkpoint
  SET next = (SELECT CASE WHEN next_1 IS NOT NULL THEN jsonb_build_array(underpin.key_text(next_1)) END FROM range),
      rows = rows + CASE WHEN (SELECT whole FROM range) THEN :rows::bigint
                         ELSE (SELECT count(*) FROM "public"."reviews" WHERE "id" >= (SELECT lo_1 FROM range) AND "id" <= (SELECT hi_1 FROM range)) END,
      changed = changed + (SELECT mismatches FROM checked),
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
WITH fence AS MATERIALIZED (
  SELECT name, set_config('lock_timeout', :lock_timeout, true), set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."reviews"'::regclass)
  FROM underpin.migration
  WHERE name = :migration AND epoch = :epoch
  FOR UPDATE
), written AS (
  UPDATE "public"."reviews"
  SET "rating" = "stars"
  WHERE "id" = ((:key)::jsonb ->> 0)::bigint
    AND "rating" IS DISTINCT FROM "stars"
    AND (SELECT count(*) FROM fence) = 1
  RETURNING 1
), swept AS (
  DELETE FROM underpin.stubborn_row
  WHERE migration = :migration AND key = (:key)::jsonb AND (SELECT count(*) FROM fence) = 1
    -- Whoever has written a refused value since the row was looked at has noted it again.
    AND attempts = (SELECT attempts FROM underpin.stubborn_row WHERE migration = :migration AND key = (:key)::jsonb)
  RETURNING migration
), dated AS (
  UPDATE underpin.migration SET swept_at = clock_timestamp(), swept_by = pg_current_xact_id()
  WHERE name = (SELECT migration FROM swept)
)
SELECT json_build_object('held', (SELECT count(*) FROM fence), 'changed', (SELECT count(*) FROM written))::text;

-- list
SELECT "id" FROM "public"."reviews" WHERE "rating" IS DISTINCT FROM "stars" LIMIT 1000;
