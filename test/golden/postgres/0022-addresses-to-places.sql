-- addresses-to-places: what runs on PostgreSQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: not checked which statements would fail through the view: run CREATE EXTENSION pg_stat_statements in this database

-- warning: while public.addresses is a view, these fail by that name: COPY in either direction, TRUNCATE, CREATE INDEX, ALTER TABLE, CLUSTER, REINDEX, a new trigger or foreign key to it, COMMENT ON TABLE, ON CONFLICT ON CONSTRAINT, ctid, xmin and tableoid, WHERE CURRENT OF, TABLESAMPLE, a GROUP BY that names the primary key and leaves other columns out

-- warning: tools that ask the catalog for the table public.addresses find a view: ORMs that read its primary key or sequence at their start, pg_get_serial_sequence, schema comparisons, dumps of that table alone. VACUUM and ANALYZE of that name do nothing

-- warning: a view or a function with a parsed body (BEGIN ATOMIC) that is made on public.addresses while it is a view is carried over to the table in the end, and by a rollback; what cannot be carried over (a materialized view, a policy, a use of its row type, what belongs to another role), or would go with the view (a rule, a trigger or a default of its own), shuts the gates and stops a rollback until it is dropped

-- warning: what is granted on public.addresses while it is a view is lost with the view: grant before the start, or after the contract

-- warning: indexes, constraints and sequences of public.addresses keep their names

---- phase expand ----

-- rename addresses to places, and put a view in its place (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."addresses"
  RENAME TO "places";
DO $planned$
DECLARE
  unlike text;
BEGIN
  WITH planned (what) AS (
    VALUES ('owner postgres'), ('column id'), ('column user_id'), ('column street'), ('column zip'), ('column city'), ('column created_at')
  ), found (what) AS (
    SELECT 'owner ' || pg_get_userbyid(relowner) FROM pg_class WHERE oid = '"public"."places"'::regclass
    UNION
    SELECT 'column ' || attname FROM pg_attribute WHERE attrelid = '"public"."places"'::regclass AND attnum > 0 AND NOT attisdropped
    UNION
    SELECT g.privilege_type || ' to ' || CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee) END || CASE WHEN g.is_grantable THEN ', grantable' ELSE '' END
    FROM pg_class CROSS JOIN LATERAL aclexplode(relacl) AS g
    WHERE oid = '"public"."places"'::regclass AND g.grantee <> relowner AND g.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
    UNION
    SELECT g.privilege_type || ' (' || attname || ') to ' || CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee) END || CASE WHEN g.is_grantable THEN ', grantable' ELSE '' END
    FROM pg_attribute CROSS JOIN LATERAL aclexplode(attacl) AS g
    WHERE attrelid = '"public"."places"'::regclass AND NOT attisdropped AND g.privilege_type <> 'REFERENCES'
    UNION
    SELECT 'rule ' || rulename FROM pg_rewrite WHERE ev_class = '"public"."places"'::regclass
    UNION
    SELECT 'subscription ' || subname FROM pg_subscription_rel JOIN pg_subscription AS s ON s.oid = srsubid WHERE srrelid = '"public"."places"'::regclass
    UNION
    SELECT 'publication ' || pubname FROM pg_publication_tables WHERE schemaname = 'public' AND tablename = 'places'
  )
  SELECT string_agg(what || CASE WHEN is_new THEN ' is new' ELSE ' is gone' END, '; ' ORDER BY what)
  INTO unlike
  FROM (
    SELECT what, true AS is_new FROM (SELECT what FROM found EXCEPT SELECT what FROM planned) AS more
    UNION ALL
    SELECT what, false FROM (SELECT what FROM planned EXCEPT SELECT what FROM found) AS less
  ) AS odd;
  IF unlike IS NOT NULL THEN
    RAISE EXCEPTION '% is not as it was planned: %', 'addresses', unlike
      USING ERRCODE = 'UP005';
  END IF;
END
$planned$;
CREATE VIEW "public"."addresses" WITH (security_invoker = true) AS
  SELECT "id", "user_id", "street", "zip", "city", "created_at"
  FROM "public"."places";
ALTER VIEW "public"."addresses" OWNER TO "postgres";

---- undo of expand ----

-- drop the view, and rename places to addresses (lock: ACCESS EXCLUSIVE)
DO $readers$
BEGIN
  PERFORM underpin.lock_readers_first('"public"."addresses"');
END
$readers$;
ALTER VIEW "public"."addresses"
  RENAME TO "underpin_leaving_addresses";
ALTER TABLE "public"."places"
  RENAME TO "addresses";
DO $carried$
BEGIN
  PERFORM underpin.carry_over('"public"."underpin_leaving_addresses"', '"public"."addresses"', '{}');
END
$carried$;
DROP VIEW "public"."underpin_leaving_addresses";

---- phase quarantine ----

-- hide the view addresses (lock: ACCESS EXCLUSIVE)
ALTER VIEW "public"."addresses"
  RENAME TO "underpin_quarantined_addresses";

---- undo of quarantine ----

-- bring the view addresses back (lock: ACCESS EXCLUSIVE)
ALTER VIEW "public"."underpin_quarantined_addresses"
  RENAME TO "addresses";

---- phase contract ----

-- drop the view addresses (lock: ACCESS EXCLUSIVE)
DO $readers$
BEGIN
  PERFORM underpin.lock_readers_first('"public"."underpin_quarantined_addresses"');
END
$readers$;
DO $carried$
BEGIN
  PERFORM underpin.carry_over('"public"."underpin_quarantined_addresses"', '"public"."places"', '{}');
END
$carried$;
DROP VIEW "public"."underpin_quarantined_addresses";

---- undo of contract ----

-- cannot be undone: public.addresses is called places
