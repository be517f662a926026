-- orders-by-month: what runs on PostgreSQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: rows that fit into no partition go to orders_default; a partition for them can be made only when they have left it

-- warning: until the contract no two rows have the same id, as before; from then on only (id, created_at) is unique

-- warning: the sequence of id is recreated in the swap and counts on; lastval() of a session that drew a number before fails until it draws another

-- warning: a transaction at REPEATABLE READ or SERIALIZABLE that writes a row which was copied after it began fails with 40001, and is to be tried again

-- warning: do not change public.orders from the start until the swap, nor grant anything on it: orders_underpin_new would not have it, and the gate before the swap stays shut until both are alike again

-- warning: from the swap until the contract do not drop, detach or truncate a partition by itself: the old table would keep its rows, and the way back would bring them back

-- warning: each row takes its space twice until the contract

---- phase expand ----

-- make orders_underpin_new, empty (lock: SHARE ROW EXCLUSIVE)
CREATE TABLE "public"."orders_underpin_new" (
  LIKE "public"."orders" INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE INCLUDING COMPRESSION INCLUDING COMMENTS
) PARTITION BY RANGE ("created_at");
CREATE INDEX "orders_open_underpin_new"
  ON "public"."orders_underpin_new" USING btree (created_at) WHERE (status <> 'shipped'::text);
ALTER TABLE "public"."orders_underpin_new"
  ADD CONSTRAINT "orders_pkey_underpin_new" PRIMARY KEY ("id", "created_at");
CREATE INDEX "orders_user_id_underpin_new"
  ON "public"."orders_underpin_new" USING btree (user_id);
ALTER TABLE "public"."orders_underpin_new"
  ADD CONSTRAINT "orders_user_id_fkey" FOREIGN KEY (user_id) REFERENCES users(id);

-- make 13 partitions, orders_2026_01 to orders_default (lock: SHARE ROW EXCLUSIVE)
CREATE TABLE "public"."orders_2026_01"
  PARTITION OF "public"."orders_underpin_new" FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2026-02-01 00:00:00+00');
CREATE TABLE "public"."orders_2026_02"
  PARTITION OF "public"."orders_underpin_new" FOR VALUES FROM ('2026-02-01 00:00:00+00') TO ('2026-03-01 00:00:00+00');
CREATE TABLE "public"."orders_2026_03"
  PARTITION OF "public"."orders_underpin_new" FOR VALUES FROM ('2026-03-01 00:00:00+00') TO ('2026-04-01 00:00:00+00');
CREATE TABLE "public"."orders_2026_04"
  PARTITION OF "public"."orders_underpin_new" FOR VALUES FROM ('2026-04-01 00:00:00+00') TO ('2026-05-01 00:00:00+00');
CREATE TABLE "public"."orders_2026_05"
  PARTITION OF "public"."orders_underpin_new" FOR VALUES FROM ('2026-05-01 00:00:00+00') TO ('2026-06-01 00:00:00+00');
CREATE TABLE "public"."orders_2026_06"
  PARTITION OF "public"."orders_underpin_new" FOR VALUES FROM ('2026-06-01 00:00:00+00') TO ('2026-07-01 00:00:00+00');
CREATE TABLE "public"."orders_2026_07"
  PARTITION OF "public"."orders_underpin_new" FOR VALUES FROM ('2026-07-01 00:00:00+00') TO ('2026-08-01 00:00:00+00');
CREATE TABLE "public"."orders_2026_08"
  PARTITION OF "public"."orders_underpin_new" FOR VALUES FROM ('2026-08-01 00:00:00+00') TO ('2026-09-01 00:00:00+00');
CREATE TABLE "public"."orders_2026_09"
  PARTITION OF "public"."orders_underpin_new" FOR VALUES FROM ('2026-09-01 00:00:00+00') TO ('2026-10-01 00:00:00+00');
CREATE TABLE "public"."orders_2026_10"
  PARTITION OF "public"."orders_underpin_new" FOR VALUES FROM ('2026-10-01 00:00:00+00') TO ('2026-11-01 00:00:00+00');
CREATE TABLE "public"."orders_2026_11"
  PARTITION OF "public"."orders_underpin_new" FOR VALUES FROM ('2026-11-01 00:00:00+00') TO ('2026-12-01 00:00:00+00');
CREATE TABLE "public"."orders_2026_12"
  PARTITION OF "public"."orders_underpin_new" FOR VALUES FROM ('2026-12-01 00:00:00+00') TO ('2027-01-01 00:00:00+00');
CREATE TABLE "public"."orders_default"
  PARTITION OF "public"."orders_underpin_new" DEFAULT;

---- undo of expand ----

-- drop orders_underpin_new with its partitions (lock: ACCESS EXCLUSIVE)
DROP TABLE "public"."orders_underpin_new";

---- phase dual-write ----

-- write every change of orders to orders_underpin_new too (lock: SHARE ROW EXCLUSIVE)
CREATE OR REPLACE FUNCTION "underpin"."orders-by-month_dual_write"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = "$user", "public", pg_temp
  SET standard_conforming_strings = on
  SET transform_null_equals = off
AS $function$
#variable_conflict use_column
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    TRUNCATE "public"."orders_underpin_new";
    RETURN NULL;
  END IF;
  IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND ROW(NEW."id", NEW."created_at") IS DISTINCT FROM ROW(OLD."id", OLD."created_at") THEN
    DELETE FROM "public"."orders_underpin_new" AS t
    WHERE t."id" = OLD."id" AND t."created_at" = OLD."created_at"
      AND NOT EXISTS (SELECT FROM "public"."orders" AS s WHERE s."id" = t."id" AND s."created_at" = t."created_at");
    IF NOT FOUND AND current_setting('transaction_isolation') <> 'read committed' THEN
      BEGIN
        INSERT INTO "public"."orders_underpin_new" ("id", "user_id", "amount", "currency", "status", "created_at")
        VALUES (OLD."id", OLD."user_id", OLD."amount", OLD."currency", OLD."status", OLD."created_at")
        ON CONFLICT ("id", "created_at") DO NOTHING;
        DELETE FROM "public"."orders_underpin_new" AS t WHERE t."id" = OLD."id" AND t."created_at" = OLD."created_at";
      EXCEPTION WHEN foreign_key_violation THEN NULL;
      END;
    END IF;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO "public"."orders_underpin_new" AS t ("id", "user_id", "amount", "currency", "status", "created_at")
    SELECT "id", "user_id", "amount", "currency", "status", "created_at" FROM "public"."orders" AS s WHERE s."id" = NEW."id" AND s."created_at" = NEW."created_at" AND NOT row_security_active('"public"."orders"')
    UNION ALL
    SELECT NEW."id", NEW."user_id", NEW."amount", NEW."currency", NEW."status", NEW."created_at" WHERE row_security_active('"public"."orders"')
    ON CONFLICT ("id", "created_at") DO UPDATE
    SET "id" = excluded."id", "user_id" = excluded."user_id", "amount" = excluded."amount", "currency" = excluded."currency", "status" = excluded."status", "created_at" = excluded."created_at";
  END IF;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."orders-by-month_dual_write"() FROM PUBLIC;
CREATE TRIGGER "~underpin_orders-by-month_copy"
  AFTER INSERT OR UPDATE OR DELETE ON "public"."orders"
  FOR EACH ROW
  EXECUTE FUNCTION underpin."orders-by-month_dual_write"();
ALTER TABLE "public"."orders"
  ENABLE ALWAYS TRIGGER "~underpin_orders-by-month_copy";
CREATE TRIGGER "~underpin_orders-by-month_copy_truncate"
  AFTER TRUNCATE ON "public"."orders"
  FOR EACH STATEMENT
  EXECUTE FUNCTION underpin."orders-by-month_dual_write"();
ALTER TABLE "public"."orders"
  ENABLE ALWAYS TRIGGER "~underpin_orders-by-month_copy_truncate";

---- undo of dual-write ----

-- end the dual write (lock: ACCESS EXCLUSIVE)
DROP TRIGGER IF EXISTS "~underpin_orders-by-month_copy" ON "public"."orders";
DROP TRIGGER IF EXISTS "~underpin_orders-by-month_copy_truncate" ON "public"."orders";
DROP FUNCTION IF EXISTS "underpin"."orders-by-month_dual_write"();

---- phase verify ----

-- analyze orders_underpin_new (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin orders-by-month analyze */
DO $analyze$
BEGIN
  ANALYZE "public"."orders_underpin_new";
  -- By hand there is no ledger.
  IF to_regclass('underpin.event') IS NOT NULL THEN
    INSERT INTO underpin.event (migration, epoch, what)
    SELECT name, epoch, 'analyzed' FROM underpin.migration WHERE name = 'orders-by-month';
  END IF;
END
$analyze$;
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN EXISTS (SELECT FROM underpin.event AS e JOIN underpin.migration AS m ON m.name = e.migration AND m.epoch = e.epoch
               WHERE m.name = 'orders-by-month' AND e.what = 'analyzed') THEN 'done'
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin orders-by-month analyze */')) THEN 'running'
  ELSE 'absent' END)::text;

---- undo of verify ----

---- phase swap ----

-- orders is partitioned by created_at from now on; the old table is kept fresh as orders_underpin_old (lock: ACCESS EXCLUSIVE)
DO $snapshots$
BEGIN
  IF to_regclass('underpin.checkpoint') IS NOT NULL AND EXISTS (
    SELECT FROM pg_stat_activity AS a
    JOIN (
      SELECT xmin AS written_by, updated_at AS written_at FROM underpin.checkpoint
      WHERE migration = 'orders-by-month' AND purpose IN ('backfill', 'repair')
      UNION ALL SELECT swept_by::xid, swept_at FROM underpin.migration WHERE name = 'orders-by-month' AND swept_at IS NOT NULL
    ) AS w ON age(w.written_by) <= age(a.backend_xmin) AND a.xact_start < coalesce((
      SELECT min(e.happened_at) FROM underpin.event AS e
      WHERE e.migration = 'orders-by-month' AND e.happened_at > w.written_at
        AND (e.what = 'evidence' OR e.what = 'running' AND e.detail ->> 'phase' <> 'backfill')
    ), 'infinity')
    WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend') THEN
    RAISE lock_not_available USING MESSAGE = 'a transaction that began before the last row was copied is still open';
  END IF;
END
$snapshots$;
DROP TRIGGER IF EXISTS "~underpin_orders-by-month_copy" ON "public"."orders";
DROP TRIGGER IF EXISTS "~underpin_orders-by-month_copy_truncate" ON "public"."orders";
DO $alike$
DECLARE
  unlike text;
BEGIN
  unlike := (SELECT string_agg(u.what, ', ' ORDER BY u.what) FROM (
  WITH side AS (
    SELECT true AS its, to_regclass('"public"."orders"') AS root UNION ALL SELECT false, to_regclass('"public"."orders_underpin_new"')
  ), part AS (
    SELECT its, root AS relation FROM side UNION SELECT its, relid FROM side CROSS JOIN LATERAL pg_partition_tree(root)
  ), renamed (called, known) AS (
    VALUES ('orders_open_underpin_new', 'orders_open'), ('orders_pkey_underpin_new', 'orders_pkey'), ('orders_user_id_underpin_new', 'orders_user_id')
  ), fact AS (
    SELECT its, format('column %I', attname) AS what, format('%s %s %s %s %s %s %s %s', format_type(atttypid, atttypmod), attcollation, attnotnull, attgenerated,
      attstorage, attcompression, coalesce(attstattarget::integer, -1), attoptions) AS reads
    FROM side JOIN pg_attribute ON attrelid = root WHERE attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT its, format('default of %I', attname), pg_get_expr(adbin, adrelid)
    FROM side JOIN pg_attrdef ON adrelid = root JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
    UNION ALL
    SELECT its, format('index %I', coalesce((SELECT r.known FROM renamed AS r WHERE NOT its AND r.called = x.relname), x.relname)), CASE WHEN i.indisprimary THEN 'the key'
      ELSE substr(pg_get_indexdef(x.oid), 1 + length(format('CREATE %sINDEX %I ON %s%I.%I ', CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END,
        x.relname, CASE WHEN x.relkind = 'I' THEN 'ONLY ' ELSE '' END, n.nspname, c.relname))) || i.indisunique END
    FROM part JOIN pg_index AS i ON i.indrelid = relation JOIN pg_class AS x ON x.oid = i.indexrelid
    JOIN pg_class AS c ON c.oid = relation JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE NOT x.relispartition
    UNION ALL
    SELECT its, format('constraint %I', conname), pg_get_constraintdef(oid)
    FROM part JOIN pg_constraint ON conrelid = relation WHERE contype IN ('c', 'f') AND conislocal AND conparentid = 0
    UNION ALL
    SELECT its, format('statistics %I', coalesce((SELECT r.known FROM renamed AS r WHERE NOT its AND r.called = stxname), stxname)), stxkind::text || pg_get_statisticsobjdef_columns(oid)
    FROM part JOIN pg_statistic_ext ON stxrelid = relation
    UNION ALL
    SELECT its, format('trigger %I', tgname), tgenabled::text
    FROM part JOIN pg_trigger ON tgrelid = relation WHERE NOT tgisinternal AND tgparentid = 0 AND NOT starts_with(tgname, '~underpin_')
    UNION ALL
    SELECT its, format('policy %I', polname), '' FROM part JOIN pg_policy ON polrelid = relation
    UNION ALL
    SELECT its, 'row level security', '' FROM part JOIN pg_class ON oid = relation WHERE relrowsecurity OR relforcerowsecurity
    UNION ALL
    SELECT its, format('rule %I', rulename), '' FROM part JOIN pg_rewrite ON ev_class = relation
    UNION ALL
    SELECT its, format('foreign key %I of %s', conname, conrelid::regclass), ''
    FROM side JOIN pg_constraint ON confrelid = root AND conrelid <> root WHERE contype = 'f' AND conparentid = 0
    UNION ALL
    SELECT its, format('publication %I', pubname), ''
    FROM part JOIN pg_publication_rel ON prrelid = relation JOIN pg_publication AS p ON p.oid = prpubid
    UNION ALL
    SELECT its, format('publication %I', p.pubname), 'by name'
    FROM part JOIN pg_publication_tables AS p ON relation = to_regclass(format('%I.%I', p.schemaname, p.tablename)) WHERE its
    UNION ALL
    SELECT its, 'replica identity', relreplident::text FROM side JOIN pg_class ON oid = root
    UNION ALL
    SELECT DISTINCT its, 'storage options', reloptions::text FROM part JOIN pg_class ON oid = relation WHERE relkind = 'r'
    UNION ALL
    SELECT its, 'comment', obj_description(root, 'pg_class') FROM side
    UNION ALL
    SELECT its, format('comment of %I', attname), col_description(root, attnum)
    FROM side JOIN pg_attribute ON attrelid = root WHERE attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT its, format('child table %s', inhrelid::regclass), ''
    FROM side JOIN pg_inherits ON inhparent = root JOIN pg_class AS c ON c.oid = inhrelid WHERE NOT c.relispartition
    UNION ALL
    SELECT its, format('owner %I', pg_get_userbyid(relowner)), '' FROM side JOIN pg_class ON oid = root
    UNION ALL
    SELECT its, format('right %s to %s', g.privilege_type, CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END), g.is_grantable::text
    FROM side JOIN pg_class AS c ON c.oid = root CROSS JOIN LATERAL aclexplode(relacl) AS g WHERE g.grantee <> relowner
    UNION ALL
    SELECT its, format('right %s (%I) to %s', g.privilege_type, attname, CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END), g.is_grantable::text
    FROM side JOIN pg_attribute ON attrelid = root CROSS JOIN LATERAL aclexplode(attacl) AS g WHERE NOT attisdropped
  ), odd AS (
    SELECT what, bool_or(its) AS its FROM fact GROUP BY what, reads HAVING count(DISTINCT its) = 1
  )
  SELECT what || CASE count(DISTINCT its) WHEN 2 THEN ' is another' ELSE CASE WHEN bool_or(its) THEN ' is new' ELSE ' is gone' END END AS what
  FROM odd
  WHERE NOT EXISTS (SELECT FROM side WHERE root IS NULL)
  GROUP BY what
  ) AS u);
  IF unlike IS NOT NULL THEN
    RAISE EXCEPTION '% is not as % has it: %', 'orders', 'orders_underpin_new', unlike
      USING ERRCODE = 'invalid_table_definition';
  END IF;
END
$alike$;
DO $identity$
DECLARE
  counted bigint;
  called boolean;
BEGIN
  ALTER SEQUENCE "public"."orders_id_seq" INCREMENT BY 1;
  counted := (SELECT last_value FROM "public"."orders_id_seq");
  called := (SELECT is_called FROM "public"."orders_id_seq");
  ALTER TABLE "public"."orders" ALTER COLUMN "id" DROP IDENTITY;
  ALTER TABLE "public"."orders_underpin_new" ALTER COLUMN "id" ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME "public"."orders_id_seq" START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 CACHE 1 NO CYCLE);
  PERFORM setval('"public"."orders_id_seq"', counted, called);
END
$identity$;
ALTER INDEX "public"."orders_open"
  RENAME TO "orders_open_underpin_old";
ALTER INDEX "public"."orders_open_underpin_new"
  RENAME TO "orders_open";
ALTER INDEX "public"."orders_pkey"
  RENAME TO "orders_pkey_underpin_old";
ALTER INDEX "public"."orders_pkey_underpin_new"
  RENAME TO "orders_pkey";
ALTER INDEX "public"."orders_user_id"
  RENAME TO "orders_user_id_underpin_old";
ALTER INDEX "public"."orders_user_id_underpin_new"
  RENAME TO "orders_user_id";
ALTER TABLE "public"."orders"
  RENAME TO "orders_underpin_old";
ALTER TABLE "public"."orders_underpin_new"
  RENAME TO "orders";
CREATE OR REPLACE FUNCTION "underpin"."orders-by-month_dual_write"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = "$user", "public", pg_temp
  SET standard_conforming_strings = on
  SET transform_null_equals = off
AS $function$
#variable_conflict use_column
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    TRUNCATE "public"."orders_underpin_old";
    RETURN NULL;
  END IF;
  IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND ROW(NEW."id", NEW."created_at") IS DISTINCT FROM ROW(OLD."id", OLD."created_at") THEN
    DELETE FROM "public"."orders_underpin_old" AS t
    WHERE t."id" = OLD."id"
      AND NOT EXISTS (SELECT FROM "public"."orders" AS s WHERE s."id" = t."id" AND s."created_at" = t."created_at");
    IF NOT FOUND AND current_setting('transaction_isolation') <> 'read committed' THEN
      BEGIN
        INSERT INTO "public"."orders_underpin_old" ("id", "user_id", "amount", "currency", "status", "created_at")
        VALUES (OLD."id", OLD."user_id", OLD."amount", OLD."currency", OLD."status", OLD."created_at")
        ON CONFLICT ("id") DO NOTHING;
        DELETE FROM "public"."orders_underpin_old" AS t WHERE t."id" = OLD."id" AND t."created_at" = OLD."created_at";
      EXCEPTION WHEN foreign_key_violation THEN NULL;
      END;
    END IF;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    DELETE FROM "public"."orders_underpin_old" AS t
    WHERE t."id" = NEW."id"
      AND NOT EXISTS (SELECT FROM "public"."orders" AS s WHERE s."id" = t."id" AND s."created_at" = t."created_at");
    INSERT INTO "public"."orders_underpin_old" AS t ("id", "user_id", "amount", "currency", "status", "created_at")
    SELECT "id", "user_id", "amount", "currency", "status", "created_at" FROM "public"."orders" AS s WHERE s."id" = NEW."id" AND s."created_at" = NEW."created_at" AND NOT row_security_active('"public"."orders"')
    UNION ALL
    SELECT NEW."id", NEW."user_id", NEW."amount", NEW."currency", NEW."status", NEW."created_at" WHERE row_security_active('"public"."orders"')
    ON CONFLICT ("id") DO UPDATE
    SET "id" = excluded."id", "user_id" = excluded."user_id", "amount" = excluded."amount", "currency" = excluded."currency", "status" = excluded."status", "created_at" = excluded."created_at"
    WHERE t."created_at" = excluded."created_at";
    IF NOT FOUND AND EXISTS (SELECT FROM "public"."orders" AS s WHERE s."id" = NEW."id" AND s."created_at" = NEW."created_at") THEN
      RAISE unique_violation USING MESSAGE = 'there is a row with this id already',
        TABLE = 'orders', SCHEMA = 'public';
    END IF;
  END IF;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."orders-by-month_dual_write"() FROM PUBLIC;
CREATE TRIGGER "~underpin_orders-by-month_copy"
  AFTER INSERT OR UPDATE OR DELETE ON "public"."orders"
  FOR EACH ROW
  EXECUTE FUNCTION underpin."orders-by-month_dual_write"();
ALTER TABLE "public"."orders"
  ENABLE ALWAYS TRIGGER "~underpin_orders-by-month_copy";
CREATE TRIGGER "~underpin_orders-by-month_copy_truncate"
  AFTER TRUNCATE ON "public"."orders"
  FOR EACH STATEMENT
  EXECUTE FUNCTION underpin."orders-by-month_dual_write"();
ALTER TABLE "public"."orders"
  ENABLE ALWAYS TRIGGER "~underpin_orders-by-month_copy_truncate";

---- undo of swap ----

-- orders is the old table again; the partitioned one is kept fresh as orders_underpin_new (lock: ACCESS EXCLUSIVE)
DROP TRIGGER IF EXISTS "~underpin_orders-by-month_copy" ON "public"."orders";
DROP TRIGGER IF EXISTS "~underpin_orders-by-month_copy_truncate" ON "public"."orders";
DO $same$
BEGIN
  IF EXISTS ((SELECT attname, atttypid, atttypmod, attcollation, attnotnull FROM pg_attribute
    WHERE attrelid = '"public"."orders"'::regclass AND attnum > 0 AND NOT attisdropped
    EXCEPT SELECT attname, atttypid, atttypmod, attcollation, attnotnull FROM pg_attribute
    WHERE attrelid = '"public"."orders_underpin_old"'::regclass AND attnum > 0 AND NOT attisdropped)
    UNION ALL (SELECT attname, atttypid, atttypmod, attcollation, attnotnull FROM pg_attribute
    WHERE attrelid = '"public"."orders_underpin_old"'::regclass AND attnum > 0 AND NOT attisdropped
    EXCEPT SELECT attname, atttypid, atttypmod, attcollation, attnotnull FROM pg_attribute
    WHERE attrelid = '"public"."orders"'::regclass AND attnum > 0 AND NOT attisdropped)) THEN
    RAISE EXCEPTION '% and % do not have the same columns', 'orders', 'orders_underpin_old'
      USING ERRCODE = 'invalid_table_definition';
  END IF;
END
$same$;
DO $identity$
DECLARE
  counted bigint;
  called boolean;
BEGIN
  ALTER SEQUENCE "public"."orders_id_seq" INCREMENT BY 1;
  counted := (SELECT last_value FROM "public"."orders_id_seq");
  called := (SELECT is_called FROM "public"."orders_id_seq");
  ALTER TABLE "public"."orders" ALTER COLUMN "id" DROP IDENTITY;
  ALTER TABLE "public"."orders_underpin_old" ALTER COLUMN "id" ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME "public"."orders_id_seq" START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 CACHE 1 NO CYCLE);
  PERFORM setval('"public"."orders_id_seq"', counted, called);
END
$identity$;
ALTER INDEX "public"."orders_open"
  RENAME TO "orders_open_underpin_new";
ALTER INDEX "public"."orders_open_underpin_old"
  RENAME TO "orders_open";
ALTER INDEX "public"."orders_pkey"
  RENAME TO "orders_pkey_underpin_new";
ALTER INDEX "public"."orders_pkey_underpin_old"
  RENAME TO "orders_pkey";
ALTER INDEX "public"."orders_user_id"
  RENAME TO "orders_user_id_underpin_new";
ALTER INDEX "public"."orders_user_id_underpin_old"
  RENAME TO "orders_user_id";
ALTER TABLE "public"."orders"
  RENAME TO "orders_underpin_new";
ALTER TABLE "public"."orders_underpin_old"
  RENAME TO "orders";
CREATE OR REPLACE FUNCTION "underpin"."orders-by-month_dual_write"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = "$user", "public", pg_temp
  SET standard_conforming_strings = on
  SET transform_null_equals = off
AS $function$
#variable_conflict use_column
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    TRUNCATE "public"."orders_underpin_new";
    RETURN NULL;
  END IF;
  IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND ROW(NEW."id", NEW."created_at") IS DISTINCT FROM ROW(OLD."id", OLD."created_at") THEN
    DELETE FROM "public"."orders_underpin_new" AS t
    WHERE t."id" = OLD."id" AND t."created_at" = OLD."created_at"
      AND NOT EXISTS (SELECT FROM "public"."orders" AS s WHERE s."id" = t."id" AND s."created_at" = t."created_at");
    IF NOT FOUND AND current_setting('transaction_isolation') <> 'read committed' THEN
      BEGIN
        INSERT INTO "public"."orders_underpin_new" ("id", "user_id", "amount", "currency", "status", "created_at")
        VALUES (OLD."id", OLD."user_id", OLD."amount", OLD."currency", OLD."status", OLD."created_at")
        ON CONFLICT ("id", "created_at") DO NOTHING;
        DELETE FROM "public"."orders_underpin_new" AS t WHERE t."id" = OLD."id" AND t."created_at" = OLD."created_at";
      EXCEPTION WHEN foreign_key_violation THEN NULL;
      END;
    END IF;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO "public"."orders_underpin_new" AS t ("id", "user_id", "amount", "currency", "status", "created_at")
    SELECT "id", "user_id", "amount", "currency", "status", "created_at" FROM "public"."orders" AS s WHERE s."id" = NEW."id" AND s."created_at" = NEW."created_at" AND NOT row_security_active('"public"."orders"')
    UNION ALL
    SELECT NEW."id", NEW."user_id", NEW."amount", NEW."currency", NEW."status", NEW."created_at" WHERE row_security_active('"public"."orders"')
    ON CONFLICT ("id", "created_at") DO UPDATE
    SET "id" = excluded."id", "user_id" = excluded."user_id", "amount" = excluded."amount", "currency" = excluded."currency", "status" = excluded."status", "created_at" = excluded."created_at";
  END IF;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION "underpin"."orders-by-month_dual_write"() FROM PUBLIC;
CREATE TRIGGER "~underpin_orders-by-month_copy"
  AFTER INSERT OR UPDATE OR DELETE ON "public"."orders"
  FOR EACH ROW
  EXECUTE FUNCTION underpin."orders-by-month_dual_write"();
ALTER TABLE "public"."orders"
  ENABLE ALWAYS TRIGGER "~underpin_orders-by-month_copy";
CREATE TRIGGER "~underpin_orders-by-month_copy_truncate"
  AFTER TRUNCATE ON "public"."orders"
  FOR EACH STATEMENT
  EXECUTE FUNCTION underpin."orders-by-month_dual_write"();
ALTER TABLE "public"."orders"
  ENABLE ALWAYS TRIGGER "~underpin_orders-by-month_copy_truncate";

---- phase contract ----

-- end the dual write and drop orders_underpin_old (lock: ACCESS EXCLUSIVE)
DROP TRIGGER IF EXISTS "~underpin_orders-by-month_copy" ON "public"."orders";
DROP TRIGGER IF EXISTS "~underpin_orders-by-month_copy_truncate" ON "public"."orders";
DROP FUNCTION IF EXISTS "underpin"."orders-by-month_dual_write"();
DROP TABLE "public"."orders_underpin_old";

---- undo of contract ----

-- cannot be undone: public.orders is partitioned, and the old table is gone

---- the walk over the rows, each statement one call ----

-- cut
WITH fence AS MATERIALIZED (
  SELECT name, epoch, underpin.sees_every_row('"public"."orders"'::regclass), underpin.sees_every_row('"public"."orders_underpin_new"'::regclass) FROM underpin.migration WHERE name = :migration AND epoch = :epoch FOR UPDATE
), sample AS MATERIALIZED (
  SELECT "id"
  FROM "public"."orders"
    TABLESAMPLE SYSTEM (least(100, 100.0 * 300 / greatest(1, pg_relation_size('"public"."orders"'::regclass) / 8192)))
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
           THEN (SELECT jsonb_build_array(underpin.key_text(u."id")) FROM ((SELECT t."id" FROM "public"."orders" AS t ORDER BY t."id" LIMIT 1) UNION ALL (SELECT t."id" FROM "public"."orders_underpin_new" AS t ORDER BY t."id" LIMIT 1)) AS u ORDER BY u."id" LIMIT 1)
           ELSE (SELECT jsonb_build_array(underpin.key_text(u."id")) FROM ((SELECT t."id" FROM "public"."orders" AS t WHERE t."id" > (b.lower ->> 0)::bigint ORDER BY t."id" LIMIT 1) UNION ALL (SELECT t."id" FROM "public"."orders_underpin_new" AS t WHERE t."id" > (b.lower ->> 0)::bigint ORDER BY t."id" LIMIT 1)) AS u ORDER BY u."id" LIMIT 1) END,
         coalesce(b.upper, (SELECT jsonb_build_array(underpin.key_text(u."id")) FROM ((SELECT t."id" FROM "public"."orders" AS t ORDER BY t."id" DESC LIMIT 1) UNION ALL (SELECT t."id" FROM "public"."orders_underpin_new" AS t ORDER BY t."id" DESC LIMIT 1)) AS u ORDER BY u."id" DESC LIMIT 1))
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
         set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."orders"'::regclass), underpin.sees_every_row('"public"."orders_underpin_new"'::regclass)
  FROM underpin.checkpoint
  WHERE migration = ($1 ->> 'migration') AND purpose = ($1 ->> 'purpose') AND start = ($1 ->> 'start')::bigint AND n = ($1 ->> 'n')::bigint
    AND shard = ($1 ->> 'shard')::integer AND epoch = ($1 ->> 'epoch')::bigint AND next IS NOT NULL
  FOR UPDATE
), ends AS MATERIALIZED (
  SELECT "id" AS key_1, row_number() OVER () AS nth
  FROM (
    SELECT "id"
    FROM "public"."orders"
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
  INSERT INTO "public"."orders_underpin_new" AS t ("id", "user_id", "amount", "currency", "status", "created_at")
  SELECT "id", "user_id", "amount", "currency", "status", "created_at"
  FROM "public"."orders"
  WHERE "id" >= (SELECT lo_1 FROM range)
    AND "id" <= (SELECT hi_1 FROM range)
  ORDER BY "id"
  FOR SHARE
  ON CONFLICT ("id", "created_at") DO UPDATE
  SET "id" = excluded."id", "user_id" = excluded."user_id", "amount" = excluded."amount", "currency" = excluded."currency", "status" = excluded."status", "created_at" = excluded."created_at"
  WHERE record_image_ne(ROW(t."id", t."user_id", t."amount", t."currency", t."status", t."created_at"), ROW(excluded."id", excluded."user_id", excluded."amount", excluded."currency", excluded."status", excluded."created_at"))
$write$,
$count$
WITH range AS MATERIALIZED (
  SELECT (next ->> 0)::bigint AS lo_1, ($2 ->> 0)::bigint AS hi_1
  FROM underpin.checkpoint
  WHERE migration = ($1 ->> 'migration') AND purpose = ($1 ->> 'purpose') AND start = ($1 ->> 'start')::bigint AND n = ($1 ->> 'n')::bigint
    AND shard = ($1 ->> 'shard')::integer AND epoch = ($1 ->> 'epoch')::bigint
)
SELECT count(*) FROM "public"."orders" WHERE "id" >= (SELECT lo_1 FROM range)
    AND "id" <= (SELECT hi_1 FROM range)
$count$);

-- check
WITH fence AS MATERIALIZED (
  SELECT (next ->> 0)::bigint AS lo_1,
         (upper ->> 0)::bigint AS upper_1,
         set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."orders"'::regclass), underpin.sees_every_row('"public"."orders_underpin_new"'::regclass)
  FROM underpin.checkpoint
  WHERE migration = :migration AND purpose = :purpose AND start = :start AND n = :n
    AND shard = :shard AND epoch = :epoch AND next IS NOT NULL
  FOR UPDATE
), ends AS MATERIALIZED (
  SELECT "id" AS key_1, row_number() OVER () AS nth
  FROM (
    SELECT "id"
    FROM "public"."orders"
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
  FROM (SELECT "id", "user_id", "amount", "currency", "status", "created_at" FROM "public"."orders" WHERE "id" >= (SELECT lo_1 FROM range) AND "id" <= coalesce((SELECT next_1 FROM range), (SELECT upper_1 FROM fence))
      AND ((SELECT next_1 FROM range) IS NULL OR "id" <> (SELECT next_1 FROM range))) AS a
  FULL JOIN (SELECT "id", "user_id", "amount", "currency", "status", "created_at" FROM "public"."orders_underpin_new" WHERE "id" >= (SELECT lo_1 FROM range) AND "id" <= coalesce((SELECT next_1 FROM range), (SELECT upper_1 FROM fence))
      AND ((SELECT next_1 FROM range) IS NULL OR "id" <> (SELECT next_1 FROM range))) AS b ON a."id" = b."id" AND a."created_at" = b."created_at"
  WHERE a."id" IS NULL OR b."id" IS NULL OR record_image_ne(a, b)
), moved AS (
  UPDATE underpin.checkpoint
  SET next = (SELECT CASE WHEN next_1 IS NOT NULL THEN jsonb_build_array(underpin.key_text(next_1)) END FROM range),
      rows = rows + CASE WHEN (SELECT whole FROM range) THEN :rows::bigint
                         ELSE (SELECT count(*) FROM "public"."orders" WHERE "id" >= (SELECT lo_1 FROM range) AND "id" <= (SELECT hi_1 FROM range)) END,
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
         set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."orders"'::regclass), underpin.sees_every_row('"public"."orders_underpin_new"'::regclass)
  FROM underpin.checkpoint
  WHERE migration = :migration AND purpose = :purpose AND start = :start AND n = :n
    AND shard = :shard AND epoch = :epoch AND next IS NOT NULL
  FOR UPDATE
), ends AS MATERIALIZED (
  SELECT "id" AS key_1, row_number() OVER () AS nth
  FROM (
    SELECT "id"
    FROM "public"."orders"
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
                         ELSE (SELECT count(*) FROM "public"."orders" WHERE "id" >= (SELECT lo_1 FROM range) AND "id" <= (SELECT hi_1 FROM range)) END,
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
  SELECT name, set_config('lock_timeout', :lock_timeout, true), set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."orders"'::regclass), underpin.sees_every_row('"public"."orders_underpin_new"'::regclass)
  FROM underpin.migration
  WHERE name = :migration AND epoch = :epoch
  FOR UPDATE
), written AS (
  INSERT INTO "public"."orders_underpin_new" AS t ("id", "user_id", "amount", "currency", "status", "created_at")
  SELECT "id", "user_id", "amount", "currency", "status", "created_at"
  FROM "public"."orders"
  WHERE "id" = ((:key)::jsonb ->> 0)::bigint
    AND (SELECT count(*) FROM fence) = 1
  ORDER BY "id"
  FOR SHARE
  ON CONFLICT ("id", "created_at") DO UPDATE
  SET "id" = excluded."id", "user_id" = excluded."user_id", "amount" = excluded."amount", "currency" = excluded."currency", "status" = excluded."status", "created_at" = excluded."created_at"
  WHERE record_image_ne(ROW(t."id", t."user_id", t."amount", t."currency", t."status", t."created_at"), ROW(excluded."id", excluded."user_id", excluded."amount", excluded."currency", excluded."status", excluded."created_at"))
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
SELECT coalesce(a."id", b."id") AS "id", coalesce(a."created_at", b."created_at") AS "created_at"
  FROM (SELECT "id", "user_id", "amount", "currency", "status", "created_at" FROM "public"."orders") AS a
  FULL JOIN (SELECT "id", "user_id", "amount", "currency", "status", "created_at" FROM "public"."orders_underpin_new") AS b ON a."id" = b."id" AND a."created_at" = b."created_at"
  WHERE a."id" IS NULL OR b."id" IS NULL OR record_image_ne(a, b)
  LIMIT 1000;

---- the comparison once the names are exchanged ----

-- cut
WITH fence AS MATERIALIZED (
  SELECT name, epoch, underpin.sees_every_row('"public"."orders"'::regclass), underpin.sees_every_row('"public"."orders_underpin_old"'::regclass) FROM underpin.migration WHERE name = :migration AND epoch = :epoch FOR UPDATE
), sample AS MATERIALIZED (
  SELECT "id", "created_at"
  FROM "public"."orders_underpin_old"
    TABLESAMPLE SYSTEM (least(100, 100.0 * 300 / greatest(1, pg_relation_size('"public"."orders_underpin_old"'::regclass) / 8192)))
), ranked AS (
  SELECT "id", "created_at", ntile(:shards::integer) OVER (ORDER BY "id", "created_at") AS "underpin tile" FROM sample
), bounds AS (
  SELECT "underpin tile" AS tile, jsonb_build_array(underpin.key_text(last."id"), underpin.key_text(last."created_at")) AS bound
  FROM (
    SELECT DISTINCT ON ("underpin tile") *
    FROM ranked
    ORDER BY "underpin tile", "id" DESC, "created_at" DESC
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
           THEN (SELECT jsonb_build_array(underpin.key_text(u."id"), underpin.key_text(u."created_at")) FROM ((SELECT t."id", t."created_at" FROM "public"."orders" AS t ORDER BY t."id", t."created_at" LIMIT 1) UNION ALL (SELECT t."id", t."created_at" FROM "public"."orders_underpin_old" AS t ORDER BY t."id", t."created_at" LIMIT 1)) AS u ORDER BY u."id", u."created_at" LIMIT 1)
           ELSE (SELECT jsonb_build_array(underpin.key_text(u."id"), underpin.key_text(u."created_at")) FROM ((SELECT t."id", t."created_at" FROM "public"."orders" AS t WHERE (t."id", t."created_at") > ((b.lower ->> 0)::bigint, (b.lower ->> 1)::timestamp with time zone) ORDER BY t."id", t."created_at" LIMIT 1) UNION ALL (SELECT t."id", t."created_at" FROM "public"."orders_underpin_old" AS t WHERE (t."id", t."created_at") > ((b.lower ->> 0)::bigint, (b.lower ->> 1)::timestamp with time zone) ORDER BY t."id", t."created_at" LIMIT 1)) AS u ORDER BY u."id", u."created_at" LIMIT 1) END,
         coalesce(b.upper, (SELECT jsonb_build_array(underpin.key_text(u."id"), underpin.key_text(u."created_at")) FROM ((SELECT t."id", t."created_at" FROM "public"."orders" AS t ORDER BY t."id" DESC, t."created_at" DESC LIMIT 1) UNION ALL (SELECT t."id", t."created_at" FROM "public"."orders_underpin_old" AS t ORDER BY t."id" DESC, t."created_at" DESC LIMIT 1)) AS u ORDER BY u."id" DESC, u."created_at" DESC LIMIT 1))
  FROM fence AS f CROSS JOIN pieces AS b
  WHERE NOT EXISTS (SELECT FROM underpin.checkpoint WHERE migration = :migration AND purpose = :purpose AND start = :start AND n = :n)
  ON CONFLICT DO NOTHING
  RETURNING shard
)
SELECT json_build_object('held', (SELECT count(*) FROM fence), 'cut', (SELECT count(*) FROM cut))::text;

-- check
WITH fence AS MATERIALIZED (
  SELECT (next ->> 0)::bigint AS lo_1, (next ->> 1)::timestamp with time zone AS lo_2,
         (upper ->> 0)::bigint AS upper_1, (upper ->> 1)::timestamp with time zone AS upper_2,
         set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."orders"'::regclass), underpin.sees_every_row('"public"."orders_underpin_old"'::regclass)
  FROM underpin.checkpoint
  WHERE migration = :migration AND purpose = :purpose AND start = :start AND n = :n
    AND shard = :shard AND epoch = :epoch AND next IS NOT NULL
  FOR UPDATE
), ends AS MATERIALIZED (
  SELECT "id" AS key_1, "created_at" AS key_2, row_number() OVER () AS nth
  FROM (
    SELECT "id", "created_at"
    FROM "public"."orders"
    WHERE ("id", "created_at") >= ((SELECT lo_1 FROM fence), (SELECT lo_2 FROM fence))
      AND ("id", "created_at") <= ((SELECT upper_1 FROM fence), (SELECT upper_2 FROM fence))
    ORDER BY "id", "created_at"
    OFFSET :rows::bigint - 1 LIMIT 2
  ) AS two
), range AS MATERIALIZED (
  SELECT clock_timestamp() AS began, set_config('lock_timeout', :lock_timeout, true),
         lo_1, lo_2,
         coalesce((SELECT key_1 FROM ends WHERE nth = 1), upper_1) AS hi_1, coalesce((SELECT key_2 FROM ends WHERE nth = 1), upper_2) AS hi_2,
         (SELECT key_1 FROM ends WHERE nth = 2) AS next_1, (SELECT key_2 FROM ends WHERE nth = 2) AS next_2,
         EXISTS (SELECT FROM ends) AS whole
  FROM fence
), checked AS MATERIALIZED (
  SELECT count(*) AS mismatches
  FROM (SELECT "id", "user_id", "amount", "currency", "status", "created_at" FROM "public"."orders" WHERE ("id", "created_at") >= ((SELECT lo_1 FROM range), (SELECT lo_2 FROM range)) AND ("id", "created_at") <= (coalesce((SELECT next_1 FROM range), (SELECT upper_1 FROM fence)), coalesce((SELECT next_2 FROM range), (SELECT upper_2 FROM fence)))
      AND ((SELECT next_1 FROM range) IS NULL OR ("id", "created_at") <> ((SELECT next_1 FROM range), (SELECT next_2 FROM range)))) AS a
  FULL JOIN (SELECT "id", "user_id", "amount", "currency", "status", "created_at" FROM "public"."orders_underpin_old" WHERE ("id", "created_at") >= ((SELECT lo_1 FROM range), (SELECT lo_2 FROM range)) AND ("id", "created_at") <= (coalesce((SELECT next_1 FROM range), (SELECT upper_1 FROM fence)), coalesce((SELECT next_2 FROM range), (SELECT upper_2 FROM fence)))
      AND ((SELECT next_1 FROM range) IS NULL OR ("id", "created_at") <> ((SELECT next_1 FROM range), (SELECT next_2 FROM range)))) AS b ON a."id" = b."id" AND a."created_at" = b."created_at"
  WHERE a."id" IS NULL OR b."id" IS NULL OR record_image_ne(a, b)
), moved AS (
  UPDATE underpin.checkpoint
  SET next = (SELECT CASE WHEN next_1 IS NOT NULL THEN jsonb_build_array(underpin.key_text(next_1), underpin.key_text(next_2)) END FROM range),
      rows = rows + CASE WHEN (SELECT whole FROM range) THEN :rows::bigint
                         ELSE (SELECT count(*) FROM "public"."orders" WHERE ("id", "created_at") >= ((SELECT lo_1 FROM range), (SELECT lo_2 FROM range)) AND ("id", "created_at") <= ((SELECT hi_1 FROM range), (SELECT hi_2 FROM range))) END,
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
  SELECT (next ->> 0)::bigint AS lo_1, (next ->> 1)::timestamp with time zone AS lo_2,
         (upper ->> 0)::bigint AS upper_1, (upper ->> 1)::timestamp with time zone AS upper_2,
         set_config('underpin.worker', 'on', true), underpin.sees_every_row('"public"."orders"'::regclass), underpin.sees_every_row('"public"."orders_underpin_old"'::regclass)
  FROM underpin.checkpoint
  WHERE migration = :migration AND purpose = :purpose AND start = :start AND n = :n
    AND shard = :shard AND epoch = :epoch AND next IS NOT NULL
  FOR UPDATE
), ends AS MATERIALIZED (
  SELECT "id" AS key_1, "created_at" AS key_2, row_number() OVER () AS nth
  FROM (
    SELECT "id", "created_at"
    FROM "public"."orders"
    WHERE ("id", "created_at") >= ((SELECT lo_1 FROM fence), (SELECT lo_2 FROM fence))
      AND ("id", "created_at") <= ((SELECT upper_1 FROM fence), (SELECT upper_2 FROM fence))
    ORDER BY "id", "created_at"
    OFFSET :rows::bigint - 1 LIMIT 2
  ) AS two
), range AS MATERIALIZED (
  SELECT clock_timestamp() AS began, set_config('lock_timeout', :lock_timeout, true),
         lo_1, lo_2,
         coalesce((SELECT key_1 FROM ends WHERE nth = 1), upper_1) AS hi_1, coalesce((SELECT key_2 FROM ends WHERE nth = 1), upper_2) AS hi_2,
         (SELECT key_1 FROM ends WHERE nth = 2) AS next_1, (SELECT key_2 FROM ends WHERE nth = 2) AS next_2,
         EXISTS (SELECT FROM ends) AS whole
  FROM fence
), stubborn AS (
  INSERT INTO underpin.stubborn_row (migration, key, sqlstate)
  SELECT :migration, jsonb_build_array(underpin.key_text(hi_1), underpin.key_text(hi_2)), :sqlstate FROM range WHERE whole
  ON CONFLICT (migration, key) DO UPDATE SET sqlstate = excluded.sqlstate, attempts = stubborn_row.attempts + 1
), moved AS (
  UPDATE underpin.checkpoint
  SET next = (SELECT CASE WHEN next_1 IS NOT NULL THEN jsonb_build_array(underpin.key_text(next_1), underpin.key_text(next_2)) END FROM range),
      rows = rows + CASE WHEN (SELECT whole FROM range) THEN :rows::bigint
                         ELSE (SELECT count(*) FROM "public"."orders" WHERE ("id", "created_at") >= ((SELECT lo_1 FROM range), (SELECT lo_2 FROM range)) AND ("id", "created_at") <= ((SELECT hi_1 FROM range), (SELECT hi_2 FROM range))) END,
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
SELECT coalesce(a."id", b."id") AS "id", coalesce(a."created_at", b."created_at") AS "created_at"
  FROM (SELECT "id", "user_id", "amount", "currency", "status", "created_at" FROM "public"."orders") AS a
  FULL JOIN (SELECT "id", "user_id", "amount", "currency", "status", "created_at" FROM "public"."orders_underpin_old") AS b ON a."id" = b."id" AND a."created_at" = b."created_at"
  WHERE a."id" IS NULL OR b."id" IS NULL OR record_image_ne(a, b)
  LIMIT 1000;
