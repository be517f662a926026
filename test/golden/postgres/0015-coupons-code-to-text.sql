-- coupons-code-to-text: what runs on PostgreSQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: coupons.code is changed in the catalog alone: no row is written or read, so there is nothing to copy, to compare or to wait for

-- warning: a rollback leaves coupons.code as text, which holds all that character varying(32) does: the way back would rewrite the whole table

-- warning: a prepared statement that returns public.coupons.code fails once after expand in each session, as after any change of a type (0A000, cached plan must not change result type). Most drivers prepare it again outside transactions; otherwise end the sessions after expand

---- phase expand ----

-- make code text, in the catalog alone (lock: ACCESS EXCLUSIVE)
LOCK TABLE "public"."coupons" IN ACCESS EXCLUSIVE MODE;
DO $asked$
BEGIN
  PERFORM underpin.retyped_in_catalog('"public"."coupons"', 'code', 'text');
END
$asked$;
ALTER TABLE "public"."coupons"
  ALTER COLUMN "code" TYPE text;

---- undo of expand ----

---- phase verify ----

-- analyze coupons (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin coupons-code-to-text analyze */
DO $analyze$
BEGIN
  ANALYZE "public"."coupons";
  -- By hand there is no ledger.
  IF to_regclass('underpin.event') IS NOT NULL THEN
    INSERT INTO underpin.event (migration, epoch, what)
    SELECT name, epoch, 'analyzed' FROM underpin.migration WHERE name = 'coupons-code-to-text';
  END IF;
END
$analyze$;
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN EXISTS (SELECT FROM underpin.event AS e JOIN underpin.migration AS m ON m.name = e.migration AND m.epoch = e.epoch
               WHERE m.name = 'coupons-code-to-text' AND e.what = 'analyzed') THEN 'done'
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin coupons-code-to-text analyze */')) THEN 'running'
  ELSE 'absent' END)::text;

---- undo of verify ----
