-- users-profiles-apart: what runs on PostgreSQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: user_profiles has a row where users says more than name NULL, last_seen NULL; the new application reads it by LEFT JOIN over id, and writes it by INSERT … ON CONFLICT DO UPDATE

-- warning: until the backfill has come to a row, user_profiles does not have it: UPDATE finds none there; a plain INSERT, MERGE without an UPDATE, and an INSERT in the place of an UPDATE are refused (23505); MERGE with an UPDATE, and INSERT … ON CONFLICT DO UPDATE with a WHERE or with more than SET column = excluded.column, are refused (40001); let the new application send such statements from verify on

-- warning: until then, one statement that has several INSERTs into user_profiles, one of them with ON CONFLICT DO UPDATE, is refused (40001 or 21000) where one of its rows is not copied yet: send each by itself

-- warning: TRUNCATE of users alone is refused from expand on, because user_profiles refers to it: name both, or write CASCADE

-- warning: who writes users and who writes user_profiles, for the same row and at the same moment, may wait for each other: one of them is told 40P01, and is to try again

-- warning: a transaction at REPEATABLE READ or SERIALIZABLE that writes a row which was copied after it began may fail with 40001, and is to be tried again

-- warning: what users lets others do, user_profiles lets them do as well; what is granted later has to be granted on both

-- warning: a prepared SELECT * or RETURNING * over public.users fails from the quarantine on, and again from the contract on: at every execute, inside transactions too (0A000, cached plan must not change result type), until it is prepared again. Name its columns before the start; or end the sessions after the phase (PgBouncer: RECONNECT), or do not prepare on the server (pgjdbc: prepareThreshold=0)

-- warning: COPY public.users FROM without a list of columns fails from the contract on (22P04, extra data after last expected column), and so does INSERT INTO … SELECT * FROM public.users. Name their columns before the start

-- warning: INSERT INTO public.users VALUES (…) without a list of columns goes on until the contract; from then on its values land in other columns. Name its columns before the contract

---- phase expand ----

-- make user_profiles, empty, with a foreign key to users (lock: SHARE ROW EXCLUSIVE)
CREATE TABLE "public"."user_profiles" (
  "id" bigint NOT NULL,
  "name" text,
  "last_seen" timestamp with time zone
);
ALTER TABLE "public"."user_profiles"
  ADD CONSTRAINT "user_profiles_pkey" PRIMARY KEY ("id");
ALTER TABLE "public"."user_profiles"
  ADD CONSTRAINT "user_profiles_id_fkey" FOREIGN KEY ("id") REFERENCES "public"."users" ("id") ON UPDATE CASCADE ON DELETE CASCADE;

---- undo of expand ----

-- drop user_profiles (lock: ACCESS EXCLUSIVE)
DROP TABLE "public"."user_profiles";

---- phase dual-write ----

-- write every change of user_profiles to users too (lock: SHARE ROW EXCLUSIVE)
CREATE OR REPLACE FUNCTION "underpin"."users-profiles-apart_dual_write_node"()
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
AS $function$
BEGIN RETURN pg_catalog.gen_random_uuid()::text; END
$function$;
GRANT EXECUTE ON FUNCTION "underpin"."users-profiles-apart_dual_write_node"() TO PUBLIC;
CREATE OR REPLACE FUNCTION "underpin"."users-profiles-apart_dual_write"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = "$user", "public", pg_temp
  SET standard_conforming_strings = on
  SET transform_null_equals = off
  SET row_security = off
AS $function$
#variable_conflict use_column
DECLARE
  brought text;
BEGIN
  IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND (NEW."id" IS DISTINCT FROM OLD."id") THEN
    DELETE FROM "public"."user_profiles" AS t
    WHERE t."id" = OLD."id"
      AND NOT EXISTS (SELECT FROM "public"."users" AS s WHERE s."id" = t."id");
  END IF;
  IF TG_OP <> 'DELETE' THEN
    brought := coalesce(current_setting('underpin.brings', true), '');
    PERFORM set_config('underpin.brings', pg_catalog.concat('users-profiles-apart ', ROW(NEW."id")), true);
    INSERT INTO "public"."user_profiles" AS t ("id", "name", "last_seen")
    SELECT "id", "name", "last_seen"
    FROM "public"."users" AS s
    WHERE s."id" = NEW."id"
      AND (s."name" IS NOT NULL OR s."last_seen" IS NOT NULL
        OR EXISTS (SELECT FROM "public"."user_profiles" AS m WHERE m."id" = s."id")
        OR current_setting('transaction_isolation') IN ('repeatable read', 'serializable')
          AND current_setting('underpin.takes', true) = pg_catalog.concat('users-profiles-apart ', ROW(s."id")) IS NOT TRUE)
    ON CONFLICT ("id") DO UPDATE
    SET "name" = excluded."name", "last_seen" = excluded."last_seen"
    WHERE t."name" IS DISTINCT FROM excluded."name" OR t."last_seen" IS DISTINCT FROM excluded."last_seen";
    PERFORM set_config('underpin.brings', brought, true);
  END IF;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."users-profiles-apart_dual_write"() FROM PUBLIC;
CREATE OR REPLACE FUNCTION "underpin"."users-profiles-apart_dual_write_back"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = "$user", "public", pg_temp
  SET standard_conforming_strings = on
  SET transform_null_equals = off
  SET row_security = off
AS $function$
#variable_conflict use_column
DECLARE
  was record;
  differs boolean;
  brought text;
  own text;
  sent text;
BEGIN
  IF TG_WHEN = 'BEFORE' THEN
    IF TG_LEVEL = 'STATEMENT' THEN
      CASE
        WHEN TG_OP = 'INSERT' THEN PERFORM set_config(pg_catalog.concat('underpin.branches_', TG_RELID), pg_catalog.concat(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), ';', pg_catalog.concat(current_setting('underpin.node'), '/')), true);
        WHEN TG_NARGS = 0 AND pg_catalog.starts_with(pg_catalog.substring(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), '[^;]*$'), pg_catalog.concat(current_setting('underpin.node'), '/')) THEN
          PERFORM set_config(pg_catalog.concat('underpin.branches_', TG_RELID), pg_catalog.concat(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), '+/'), true);
        WHEN TG_NARGS = 0 THEN PERFORM set_config(pg_catalog.concat('underpin.branches_', TG_RELID), pg_catalog.concat(pg_catalog.rtrim(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), '!'), '!'), true);
        WHEN pg_catalog.right(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), 1) <> '!' THEN
          PERFORM set_config(pg_catalog.concat('underpin.branches_', TG_RELID), pg_catalog.concat(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), TG_ARGV[0], '/'), true);
        ELSE NULL;
      END CASE;
      RETURN NULL;
    END IF;
    SELECT s."name", s."last_seen" INTO was
    FROM "public"."users" AS s
    WHERE s."id" = NEW."id"
    FOR NO KEY UPDATE;
    IF FOUND AND (was."name" IS NOT NULL OR was."last_seen" IS NOT NULL)
      AND current_setting('underpin.brings', true) = pg_catalog.concat('users-profiles-apart ', ROW(NEW."id")) IS NOT TRUE
      AND NOT EXISTS (SELECT FROM "public"."user_profiles" AS t WHERE t."id" = NEW."id") THEN
      own := pg_catalog.substring(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), '[^;]*$');
      IF pg_catalog.strpos(own, '/+/') > 0 THEN
        IF pg_catalog.strpos(own, '*') = 0 THEN
          GET DIAGNOSTICS sent = PG_CONTEXT;
          sent := pg_catalog.substring(sent, E'\\n(.*)');
          IF sent IS NULL OR sent ~ '^(unnamed portal|portal ".*") with parameters' THEN
            sent := pg_catalog.current_query();
          ELSE
            sent := pg_catalog.substring(sent, E'^SQL statement "(.*?)"(?:\\n(?:PL/|SQL |portal |unnamed )|$)');
          END IF;
          sent := CASE WHEN sent !~ E'\\m[Mm][Ee][Rr][Gg][Ee]\\s+[Ii][Nn][Tt][Oo]\\M' THEN pg_catalog.substring(sent, E'[Oo][Nn]\\s+[Cc][Oo][Nn][Ff][Ll][Ii][Cc][Tt].*') END;
          sent := pg_catalog.regexp_replace(sent, E'"(\\w+)"', E'\\1', 'g');
          sent := pg_catalog.regexp_replace(sent, E'\\m(\\w+)\\s*=\\s*(?:[Ee][Xx][Cc][Ll][Uu][Dd][Ee][Dd])\\s*\\.\\s*\\1\\M', '#', 'g');
          IF (SELECT pg_catalog.count(*) FROM pg_catalog.regexp_matches(sent, E'\\m[Dd][Oo]\\s+[Uu][Pp][Dd][Aa][Tt][Ee]\\M', 'g')) NOT BETWEEN 1 AND (SELECT pg_catalog.count(*) FROM pg_catalog.regexp_matches(sent, E'\\m[Dd][Oo]\\s+[Uu][Pp][Dd][Aa][Tt][Ee]\\M\\s+[Ss][Ee][Tt]\\s+#(?:\\s*,\\s*#)*\\s*(?:[Rr][Ee][Tt][Uu][Rr][Nn][Ii][Nn][Gg]\\M|\\)|;|/\\*|--|$)', 'g')) THEN
            RAISE EXCEPTION 'a row of % is not copied yet, and what would become of it cannot be told from the statement', TG_TABLE_NAME
              USING ERRCODE = 'serialization_failure', HINT = 'Try again later, or write ON CONFLICT … DO UPDATE SET column = excluded.column, and no WHERE.';
          END IF;
          PERFORM set_config(pg_catalog.concat('underpin.branches_', TG_RELID), pg_catalog.concat(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), '*'), true);
        END IF;
        IF pg_catalog.strpos(own, '/1/') = 0 THEN
          NEW."name" := was."name";
        END IF;
        IF pg_catalog.strpos(own, '/2/') = 0 THEN
          NEW."last_seen" := was."last_seen";
        END IF;
      ELSE
        brought := coalesce(current_setting('underpin.brings', true), '');
        PERFORM set_config('underpin.brings', pg_catalog.concat('users-profiles-apart ', ROW(NEW."id")), true);
        INSERT INTO "public"."user_profiles" ("id", "name", "last_seen")
        SELECT s."id", s."name", s."last_seen"
        FROM "public"."users" AS s
        WHERE s."id" = NEW."id"
        ON CONFLICT ("id") DO NOTHING;
        PERFORM set_config('underpin.brings', brought, true);
      END IF;
    END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' AND TG_LEVEL = 'STATEMENT' THEN
    own := pg_catalog.substring(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), '[^;]*$');
    PERFORM set_config(pg_catalog.concat('underpin.branches_', TG_RELID), pg_catalog.left(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), pg_catalog.length(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), '')) - pg_catalog.length(own) - 1), true);
    IF pg_catalog.strpos(own, '*') > 0 AND own LIKE '%.%.%' THEN
      RAISE EXCEPTION 'one statement inserts into % more than once, and not all of its rows are copied yet', TG_TABLE_NAME
        USING ERRCODE = 'serialization_failure', HINT = 'Let each INSERT be a statement of its own until then.';
    END IF;
    RETURN NULL;
  END IF;
  IF TG_OP = 'TRUNCATE' THEN
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable')
      AND pg_catalog.pg_relation_size('"public"."users"'::regclass) > 0 THEN
      RAISE EXCEPTION 'TRUNCATE of % by an older snapshot would leave what others have said since', TG_TABLE_NAME
        USING ERRCODE = 'serialization_failure', HINT = 'TRUNCATE it at READ COMMITTED.';
    END IF;
    UPDATE "public"."users" AS s
    SET "name" = NULL, "last_seen" = NULL
    WHERE s."name" IS NOT NULL OR s."last_seen" IS NOT NULL;
    INSERT INTO "public"."user_profiles" ("id", "name", "last_seen")
    SELECT "id", "name", "last_seen"
    FROM "public"."users" AS s
    WHERE s."name" IS NOT NULL OR s."last_seen" IS NOT NULL
    ON CONFLICT ("id") DO NOTHING;
    RETURN NULL;
  END IF;
  IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND (NEW."id" IS DISTINCT FROM OLD."id") THEN
    PERFORM set_config('underpin.takes', pg_catalog.concat('users-profiles-apart ', ROW(OLD."id")), true);
    UPDATE "public"."users" AS s
    SET "name" = NULL, "last_seen" = NULL
    WHERE s."id" = OLD."id"
      AND NOT EXISTS (SELECT FROM "public"."user_profiles" AS t WHERE t."id" = s."id")
      AND (s."name" IS NOT NULL OR s."last_seen" IS NOT NULL)
    RETURNING s."name" IS NOT NULL OR s."last_seen" IS NOT NULL INTO differs;
    PERFORM set_config('underpin.takes', '', true);
    IF differs THEN
      brought := coalesce(current_setting('underpin.brings', true), '');
      PERFORM set_config('underpin.brings', pg_catalog.concat('users-profiles-apart ', ROW(OLD."id")), true);
      INSERT INTO "public"."user_profiles" AS t ("id", "name", "last_seen")
      SELECT "id", "name", "last_seen"
      FROM "public"."users" AS s
      WHERE s."id" = OLD."id"
        AND (s."name" IS NOT NULL OR s."last_seen" IS NOT NULL
          OR EXISTS (SELECT FROM "public"."user_profiles" AS m WHERE m."id" = s."id")
          OR current_setting('transaction_isolation') IN ('repeatable read', 'serializable')
            AND current_setting('underpin.takes', true) = pg_catalog.concat('users-profiles-apart ', ROW(s."id")) IS NOT TRUE)
      ON CONFLICT ("id") DO UPDATE
      SET "name" = excluded."name", "last_seen" = excluded."last_seen"
      WHERE t."name" IS DISTINCT FROM excluded."name" OR t."last_seen" IS DISTINCT FROM excluded."last_seen";
      PERFORM set_config('underpin.brings', brought, true);
    END IF;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    UPDATE "public"."users" AS s
    SET "name" = t."name", "last_seen" = t."last_seen"
    FROM "public"."user_profiles" AS t
    WHERE t."id" = NEW."id" AND s."id" = t."id"
      AND (s."name" IS DISTINCT FROM t."name" OR s."last_seen" IS DISTINCT FROM t."last_seen")
    RETURNING s."name" IS DISTINCT FROM t."name" OR s."last_seen" IS DISTINCT FROM t."last_seen" INTO differs;
    IF differs THEN
      brought := coalesce(current_setting('underpin.brings', true), '');
      PERFORM set_config('underpin.brings', pg_catalog.concat('users-profiles-apart ', ROW(NEW."id")), true);
      INSERT INTO "public"."user_profiles" AS t ("id", "name", "last_seen")
      SELECT "id", "name", "last_seen"
      FROM "public"."users" AS s
      WHERE s."id" = NEW."id"
        AND (s."name" IS NOT NULL OR s."last_seen" IS NOT NULL
          OR EXISTS (SELECT FROM "public"."user_profiles" AS m WHERE m."id" = s."id")
          OR current_setting('transaction_isolation') IN ('repeatable read', 'serializable')
            AND current_setting('underpin.takes', true) = pg_catalog.concat('users-profiles-apart ', ROW(s."id")) IS NOT TRUE)
      ON CONFLICT ("id") DO UPDATE
      SET "name" = excluded."name", "last_seen" = excluded."last_seen"
      WHERE t."name" IS DISTINCT FROM excluded."name" OR t."last_seen" IS DISTINCT FROM excluded."last_seen";
      PERFORM set_config('underpin.brings', brought, true);
    END IF;
  END IF;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."users-profiles-apart_dual_write_back"() FROM PUBLIC;
CREATE TRIGGER "~underpin_users-profiles-apart_0_branch"
  BEFORE INSERT OR UPDATE ON "public"."user_profiles"
  FOR EACH STATEMENT
  WHEN (set_config('underpin.node', "underpin"."users-profiles-apart_dual_write_node"(), true) IS NOT NULL)
  EXECUTE FUNCTION "underpin"."users-profiles-apart_dual_write_back"();
ALTER TABLE "public"."user_profiles"
  ENABLE ALWAYS TRIGGER "~underpin_users-profiles-apart_0_branch";
CREATE TRIGGER "~underpin_users-profiles-apart_0_branch_1"
  BEFORE UPDATE OF "name" ON "public"."user_profiles"
  FOR EACH STATEMENT
  EXECUTE FUNCTION "underpin"."users-profiles-apart_dual_write_back"('1');
ALTER TABLE "public"."user_profiles"
  ENABLE ALWAYS TRIGGER "~underpin_users-profiles-apart_0_branch_1";
CREATE TRIGGER "~underpin_users-profiles-apart_0_branch_2"
  BEFORE UPDATE OF "last_seen" ON "public"."user_profiles"
  FOR EACH STATEMENT
  EXECUTE FUNCTION "underpin"."users-profiles-apart_dual_write_back"('2');
ALTER TABLE "public"."user_profiles"
  ENABLE ALWAYS TRIGGER "~underpin_users-profiles-apart_0_branch_2";
CREATE TRIGGER "~underpin_users-profiles-apart_0_branch_end"
  AFTER INSERT ON "public"."user_profiles"
  FOR EACH STATEMENT
  WHEN (set_config(pg_catalog.concat('underpin.branches_', '"public"."user_profiles"'::regclass::oid), pg_catalog.concat(current_setting(pg_catalog.concat('underpin.branches_', '"public"."user_profiles"'::regclass::oid), true), '.'), true) IS NOT NULL)
  EXECUTE FUNCTION "underpin"."users-profiles-apart_dual_write_back"();
ALTER TABLE "public"."user_profiles"
  ENABLE ALWAYS TRIGGER "~underpin_users-profiles-apart_0_branch_end";
CREATE TRIGGER "~underpin_users-profiles-apart_1_half"
  BEFORE INSERT ON "public"."user_profiles"
  FOR EACH ROW
  WHEN ((current_setting('underpin.worker', true) IS DISTINCT FROM 'on' OR pg_trigger_depth() > 0))
  EXECUTE FUNCTION "underpin"."users-profiles-apart_dual_write_back"();
ALTER TABLE "public"."user_profiles"
  ENABLE ALWAYS TRIGGER "~underpin_users-profiles-apart_1_half";
CREATE TRIGGER "~underpin_users-profiles-apart_2_insert"
  AFTER INSERT ON "public"."user_profiles"
  FOR EACH ROW
  WHEN ((current_setting('underpin.worker', true) IS DISTINCT FROM 'on' OR pg_trigger_depth() > 0))
  EXECUTE FUNCTION "underpin"."users-profiles-apart_dual_write_back"();
ALTER TABLE "public"."user_profiles"
  ENABLE ALWAYS TRIGGER "~underpin_users-profiles-apart_2_insert";
CREATE TRIGGER "~underpin_users-profiles-apart_2_update"
  AFTER UPDATE ON "public"."user_profiles"
  FOR EACH ROW
  WHEN ((current_setting('underpin.worker', true) IS DISTINCT FROM 'on' OR pg_trigger_depth() > 0)
    AND (NEW."name" IS DISTINCT FROM OLD."name" OR NEW."last_seen" IS DISTINCT FROM OLD."last_seen" OR NEW."id" IS DISTINCT FROM OLD."id"))
  EXECUTE FUNCTION "underpin"."users-profiles-apart_dual_write_back"();
ALTER TABLE "public"."user_profiles"
  ENABLE ALWAYS TRIGGER "~underpin_users-profiles-apart_2_update";
CREATE TRIGGER "~underpin_users-profiles-apart_2_delete"
  AFTER DELETE ON "public"."user_profiles"
  FOR EACH ROW
  EXECUTE FUNCTION "underpin"."users-profiles-apart_dual_write_back"();
ALTER TABLE "public"."user_profiles"
  ENABLE ALWAYS TRIGGER "~underpin_users-profiles-apart_2_delete";
CREATE TRIGGER "~underpin_users-profiles-apart_3_truncate"
  AFTER TRUNCATE ON "public"."user_profiles"
  FOR EACH STATEMENT
  EXECUTE FUNCTION "underpin"."users-profiles-apart_dual_write_back"();
ALTER TABLE "public"."user_profiles"
  ENABLE ALWAYS TRIGGER "~underpin_users-profiles-apart_3_truncate";

-- write every change of users to user_profiles too (lock: SHARE ROW EXCLUSIVE)
CREATE TRIGGER "~underpin_users-profiles-apart_2_insert"
  AFTER INSERT ON "public"."users"
  FOR EACH ROW
  WHEN (NEW."name" IS NOT NULL OR NEW."last_seen" IS NOT NULL)
  EXECUTE FUNCTION "underpin"."users-profiles-apart_dual_write"();
ALTER TABLE "public"."users"
  ENABLE ALWAYS TRIGGER "~underpin_users-profiles-apart_2_insert";
CREATE TRIGGER "~underpin_users-profiles-apart_2_update"
  AFTER UPDATE ON "public"."users"
  FOR EACH ROW
  WHEN (NEW."name" IS DISTINCT FROM OLD."name" OR NEW."last_seen" IS DISTINCT FROM OLD."last_seen" OR NEW."id" IS DISTINCT FROM OLD."id")
  EXECUTE FUNCTION "underpin"."users-profiles-apart_dual_write"();
ALTER TABLE "public"."users"
  ENABLE ALWAYS TRIGGER "~underpin_users-profiles-apart_2_update";
CREATE TRIGGER "~underpin_users-profiles-apart_2_delete"
  AFTER DELETE ON "public"."users"
  FOR EACH ROW
  EXECUTE FUNCTION "underpin"."users-profiles-apart_dual_write"();
ALTER TABLE "public"."users"
  ENABLE ALWAYS TRIGGER "~underpin_users-profiles-apart_2_delete";

---- undo of dual-write ----

-- end the dual write of user_profiles (lock: ACCESS EXCLUSIVE)
DROP TRIGGER IF EXISTS "~underpin_users-profiles-apart_0_branch" ON "public"."user_profiles";
DROP TRIGGER IF EXISTS "~underpin_users-profiles-apart_0_branch_1" ON "public"."user_profiles";
DROP TRIGGER IF EXISTS "~underpin_users-profiles-apart_0_branch_2" ON "public"."user_profiles";
DROP TRIGGER IF EXISTS "~underpin_users-profiles-apart_0_branch_end" ON "public"."user_profiles";
DROP TRIGGER IF EXISTS "~underpin_users-profiles-apart_1_half" ON "public"."user_profiles";
DROP TRIGGER IF EXISTS "~underpin_users-profiles-apart_2_insert" ON "public"."user_profiles";
DROP TRIGGER IF EXISTS "~underpin_users-profiles-apart_2_update" ON "public"."user_profiles";
DROP TRIGGER IF EXISTS "~underpin_users-profiles-apart_2_delete" ON "public"."user_profiles";
DROP TRIGGER IF EXISTS "~underpin_users-profiles-apart_3_truncate" ON "public"."user_profiles";

-- end the dual write of users (lock: ACCESS EXCLUSIVE)
DROP TRIGGER IF EXISTS "~underpin_users-profiles-apart_2_insert" ON "public"."users";
DROP TRIGGER IF EXISTS "~underpin_users-profiles-apart_2_update" ON "public"."users";
DROP TRIGGER IF EXISTS "~underpin_users-profiles-apart_2_delete" ON "public"."users";
DROP FUNCTION IF EXISTS "underpin"."users-profiles-apart_dual_write"();
DROP FUNCTION IF EXISTS "underpin"."users-profiles-apart_dual_write_back"();
DROP FUNCTION IF EXISTS "underpin"."users-profiles-apart_dual_write_node"();

---- phase verify ----

-- analyze user_profiles (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin users-profiles-apart analyze */
DO $analyze$
BEGIN
  ANALYZE "public"."user_profiles";
  -- By hand there is no ledger.
  IF to_regclass('underpin.event') IS NOT NULL THEN
    INSERT INTO underpin.event (migration, epoch, what)
    SELECT name, epoch, 'analyzed' FROM underpin.migration WHERE name = 'users-profiles-apart';
  END IF;
END
$analyze$;
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN EXISTS (SELECT FROM underpin.event AS e JOIN underpin.migration AS m ON m.name = e.migration AND m.epoch = e.epoch
               WHERE m.name = 'users-profiles-apart' AND e.what = 'analyzed') THEN 'done'
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin users-profiles-apart analyze */')) THEN 'running'
  ELSE 'absent' END)::text;

---- undo of verify ----

---- phase quarantine ----

-- move name, last_seen out of the way, still kept fresh (lock: ACCESS EXCLUSIVE)
LOCK TABLE "public"."user_profiles" IN SHARE ROW EXCLUSIVE MODE;
ALTER TABLE "public"."users"
  RENAME COLUMN "name" TO "underpin_quarantined_name";
ALTER TABLE "public"."users"
  RENAME COLUMN "last_seen" TO "underpin_quarantined_last_seen";
CREATE OR REPLACE FUNCTION "underpin"."users-profiles-apart_dual_write"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = "$user", "public", pg_temp
  SET standard_conforming_strings = on
  SET transform_null_equals = off
  SET row_security = off
AS $function$
#variable_conflict use_column
DECLARE
  brought text;
BEGIN
  IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND (NEW."id" IS DISTINCT FROM OLD."id") THEN
    DELETE FROM "public"."user_profiles" AS t
    WHERE t."id" = OLD."id"
      AND NOT EXISTS (SELECT FROM "public"."users" AS s WHERE s."id" = t."id");
  END IF;
  IF TG_OP <> 'DELETE' THEN
    brought := coalesce(current_setting('underpin.brings', true), '');
    PERFORM set_config('underpin.brings', pg_catalog.concat('users-profiles-apart ', ROW(NEW."id")), true);
    INSERT INTO "public"."user_profiles" AS t ("id", "name", "last_seen")
    SELECT "id", "underpin_quarantined_name", "underpin_quarantined_last_seen"
    FROM "public"."users" AS s
    WHERE s."id" = NEW."id"
      AND (s."underpin_quarantined_name" IS NOT NULL OR s."underpin_quarantined_last_seen" IS NOT NULL
        OR EXISTS (SELECT FROM "public"."user_profiles" AS m WHERE m."id" = s."id")
        OR current_setting('transaction_isolation') IN ('repeatable read', 'serializable')
          AND current_setting('underpin.takes', true) = pg_catalog.concat('users-profiles-apart ', ROW(s."id")) IS NOT TRUE)
    ON CONFLICT ("id") DO UPDATE
    SET "name" = excluded."name", "last_seen" = excluded."last_seen"
    WHERE t."name" IS DISTINCT FROM excluded."name" OR t."last_seen" IS DISTINCT FROM excluded."last_seen";
    PERFORM set_config('underpin.brings', brought, true);
  END IF;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."users-profiles-apart_dual_write"() FROM PUBLIC;
CREATE OR REPLACE FUNCTION "underpin"."users-profiles-apart_dual_write_back"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = "$user", "public", pg_temp
  SET standard_conforming_strings = on
  SET transform_null_equals = off
  SET row_security = off
AS $function$
#variable_conflict use_column
DECLARE
  was record;
  differs boolean;
  brought text;
  own text;
  sent text;
BEGIN
  IF TG_WHEN = 'BEFORE' THEN
    IF TG_LEVEL = 'STATEMENT' THEN
      CASE
        WHEN TG_OP = 'INSERT' THEN PERFORM set_config(pg_catalog.concat('underpin.branches_', TG_RELID), pg_catalog.concat(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), ';', pg_catalog.concat(current_setting('underpin.node'), '/')), true);
        WHEN TG_NARGS = 0 AND pg_catalog.starts_with(pg_catalog.substring(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), '[^;]*$'), pg_catalog.concat(current_setting('underpin.node'), '/')) THEN
          PERFORM set_config(pg_catalog.concat('underpin.branches_', TG_RELID), pg_catalog.concat(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), '+/'), true);
        WHEN TG_NARGS = 0 THEN PERFORM set_config(pg_catalog.concat('underpin.branches_', TG_RELID), pg_catalog.concat(pg_catalog.rtrim(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), '!'), '!'), true);
        WHEN pg_catalog.right(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), 1) <> '!' THEN
          PERFORM set_config(pg_catalog.concat('underpin.branches_', TG_RELID), pg_catalog.concat(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), TG_ARGV[0], '/'), true);
        ELSE NULL;
      END CASE;
      RETURN NULL;
    END IF;
    SELECT s."underpin_quarantined_name", s."underpin_quarantined_last_seen" INTO was
    FROM "public"."users" AS s
    WHERE s."id" = NEW."id"
    FOR NO KEY UPDATE;
    IF FOUND AND (was."underpin_quarantined_name" IS NOT NULL OR was."underpin_quarantined_last_seen" IS NOT NULL)
      AND current_setting('underpin.brings', true) = pg_catalog.concat('users-profiles-apart ', ROW(NEW."id")) IS NOT TRUE
      AND NOT EXISTS (SELECT FROM "public"."user_profiles" AS t WHERE t."id" = NEW."id") THEN
      own := pg_catalog.substring(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), '[^;]*$');
      IF pg_catalog.strpos(own, '/+/') > 0 THEN
        IF pg_catalog.strpos(own, '*') = 0 THEN
          GET DIAGNOSTICS sent = PG_CONTEXT;
          sent := pg_catalog.substring(sent, E'\\n(.*)');
          IF sent IS NULL OR sent ~ '^(unnamed portal|portal ".*") with parameters' THEN
            sent := pg_catalog.current_query();
          ELSE
            sent := pg_catalog.substring(sent, E'^SQL statement "(.*?)"(?:\\n(?:PL/|SQL |portal |unnamed )|$)');
          END IF;
          sent := CASE WHEN sent !~ E'\\m[Mm][Ee][Rr][Gg][Ee]\\s+[Ii][Nn][Tt][Oo]\\M' THEN pg_catalog.substring(sent, E'[Oo][Nn]\\s+[Cc][Oo][Nn][Ff][Ll][Ii][Cc][Tt].*') END;
          sent := pg_catalog.regexp_replace(sent, E'"(\\w+)"', E'\\1', 'g');
          sent := pg_catalog.regexp_replace(sent, E'\\m(\\w+)\\s*=\\s*(?:[Ee][Xx][Cc][Ll][Uu][Dd][Ee][Dd])\\s*\\.\\s*\\1\\M', '#', 'g');
          IF (SELECT pg_catalog.count(*) FROM pg_catalog.regexp_matches(sent, E'\\m[Dd][Oo]\\s+[Uu][Pp][Dd][Aa][Tt][Ee]\\M', 'g')) NOT BETWEEN 1 AND (SELECT pg_catalog.count(*) FROM pg_catalog.regexp_matches(sent, E'\\m[Dd][Oo]\\s+[Uu][Pp][Dd][Aa][Tt][Ee]\\M\\s+[Ss][Ee][Tt]\\s+#(?:\\s*,\\s*#)*\\s*(?:[Rr][Ee][Tt][Uu][Rr][Nn][Ii][Nn][Gg]\\M|\\)|;|/\\*|--|$)', 'g')) THEN
            RAISE EXCEPTION 'a row of % is not copied yet, and what would become of it cannot be told from the statement', TG_TABLE_NAME
              USING ERRCODE = 'serialization_failure', HINT = 'Try again later, or write ON CONFLICT … DO UPDATE SET column = excluded.column, and no WHERE.';
          END IF;
          PERFORM set_config(pg_catalog.concat('underpin.branches_', TG_RELID), pg_catalog.concat(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), '*'), true);
        END IF;
        IF pg_catalog.strpos(own, '/1/') = 0 THEN
          NEW."name" := was."underpin_quarantined_name";
        END IF;
        IF pg_catalog.strpos(own, '/2/') = 0 THEN
          NEW."last_seen" := was."underpin_quarantined_last_seen";
        END IF;
      ELSE
        brought := coalesce(current_setting('underpin.brings', true), '');
        PERFORM set_config('underpin.brings', pg_catalog.concat('users-profiles-apart ', ROW(NEW."id")), true);
        INSERT INTO "public"."user_profiles" ("id", "name", "last_seen")
        SELECT s."id", s."underpin_quarantined_name", s."underpin_quarantined_last_seen"
        FROM "public"."users" AS s
        WHERE s."id" = NEW."id"
        ON CONFLICT ("id") DO NOTHING;
        PERFORM set_config('underpin.brings', brought, true);
      END IF;
    END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' AND TG_LEVEL = 'STATEMENT' THEN
    own := pg_catalog.substring(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), '[^;]*$');
    PERFORM set_config(pg_catalog.concat('underpin.branches_', TG_RELID), pg_catalog.left(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), pg_catalog.length(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), '')) - pg_catalog.length(own) - 1), true);
    IF pg_catalog.strpos(own, '*') > 0 AND own LIKE '%.%.%' THEN
      RAISE EXCEPTION 'one statement inserts into % more than once, and not all of its rows are copied yet', TG_TABLE_NAME
        USING ERRCODE = 'serialization_failure', HINT = 'Let each INSERT be a statement of its own until then.';
    END IF;
    RETURN NULL;
  END IF;
  IF TG_OP = 'TRUNCATE' THEN
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable')
      AND pg_catalog.pg_relation_size('"public"."users"'::regclass) > 0 THEN
      RAISE EXCEPTION 'TRUNCATE of % by an older snapshot would leave what others have said since', TG_TABLE_NAME
        USING ERRCODE = 'serialization_failure', HINT = 'TRUNCATE it at READ COMMITTED.';
    END IF;
    UPDATE "public"."users" AS s
    SET "underpin_quarantined_name" = NULL, "underpin_quarantined_last_seen" = NULL
    WHERE s."underpin_quarantined_name" IS NOT NULL OR s."underpin_quarantined_last_seen" IS NOT NULL;
    INSERT INTO "public"."user_profiles" ("id", "name", "last_seen")
    SELECT "id", "underpin_quarantined_name", "underpin_quarantined_last_seen"
    FROM "public"."users" AS s
    WHERE s."underpin_quarantined_name" IS NOT NULL OR s."underpin_quarantined_last_seen" IS NOT NULL
    ON CONFLICT ("id") DO NOTHING;
    RETURN NULL;
  END IF;
  IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND (NEW."id" IS DISTINCT FROM OLD."id") THEN
    PERFORM set_config('underpin.takes', pg_catalog.concat('users-profiles-apart ', ROW(OLD."id")), true);
    UPDATE "public"."users" AS s
    SET "underpin_quarantined_name" = NULL, "underpin_quarantined_last_seen" = NULL
    WHERE s."id" = OLD."id"
      AND NOT EXISTS (SELECT FROM "public"."user_profiles" AS t WHERE t."id" = s."id")
      AND (s."underpin_quarantined_name" IS NOT NULL OR s."underpin_quarantined_last_seen" IS NOT NULL)
    RETURNING s."underpin_quarantined_name" IS NOT NULL OR s."underpin_quarantined_last_seen" IS NOT NULL INTO differs;
    PERFORM set_config('underpin.takes', '', true);
    IF differs THEN
      brought := coalesce(current_setting('underpin.brings', true), '');
      PERFORM set_config('underpin.brings', pg_catalog.concat('users-profiles-apart ', ROW(OLD."id")), true);
      INSERT INTO "public"."user_profiles" AS t ("id", "name", "last_seen")
      SELECT "id", "underpin_quarantined_name", "underpin_quarantined_last_seen"
      FROM "public"."users" AS s
      WHERE s."id" = OLD."id"
        AND (s."underpin_quarantined_name" IS NOT NULL OR s."underpin_quarantined_last_seen" IS NOT NULL
          OR EXISTS (SELECT FROM "public"."user_profiles" AS m WHERE m."id" = s."id")
          OR current_setting('transaction_isolation') IN ('repeatable read', 'serializable')
            AND current_setting('underpin.takes', true) = pg_catalog.concat('users-profiles-apart ', ROW(s."id")) IS NOT TRUE)
      ON CONFLICT ("id") DO UPDATE
      SET "name" = excluded."name", "last_seen" = excluded."last_seen"
      WHERE t."name" IS DISTINCT FROM excluded."name" OR t."last_seen" IS DISTINCT FROM excluded."last_seen";
      PERFORM set_config('underpin.brings', brought, true);
    END IF;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    UPDATE "public"."users" AS s
    SET "underpin_quarantined_name" = t."name", "underpin_quarantined_last_seen" = t."last_seen"
    FROM "public"."user_profiles" AS t
    WHERE t."id" = NEW."id" AND s."id" = t."id"
      AND (s."underpin_quarantined_name" IS DISTINCT FROM t."name" OR s."underpin_quarantined_last_seen" IS DISTINCT FROM t."last_seen")
    RETURNING s."underpin_quarantined_name" IS DISTINCT FROM t."name" OR s."underpin_quarantined_last_seen" IS DISTINCT FROM t."last_seen" INTO differs;
    IF differs THEN
      brought := coalesce(current_setting('underpin.brings', true), '');
      PERFORM set_config('underpin.brings', pg_catalog.concat('users-profiles-apart ', ROW(NEW."id")), true);
      INSERT INTO "public"."user_profiles" AS t ("id", "name", "last_seen")
      SELECT "id", "underpin_quarantined_name", "underpin_quarantined_last_seen"
      FROM "public"."users" AS s
      WHERE s."id" = NEW."id"
        AND (s."underpin_quarantined_name" IS NOT NULL OR s."underpin_quarantined_last_seen" IS NOT NULL
          OR EXISTS (SELECT FROM "public"."user_profiles" AS m WHERE m."id" = s."id")
          OR current_setting('transaction_isolation') IN ('repeatable read', 'serializable')
            AND current_setting('underpin.takes', true) = pg_catalog.concat('users-profiles-apart ', ROW(s."id")) IS NOT TRUE)
      ON CONFLICT ("id") DO UPDATE
      SET "name" = excluded."name", "last_seen" = excluded."last_seen"
      WHERE t."name" IS DISTINCT FROM excluded."name" OR t."last_seen" IS DISTINCT FROM excluded."last_seen";
      PERFORM set_config('underpin.brings', brought, true);
    END IF;
  END IF;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."users-profiles-apart_dual_write_back"() FROM PUBLIC;

---- undo of quarantine ----

-- bring name, last_seen back (lock: ACCESS EXCLUSIVE)
LOCK TABLE "public"."user_profiles" IN SHARE ROW EXCLUSIVE MODE;
ALTER TABLE "public"."users"
  RENAME COLUMN "underpin_quarantined_name" TO "name";
ALTER TABLE "public"."users"
  RENAME COLUMN "underpin_quarantined_last_seen" TO "last_seen";
CREATE OR REPLACE FUNCTION "underpin"."users-profiles-apart_dual_write"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = "$user", "public", pg_temp
  SET standard_conforming_strings = on
  SET transform_null_equals = off
  SET row_security = off
AS $function$
#variable_conflict use_column
DECLARE
  brought text;
BEGIN
  IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND (NEW."id" IS DISTINCT FROM OLD."id") THEN
    DELETE FROM "public"."user_profiles" AS t
    WHERE t."id" = OLD."id"
      AND NOT EXISTS (SELECT FROM "public"."users" AS s WHERE s."id" = t."id");
  END IF;
  IF TG_OP <> 'DELETE' THEN
    brought := coalesce(current_setting('underpin.brings', true), '');
    PERFORM set_config('underpin.brings', pg_catalog.concat('users-profiles-apart ', ROW(NEW."id")), true);
    INSERT INTO "public"."user_profiles" AS t ("id", "name", "last_seen")
    SELECT "id", "name", "last_seen"
    FROM "public"."users" AS s
    WHERE s."id" = NEW."id"
      AND (s."name" IS NOT NULL OR s."last_seen" IS NOT NULL
        OR EXISTS (SELECT FROM "public"."user_profiles" AS m WHERE m."id" = s."id")
        OR current_setting('transaction_isolation') IN ('repeatable read', 'serializable')
          AND current_setting('underpin.takes', true) = pg_catalog.concat('users-profiles-apart ', ROW(s."id")) IS NOT TRUE)
    ON CONFLICT ("id") DO UPDATE
    SET "name" = excluded."name", "last_seen" = excluded."last_seen"
    WHERE t."name" IS DISTINCT FROM excluded."name" OR t."last_seen" IS DISTINCT FROM excluded."last_seen";
    PERFORM set_config('underpin.brings', brought, true);
  END IF;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."users-profiles-apart_dual_write"() FROM PUBLIC;
CREATE OR REPLACE FUNCTION "underpin"."users-profiles-apart_dual_write_back"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = "$user", "public", pg_temp
  SET standard_conforming_strings = on
  SET transform_null_equals = off
  SET row_security = off
AS $function$
#variable_conflict use_column
DECLARE
  was record;
  differs boolean;
  brought text;
  own text;
  sent text;
BEGIN
  IF TG_WHEN = 'BEFORE' THEN
    IF TG_LEVEL = 'STATEMENT' THEN
      CASE
        WHEN TG_OP = 'INSERT' THEN PERFORM set_config(pg_catalog.concat('underpin.branches_', TG_RELID), pg_catalog.concat(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), ';', pg_catalog.concat(current_setting('underpin.node'), '/')), true);
        WHEN TG_NARGS = 0 AND pg_catalog.starts_with(pg_catalog.substring(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), '[^;]*$'), pg_catalog.concat(current_setting('underpin.node'), '/')) THEN
          PERFORM set_config(pg_catalog.concat('underpin.branches_', TG_RELID), pg_catalog.concat(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), '+/'), true);
        WHEN TG_NARGS = 0 THEN PERFORM set_config(pg_catalog.concat('underpin.branches_', TG_RELID), pg_catalog.concat(pg_catalog.rtrim(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), '!'), '!'), true);
        WHEN pg_catalog.right(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), 1) <> '!' THEN
          PERFORM set_config(pg_catalog.concat('underpin.branches_', TG_RELID), pg_catalog.concat(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), TG_ARGV[0], '/'), true);
        ELSE NULL;
      END CASE;
      RETURN NULL;
    END IF;
    SELECT s."name", s."last_seen" INTO was
    FROM "public"."users" AS s
    WHERE s."id" = NEW."id"
    FOR NO KEY UPDATE;
    IF FOUND AND (was."name" IS NOT NULL OR was."last_seen" IS NOT NULL)
      AND current_setting('underpin.brings', true) = pg_catalog.concat('users-profiles-apart ', ROW(NEW."id")) IS NOT TRUE
      AND NOT EXISTS (SELECT FROM "public"."user_profiles" AS t WHERE t."id" = NEW."id") THEN
      own := pg_catalog.substring(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), '[^;]*$');
      IF pg_catalog.strpos(own, '/+/') > 0 THEN
        IF pg_catalog.strpos(own, '*') = 0 THEN
          GET DIAGNOSTICS sent = PG_CONTEXT;
          sent := pg_catalog.substring(sent, E'\\n(.*)');
          IF sent IS NULL OR sent ~ '^(unnamed portal|portal ".*") with parameters' THEN
            sent := pg_catalog.current_query();
          ELSE
            sent := pg_catalog.substring(sent, E'^SQL statement "(.*?)"(?:\\n(?:PL/|SQL |portal |unnamed )|$)');
          END IF;
          sent := CASE WHEN sent !~ E'\\m[Mm][Ee][Rr][Gg][Ee]\\s+[Ii][Nn][Tt][Oo]\\M' THEN pg_catalog.substring(sent, E'[Oo][Nn]\\s+[Cc][Oo][Nn][Ff][Ll][Ii][Cc][Tt].*') END;
          sent := pg_catalog.regexp_replace(sent, E'"(\\w+)"', E'\\1', 'g');
          sent := pg_catalog.regexp_replace(sent, E'\\m(\\w+)\\s*=\\s*(?:[Ee][Xx][Cc][Ll][Uu][Dd][Ee][Dd])\\s*\\.\\s*\\1\\M', '#', 'g');
          IF (SELECT pg_catalog.count(*) FROM pg_catalog.regexp_matches(sent, E'\\m[Dd][Oo]\\s+[Uu][Pp][Dd][Aa][Tt][Ee]\\M', 'g')) NOT BETWEEN 1 AND (SELECT pg_catalog.count(*) FROM pg_catalog.regexp_matches(sent, E'\\m[Dd][Oo]\\s+[Uu][Pp][Dd][Aa][Tt][Ee]\\M\\s+[Ss][Ee][Tt]\\s+#(?:\\s*,\\s*#)*\\s*(?:[Rr][Ee][Tt][Uu][Rr][Nn][Ii][Nn][Gg]\\M|\\)|;|/\\*|--|$)', 'g')) THEN
            RAISE EXCEPTION 'a row of % is not copied yet, and what would become of it cannot be told from the statement', TG_TABLE_NAME
              USING ERRCODE = 'serialization_failure', HINT = 'Try again later, or write ON CONFLICT … DO UPDATE SET column = excluded.column, and no WHERE.';
          END IF;
          PERFORM set_config(pg_catalog.concat('underpin.branches_', TG_RELID), pg_catalog.concat(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), '*'), true);
        END IF;
        IF pg_catalog.strpos(own, '/1/') = 0 THEN
          NEW."name" := was."name";
        END IF;
        IF pg_catalog.strpos(own, '/2/') = 0 THEN
          NEW."last_seen" := was."last_seen";
        END IF;
      ELSE
        brought := coalesce(current_setting('underpin.brings', true), '');
        PERFORM set_config('underpin.brings', pg_catalog.concat('users-profiles-apart ', ROW(NEW."id")), true);
        INSERT INTO "public"."user_profiles" ("id", "name", "last_seen")
        SELECT s."id", s."name", s."last_seen"
        FROM "public"."users" AS s
        WHERE s."id" = NEW."id"
        ON CONFLICT ("id") DO NOTHING;
        PERFORM set_config('underpin.brings', brought, true);
      END IF;
    END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' AND TG_LEVEL = 'STATEMENT' THEN
    own := pg_catalog.substring(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), '[^;]*$');
    PERFORM set_config(pg_catalog.concat('underpin.branches_', TG_RELID), pg_catalog.left(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), ''), pg_catalog.length(coalesce(current_setting(pg_catalog.concat('underpin.branches_', TG_RELID), true), '')) - pg_catalog.length(own) - 1), true);
    IF pg_catalog.strpos(own, '*') > 0 AND own LIKE '%.%.%' THEN
      RAISE EXCEPTION 'one statement inserts into % more than once, and not all of its rows are copied yet', TG_TABLE_NAME
        USING ERRCODE = 'serialization_failure', HINT = 'Let each INSERT be a statement of its own until then.';
    END IF;
    RETURN NULL;
  END IF;
  IF TG_OP = 'TRUNCATE' THEN
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable')
      AND pg_catalog.pg_relation_size('"public"."users"'::regclass) > 0 THEN
      RAISE EXCEPTION 'TRUNCATE of % by an older snapshot would leave what others have said since', TG_TABLE_NAME
        USING ERRCODE = 'serialization_failure', HINT = 'TRUNCATE it at READ COMMITTED.';
    END IF;
    UPDATE "public"."users" AS s
    SET "name" = NULL, "last_seen" = NULL
    WHERE s."name" IS NOT NULL OR s."last_seen" IS NOT NULL;
    INSERT INTO "public"."user_profiles" ("id", "name", "last_seen")
    SELECT "id", "name", "last_seen"
    FROM "public"."users" AS s
    WHERE s."name" IS NOT NULL OR s."last_seen" IS NOT NULL
    ON CONFLICT ("id") DO NOTHING;
    RETURN NULL;
  END IF;
  IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND (NEW."id" IS DISTINCT FROM OLD."id") THEN
    PERFORM set_config('underpin.takes', pg_catalog.concat('users-profiles-apart ', ROW(OLD."id")), true);
    UPDATE "public"."users" AS s
    SET "name" = NULL, "last_seen" = NULL
    WHERE s."id" = OLD."id"
      AND NOT EXISTS (SELECT FROM "public"."user_profiles" AS t WHERE t."id" = s."id")
      AND (s."name" IS NOT NULL OR s."last_seen" IS NOT NULL)
    RETURNING s."name" IS NOT NULL OR s."last_seen" IS NOT NULL INTO differs;
    PERFORM set_config('underpin.takes', '', true);
    IF differs THEN
      brought := coalesce(current_setting('underpin.brings', true), '');
      PERFORM set_config('underpin.brings', pg_catalog.concat('users-profiles-apart ', ROW(OLD."id")), true);
      INSERT INTO "public"."user_profiles" AS t ("id", "name", "last_seen")
      SELECT "id", "name", "last_seen"
      FROM "public"."users" AS s
      WHERE s."id" = OLD."id"
        AND (s."name" IS NOT NULL OR s."last_seen" IS NOT NULL
          OR EXISTS (SELECT FROM "public"."user_profiles" AS m WHERE m."id" = s."id")
          OR current_setting('transaction_isolation') IN ('repeatable read', 'serializable')
            AND current_setting('underpin.takes', true) = pg_catalog.concat('users-profiles-apart ', ROW(s."id")) IS NOT TRUE)
      ON CONFLICT ("id") DO UPDATE
      SET "name" = excluded."name", "last_seen" = excluded."last_seen"
      WHERE t."name" IS DISTINCT FROM excluded."name" OR t."last_seen" IS DISTINCT FROM excluded."last_seen";
      PERFORM set_config('underpin.brings', brought, true);
    END IF;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    UPDATE "public"."users" AS s
    SET "name" = t."name", "last_seen" = t."last_seen"
    FROM "public"."user_profiles" AS t
    WHERE t."id" = NEW."id" AND s."id" = t."id"
      AND (s."name" IS DISTINCT FROM t."name" OR s."last_seen" IS DISTINCT FROM t."last_seen")
    RETURNING s."name" IS DISTINCT FROM t."name" OR s."last_seen" IS DISTINCT FROM t."last_seen" INTO differs;
    IF differs THEN
      brought := coalesce(current_setting('underpin.brings', true), '');
      PERFORM set_config('underpin.brings', pg_catalog.concat('users-profiles-apart ', ROW(NEW."id")), true);
      INSERT INTO "public"."user_profiles" AS t ("id", "name", "last_seen")
      SELECT "id", "name", "last_seen"
      FROM "public"."users" AS s
      WHERE s."id" = NEW."id"
        AND (s."name" IS NOT NULL OR s."last_seen" IS NOT NULL
          OR EXISTS (SELECT FROM "public"."user_profiles" AS m WHERE m."id" = s."id")
          OR current_setting('transaction_isolation') IN ('repeatable read', 'serializable')
            AND current_setting('underpin.takes', true) = pg_catalog.concat('users-profiles-apart ', ROW(s."id")) IS NOT TRUE)
      ON CONFLICT ("id") DO UPDATE
      SET "name" = excluded."name", "last_seen" = excluded."last_seen"
      WHERE t."name" IS DISTINCT FROM excluded."name" OR t."last_seen" IS DISTINCT FROM excluded."last_seen";
      PERFORM set_config('underpin.brings', brought, true);
    END IF;
  END IF;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."users-profiles-apart_dual_write_back"() FROM PUBLIC;

---- phase contract ----

-- end the dual write of users (lock: ACCESS EXCLUSIVE)
DROP TRIGGER IF EXISTS "~underpin_users-profiles-apart_2_insert" ON "public"."users";
DROP TRIGGER IF EXISTS "~underpin_users-profiles-apart_2_update" ON "public"."users";
DROP TRIGGER IF EXISTS "~underpin_users-profiles-apart_2_delete" ON "public"."users";

-- end the dual write of user_profiles (lock: ACCESS EXCLUSIVE)
DROP TRIGGER IF EXISTS "~underpin_users-profiles-apart_0_branch" ON "public"."user_profiles";
DROP TRIGGER IF EXISTS "~underpin_users-profiles-apart_0_branch_1" ON "public"."user_profiles";
DROP TRIGGER IF EXISTS "~underpin_users-profiles-apart_0_branch_2" ON "public"."user_profiles";
DROP TRIGGER IF EXISTS "~underpin_users-profiles-apart_0_branch_end" ON "public"."user_profiles";
DROP TRIGGER IF EXISTS "~underpin_users-profiles-apart_1_half" ON "public"."user_profiles";
DROP TRIGGER IF EXISTS "~underpin_users-profiles-apart_2_insert" ON "public"."user_profiles";
DROP TRIGGER IF EXISTS "~underpin_users-profiles-apart_2_update" ON "public"."user_profiles";
DROP TRIGGER IF EXISTS "~underpin_users-profiles-apart_2_delete" ON "public"."user_profiles";
DROP TRIGGER IF EXISTS "~underpin_users-profiles-apart_3_truncate" ON "public"."user_profiles";

-- drop name, last_seen of users (lock: ACCESS EXCLUSIVE)
DROP FUNCTION IF EXISTS "underpin"."users-profiles-apart_dual_write"();
DROP FUNCTION IF EXISTS "underpin"."users-profiles-apart_dual_write_back"();
DROP FUNCTION IF EXISTS "underpin"."users-profiles-apart_dual_write_node"();
ALTER TABLE "public"."users"
  DROP COLUMN IF EXISTS "underpin_quarantined_name";
ALTER TABLE "public"."users"
  DROP COLUMN IF EXISTS "underpin_quarantined_last_seen";

---- undo of contract ----

-- cannot be undone: users.name, users.last_seen are gone

---- the walk over the rows, each statement one call ----

-- cut
WITH fence AS MATERIALIZED (
  SELECT name, epoch, underpin.sees_every_row('"public"."users"'::regclass), underpin.sees_every_row('"public"."user_profiles"'::regclass) FROM underpin.migration WHERE name = :migration AND epoch = :epoch FOR UPDATE
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
           THEN (SELECT jsonb_build_array(underpin.key_text(u."id")) FROM ((SELECT t."id" FROM "public"."users" AS t ORDER BY t."id" LIMIT 1) UNION ALL (SELECT t."id" FROM "public"."user_profiles" AS t ORDER BY t."id" LIMIT 1)) AS u ORDER BY u."id" LIMIT 1)
           ELSE (SELECT jsonb_build_array(underpin.key_text(u."id")) FROM ((SELECT t."id" FROM "public"."users" AS t WHERE t."id" > (b.lower ->> 0)::bigint ORDER BY t."id" LIMIT 1) UNION ALL (SELECT t."id" FROM "public"."user_profiles" AS t WHERE t."id" > (b.lower ->> 0)::bigint ORDER BY t."id" LIMIT 1)) AS u ORDER BY u."id" LIMIT 1) END,
         coalesce(b.upper, (SELECT jsonb_build_array(underpin.key_text(u."id")) FROM ((SELECT t."id" FROM "public"."users" AS t ORDER BY t."id" DESC LIMIT 1) UNION ALL (SELECT t."id" FROM "public"."user_profiles" AS t ORDER BY t."id" DESC LIMIT 1)) AS u ORDER BY u."id" DESC LIMIT 1))
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
         set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."users"'::regclass), underpin.sees_every_row('"public"."user_profiles"'::regclass)
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
  INSERT INTO "public"."user_profiles" AS t ("id", "name", "last_seen")
  SELECT "id", "name", "last_seen"
  FROM "public"."users"
  WHERE "id" >= (SELECT lo_1 FROM range)
    AND "id" <= (SELECT hi_1 FROM range)
    AND (("name" IS NOT NULL OR "last_seen" IS NOT NULL) OR EXISTS (SELECT FROM "public"."user_profiles" AS t WHERE t."id" = "public"."users"."id" OFFSET 0))
  ORDER BY "id"
  FOR SHARE
  ON CONFLICT ("id") DO UPDATE
  SET "id" = excluded."id", "name" = excluded."name", "last_seen" = excluded."last_seen"
  WHERE record_image_ne(ROW(t."id", t."name", t."last_seen"), ROW(excluded."id", excluded."name", excluded."last_seen"))
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
         set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."users"'::regclass), underpin.sees_every_row('"public"."user_profiles"'::regclass)
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
  SELECT count(*) AS mismatches
  FROM (SELECT "id", "name", "last_seen" FROM "public"."users" WHERE "id" >= (SELECT lo_1 FROM range) AND "id" <= coalesce((SELECT next_1 FROM range), (SELECT upper_1 FROM fence))
      AND ((SELECT next_1 FROM range) IS NULL OR "id" <> (SELECT next_1 FROM range))
      AND ("name" IS NOT NULL OR "last_seen" IS NOT NULL)) AS a
  FULL JOIN (SELECT "id", "name", "last_seen" FROM "public"."user_profiles" WHERE "id" >= (SELECT lo_1 FROM range) AND "id" <= coalesce((SELECT next_1 FROM range), (SELECT upper_1 FROM fence))
      AND ((SELECT next_1 FROM range) IS NULL OR "id" <> (SELECT next_1 FROM range))
      AND ("name" IS NOT NULL OR "last_seen" IS NOT NULL)) AS b ON a."id" = b."id"
  WHERE a."id" IS NULL OR b."id" IS NULL OR record_image_ne(a, b)
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
         set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."users"'::regclass), underpin.sees_every_row('"public"."user_profiles"'::regclass)
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
  SELECT name, set_config('lock_timeout', :lock_timeout, true), set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."users"'::regclass), underpin.sees_every_row('"public"."user_profiles"'::regclass)
  FROM underpin.migration
  WHERE name = :migration AND epoch = :epoch
  FOR UPDATE
), written AS (
  INSERT INTO "public"."user_profiles" AS t ("id", "name", "last_seen")
  SELECT "id", "name", "last_seen"
  FROM "public"."users"
  WHERE "id" = ((:key)::jsonb ->> 0)::bigint
    AND (SELECT count(*) FROM fence) = 1
    AND (("name" IS NOT NULL OR "last_seen" IS NOT NULL) OR EXISTS (SELECT FROM "public"."user_profiles" AS t WHERE t."id" = "public"."users"."id" OFFSET 0))
  ORDER BY "id"
  FOR SHARE
  ON CONFLICT ("id") DO UPDATE
  SET "id" = excluded."id", "name" = excluded."name", "last_seen" = excluded."last_seen"
  WHERE record_image_ne(ROW(t."id", t."name", t."last_seen"), ROW(excluded."id", excluded."name", excluded."last_seen"))
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
SELECT coalesce(a."id", b."id") AS "id"
  FROM (SELECT "id", "name", "last_seen" FROM "public"."users" WHERE ("name" IS NOT NULL OR "last_seen" IS NOT NULL)) AS a
  FULL JOIN (SELECT "id", "name", "last_seen" FROM "public"."user_profiles" WHERE ("name" IS NOT NULL OR "last_seen" IS NOT NULL)) AS b ON a."id" = b."id"
  WHERE a."id" IS NULL OR b."id" IS NULL OR record_image_ne(a, b)
  LIMIT 1000;
