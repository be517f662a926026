-- users-country-required: what runs on PostgreSQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: from expand on the database refuses NULL in country: a writer that still does that fails at once; a row that is like that already is repaired when it is updated

-- warning: a rollback keeps what was repaired in country

---- phase expand ----

-- add underpin_users-country-required_not_null, not yet validated, and repair rows as they are written (lock: ACCESS EXCLUSIVE)
CREATE OR REPLACE FUNCTION "underpin"."users-country-required_dual_write"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = "$user", "public", pg_temp
  SET standard_conforming_strings = on
  SET transform_null_equals = off
AS $function$
#variable_conflict use_column
DECLARE
  written record := NEW;
BEGIN
  IF (SELECT ("country" IS NULL) FROM (SELECT OLD.*) AS "users") AND (SELECT ("country" IS NULL) FROM (SELECT NEW.*) AS "users") THEN
    BEGIN
      NEW."country" := (SELECT ('DE') FROM (SELECT NEW.*) AS "users");
    EXCEPTION
      WHEN connection_exception OR read_only_sql_transaction OR transaction_rollback OR insufficient_resources OR lock_not_available OR operator_intervention OR system_error OR data_corrupted OR index_corrupted THEN
        RAISE;
      WHEN OTHERS OR assert_failure THEN
        RETURN written;
    END;
    IF (SELECT ("country" IS NULL) FROM (SELECT NEW.*) AS "users") THEN
      RETURN written;
    END IF;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."users-country-required_dual_write"() FROM PUBLIC;
CREATE TRIGGER "~underpin_users-country-required_repair"
  BEFORE UPDATE ON "public"."users"
  FOR EACH ROW
  EXECUTE FUNCTION "underpin"."users-country-required_dual_write"();
ALTER TABLE "public"."users"
  ENABLE ALWAYS TRIGGER "~underpin_users-country-required_repair";
ALTER TABLE "public"."users"
  ADD CONSTRAINT "underpin_users-country-required_not_null" CHECK ("country" IS NOT NULL) NOT VALID;

---- undo of expand ----

-- drop underpin_users-country-required_not_null (lock: ACCESS EXCLUSIVE)
DROP TRIGGER IF EXISTS "~underpin_users-country-required_repair" ON "public"."users";
DROP FUNCTION IF EXISTS "underpin"."users-country-required_dual_write"();
ALTER TABLE "public"."users"
  DROP CONSTRAINT IF EXISTS "underpin_users-country-required_not_null";

---- phase verify ----

-- validate underpin_users-country-required_not_null (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin users-country-required underpin_users-country-required_not_null */
ALTER TABLE "public"."users"
  VALIDATE CONSTRAINT "underpin_users-country-required_not_null";
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN (SELECT convalidated FROM pg_constraint
        WHERE conrelid = '"public"."users"'::regclass AND conname = 'underpin_users-country-required_not_null') THEN 'done'
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin users-country-required underpin_users-country-required_not_null */')) THEN 'running'
  ELSE 'absent' END)::text;

-- set country NOT NULL (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."users"
  ALTER COLUMN "country" SET NOT NULL;
ALTER TABLE "public"."users"
  DROP CONSTRAINT "underpin_users-country-required_not_null";
DROP TRIGGER IF EXISTS "~underpin_users-country-required_repair" ON "public"."users";
DROP FUNCTION IF EXISTS "underpin"."users-country-required_dual_write"();

---- undo of verify ----

-- let country be NULL again (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."users"
  ALTER COLUMN "country" DROP NOT NULL;
ALTER TABLE "public"."users"
  DROP CONSTRAINT IF EXISTS "underpin_users-country-required_not_null";

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
  E'{"search_path":"\\"$user\\", \\"public\\", pg_temp","transform_null_equals":"off","standard_conforming_strings":"on"}',
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
SET "country" = 'DE'
WHERE "id" >= (SELECT lo_1 FROM range)
    AND "id" <= (SELECT hi_1 FROM range)
    AND "country" IS NULL
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
  E'{"search_path":"\\"$user\\", \\"public\\", pg_temp","transform_null_equals":"off","standard_conforming_strings":"on"}',
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
  SELECT count(*) FILTER (WHERE "country" IS NULL) AS mismatches
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
  E'{"search_path":"\\"$user\\", \\"public\\", pg_temp","transform_null_equals":"off","standard_conforming_strings":"on"}',
  jsonb_build_object('migration', (:migration)::text, 'epoch', (:epoch)::bigint, 'key', (:key)::jsonb, 'lock_timeout', (:lock_timeout)::text),
$walk$
WITH fence AS MATERIALIZED (
  SELECT name, set_config('lock_timeout', ($1 ->> 'lock_timeout'), true), set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."users"'::regclass)
  FROM underpin.migration
  WHERE name = ($1 ->> 'migration') AND epoch = ($1 ->> 'epoch')::bigint
  FOR UPDATE
), written AS (
  UPDATE "public"."users"
  SET "country" = 'DE'
  WHERE "id" = (($1 -> 'key') ->> 0)::bigint
    AND "country" IS NULL
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
SELECT "id" FROM "public"."users" WHERE "country" IS NULL LIMIT 1000
) AS a
$walk$);
