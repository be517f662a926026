-- rename-users-email: what runs on PostgreSQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: a prepared SELECT * or RETURNING * over public.users fails from expand on, and again from the quarantine and from the contract on: at every execute, inside transactions too (0A000, cached plan must not change result type), until it is prepared again. Name its columns before the start; or end the sessions after the phase (PgBouncer: RECONNECT), or do not prepare on the server (pgjdbc: prepareThreshold=0)

-- warning: COPY public.users FROM without a list of columns fails from expand on (22P04, missing data for column), and so does INSERT INTO … SELECT * FROM public.users. Name their columns before the start

-- warning: INSERT INTO public.users VALUES (…) without a list of columns goes on until the contract; from then on its values land in other columns. Name its columns before the contract

---- phase expand ----

-- add email_address (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."users"
  ADD COLUMN "email_address" text;

---- undo of expand ----

-- drop email_address (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."users"
  DROP COLUMN IF EXISTS "email_address";

---- phase dual-write ----

-- write every change to both email and email_address (lock: SHARE ROW EXCLUSIVE)
CREATE OR REPLACE FUNCTION "underpin"."rename-users-email_dual_write"()
  RETURNS trigger
  LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
DECLARE
  wrote_old boolean;
  wrote_new boolean;
BEGIN
  IF TG_ARGV[0] = 'loaded before' THEN
    NEW."email_address" := OLD."email_address";
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    wrote_new := NEW."email_address" IS NOT NULL;
    wrote_old := NEW."email" IS NOT NULL;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."email_address" IS DISTINCT FROM OLD."email_address";
    wrote_old := NEW."email" IS DISTINCT FROM OLD."email";
  END IF;
  IF wrote_new AND NOT wrote_old THEN
    NEW."email" := NEW."email_address";
  ELSE
    NEW."email_address" := NEW."email";
  END IF;
  RETURN NEW;
END
$function$;
CREATE TRIGGER "~underpin_rename-users-email_0_saved"
  BEFORE UPDATE OF "email" ON "public"."users"
  FOR EACH ROW
  WHEN (NEW."email" IS NOT DISTINCT FROM OLD."email"
    AND NEW."email_address" IS NULL
    AND OLD."email_address" IS NOT NULL
    AND NEW."email" IS NOT NULL)
  EXECUTE FUNCTION "underpin"."rename-users-email_dual_write"('loaded before');
ALTER TABLE "public"."users"
  ENABLE ALWAYS TRIGGER "~underpin_rename-users-email_0_saved";
CREATE TRIGGER "~underpin_rename-users-email_1_old"
  BEFORE UPDATE OF "email" ON "public"."users"
  FOR EACH ROW
  WHEN (NEW."email_address" IS DISTINCT FROM NEW."email"
    AND NEW."email" IS NOT DISTINCT FROM OLD."email"
    AND NEW."email_address" IS NOT DISTINCT FROM OLD."email_address")
  EXECUTE FUNCTION "underpin"."rename-users-email_dual_write"();
ALTER TABLE "public"."users"
  ENABLE ALWAYS TRIGGER "~underpin_rename-users-email_1_old";
CREATE TRIGGER "~underpin_rename-users-email_2_new"
  BEFORE UPDATE OF "email_address" ON "public"."users"
  FOR EACH ROW
  WHEN (NEW."email_address" IS DISTINCT FROM NEW."email"
    AND NEW."email" IS NOT DISTINCT FROM OLD."email"
    AND NEW."email_address" IS NOT DISTINCT FROM OLD."email_address")
  EXECUTE FUNCTION "underpin"."rename-users-email_dual_write"('named new');
ALTER TABLE "public"."users"
  ENABLE ALWAYS TRIGGER "~underpin_rename-users-email_2_new";
CREATE TRIGGER "~underpin_rename-users-email_3_write"
  BEFORE INSERT OR UPDATE ON "public"."users"
  FOR EACH ROW
  WHEN (NEW."email_address" IS DISTINCT FROM NEW."email")
  EXECUTE FUNCTION "underpin"."rename-users-email_dual_write"();
ALTER TABLE "public"."users"
  ENABLE ALWAYS TRIGGER "~underpin_rename-users-email_3_write";

---- undo of dual-write ----

-- end the dual write (lock: ACCESS EXCLUSIVE)
DROP TRIGGER IF EXISTS "~underpin_rename-users-email_0_saved" ON "public"."users";
DROP TRIGGER IF EXISTS "~underpin_rename-users-email_1_old" ON "public"."users";
DROP TRIGGER IF EXISTS "~underpin_rename-users-email_2_new" ON "public"."users";
DROP TRIGGER IF EXISTS "~underpin_rename-users-email_3_write" ON "public"."users";
DROP FUNCTION IF EXISTS "underpin"."rename-users-email_dual_write"();
ALTER TABLE "public"."users"
  ALTER COLUMN "email_address" DROP DEFAULT;

---- phase verify ----

-- add underpin_rename-users-email_not_null, not yet validated (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."users"
  ADD CONSTRAINT "underpin_rename-users-email_not_null" CHECK ("email_address" IS DISTINCT FROM NULL) NOT VALID;

-- validate underpin_rename-users-email_not_null (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin rename-users-email underpin_rename-users-email_not_null */
ALTER TABLE "public"."users"
  VALIDATE CONSTRAINT "underpin_rename-users-email_not_null";
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN (SELECT convalidated FROM pg_constraint
        WHERE conrelid = '"public"."users"'::regclass AND conname = 'underpin_rename-users-email_not_null') THEN 'done'
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin rename-users-email underpin_rename-users-email_not_null */')) THEN 'running'
  ELSE 'absent' END)::text;

-- set email_address NOT NULL (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."users"
  ALTER COLUMN "email_address" SET NOT NULL;
ALTER TABLE "public"."users"
  DROP CONSTRAINT "underpin_rename-users-email_not_null";

-- build users_email_address_key (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin rename-users-email users_email_address_key */
CREATE UNIQUE INDEX CONCURRENTLY "users_email_address_key"
  ON "public"."users" USING btree (email_address);
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin rename-users-email users_email_address_key */')) OR EXISTS (
    SELECT FROM pg_stat_progress_create_index AS p WHERE p.index_relid = i.indexrelid) THEN 'running'
  WHEN i.indisvalid THEN 'done'
  WHEN i.indexrelid IS NOT NULL THEN 'broken'
  ELSE 'absent' END)::text
FROM (SELECT) AS here
LEFT JOIN pg_index AS i ON i.indexrelid = to_regclass('"public"."users_email_address_key"') AND i.indrelid = '"public"."users"'::regclass;
-- … if it failed, first:
DROP INDEX CONCURRENTLY IF EXISTS "public"."users_email_address_key";

-- make users_email_address_key a constraint (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."users"
  ADD CONSTRAINT "users_email_address_key" UNIQUE USING INDEX "users_email_address_key";

-- analyze users (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin rename-users-email analyze */
DO $analyze$
BEGIN
  ANALYZE "public"."users";
  -- By hand there is no ledger.
  IF to_regclass('underpin.event') IS NOT NULL THEN
    INSERT INTO underpin.event (migration, epoch, what)
    SELECT name, epoch, 'analyzed' FROM underpin.migration WHERE name = 'rename-users-email';
  END IF;
END
$analyze$;
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN EXISTS (SELECT FROM underpin.event AS e JOIN underpin.migration AS m ON m.name = e.migration AND m.epoch = e.epoch
               WHERE m.name = 'rename-users-email' AND e.what = 'analyzed') THEN 'done'
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin rename-users-email analyze */')) THEN 'running'
  ELSE 'absent' END)::text;

---- undo of verify ----

-- drop the constraints and indexes of email_address (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."users"
  DROP CONSTRAINT IF EXISTS "users_email_address_key";
DROP INDEX IF EXISTS "public"."users_email_address_key";

-- let email_address be NULL again (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."users"
  ALTER COLUMN "email_address" DROP NOT NULL;
ALTER TABLE "public"."users"
  DROP CONSTRAINT IF EXISTS "underpin_rename-users-email_not_null";

---- phase read-switch ----

-- email_address wins where a write disagrees (lock: none)
CREATE OR REPLACE FUNCTION "underpin"."rename-users-email_dual_write"()
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
    wrote_new := NEW."email_address" IS NOT NULL;
    wrote_old := NEW."email" IS NOT NULL;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."email_address" IS DISTINCT FROM OLD."email_address";
    wrote_old := NEW."email" IS DISTINCT FROM OLD."email";
  END IF;
  IF wrote_new THEN
    NEW."email" := NEW."email_address";
  ELSE
    NEW."email_address" := NEW."email";
  END IF;
  RETURN NEW;
END
$function$;

---- undo of read-switch ----

-- email wins where a write disagrees (lock: none)
CREATE OR REPLACE FUNCTION "underpin"."rename-users-email_dual_write"()
  RETURNS trigger
  LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
DECLARE
  wrote_old boolean;
  wrote_new boolean;
BEGIN
  IF TG_ARGV[0] = 'loaded before' THEN
    NEW."email_address" := OLD."email_address";
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    wrote_new := NEW."email_address" IS NOT NULL;
    wrote_old := NEW."email" IS NOT NULL;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."email_address" IS DISTINCT FROM OLD."email_address";
    wrote_old := NEW."email" IS DISTINCT FROM OLD."email";
  END IF;
  IF wrote_new AND NOT wrote_old THEN
    NEW."email" := NEW."email_address";
  ELSE
    NEW."email_address" := NEW."email";
  END IF;
  RETURN NEW;
END
$function$;

---- phase quarantine ----

-- move email out of the way, still kept fresh (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."users"
  RENAME COLUMN "email" TO "underpin_quarantined_email";
CREATE OR REPLACE FUNCTION "underpin"."rename-users-email_dual_write"()
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
    wrote_new := NEW."email_address" IS NOT NULL;
    wrote_old := NEW."underpin_quarantined_email" IS NOT NULL;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."email_address" IS DISTINCT FROM OLD."email_address";
    wrote_old := NEW."underpin_quarantined_email" IS DISTINCT FROM OLD."underpin_quarantined_email";
  END IF;
  IF wrote_new THEN
    NEW."underpin_quarantined_email" := NEW."email_address";
  ELSE
    NEW."email_address" := NEW."underpin_quarantined_email";
  END IF;
  RETURN NEW;
END
$function$;

---- undo of quarantine ----

-- bring email back (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."users"
  RENAME COLUMN "underpin_quarantined_email" TO "email";
CREATE OR REPLACE FUNCTION "underpin"."rename-users-email_dual_write"()
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
    wrote_new := NEW."email_address" IS NOT NULL;
    wrote_old := NEW."email" IS NOT NULL;
  ELSE
    wrote_new := TG_NARGS > 0 OR NEW."email_address" IS DISTINCT FROM OLD."email_address";
    wrote_old := NEW."email" IS DISTINCT FROM OLD."email";
  END IF;
  IF wrote_new THEN
    NEW."email" := NEW."email_address";
  ELSE
    NEW."email_address" := NEW."email";
  END IF;
  RETURN NEW;
END
$function$;

---- phase contract ----

-- end the dual write and drop email (lock: ACCESS EXCLUSIVE)
DROP TRIGGER IF EXISTS "~underpin_rename-users-email_0_saved" ON "public"."users";
DROP TRIGGER IF EXISTS "~underpin_rename-users-email_1_old" ON "public"."users";
DROP TRIGGER IF EXISTS "~underpin_rename-users-email_2_new" ON "public"."users";
DROP TRIGGER IF EXISTS "~underpin_rename-users-email_3_write" ON "public"."users";
DROP FUNCTION IF EXISTS "underpin"."rename-users-email_dual_write"();
ALTER TABLE "public"."users"
  DROP COLUMN IF EXISTS "underpin_quarantined_email";

---- undo of contract ----

-- cannot be undone: users.email is gone

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
  '{}',
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
SET "email_address" = "email"
WHERE "id" >= (SELECT lo_1 FROM range)
    AND "id" <= (SELECT hi_1 FROM range)
    AND "email_address" IS DISTINCT FROM "email"
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
), checked AS MATERIALIZED (
  SELECT count(*) FILTER (WHERE "email_address" IS DISTINCT FROM "email") AS mismatches
  FROM "public"."users"
  WHERE "id" >= (SELECT lo_1 FROM range)
    AND "id" <= (SELECT hi_1 FROM range)
), moved AS (
  UPDATE underpin.checkpoint
  SET next = (SELECT CASE WHEN next_1 IS NOT NULL THEN jsonb_build_array(underpin.key_text(next_1)) END FROM range),
      rows = rows + CASE WHEN (SELECT whole FROM range) THEN :rows::bigint
                         ELSE (SELECT count(*) FROM "public"."users" WHERE "id" >= (SELECT lo_1 FROM range) AND "id" <= (SELECT hi_1 FROM range)) END,
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
WITH fence AS MATERIALIZED (
  SELECT name, set_config('lock_timeout', :lock_timeout, true), set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."users"'::regclass)
  FROM underpin.migration
  WHERE name = :migration AND epoch = :epoch
  FOR UPDATE
), written AS (
  UPDATE "public"."users"
  SET "email_address" = "email"
  WHERE "id" = ((:key)::jsonb ->> 0)::bigint
    AND "email_address" IS DISTINCT FROM "email"
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
SELECT "id" FROM "public"."users" WHERE "email_address" IS DISTINCT FROM "email" LIMIT 1000;
