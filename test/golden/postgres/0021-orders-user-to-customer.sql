-- orders-user-to-customer: what runs on PostgreSQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: not checked which statements would fail through the view: run CREATE EXTENSION pg_stat_statements in this database

-- warning: while public.orders is a view, these fail by that name: COPY in either direction, TRUNCATE, CREATE INDEX, ALTER TABLE, CLUSTER, REINDEX, a new trigger or foreign key to it, COMMENT ON TABLE, ON CONFLICT ON CONSTRAINT, ctid, xmin and tableoid, WHERE CURRENT OF, TABLESAMPLE, a GROUP BY that names the primary key and leaves other columns out

-- warning: tools that ask the catalog for the table public.orders find a view: ORMs that read its primary key or sequence at their start, pg_get_serial_sequence, schema comparisons, dumps of that table alone. VACUUM and ANALYZE of that name do nothing

-- warning: a prepared SELECT * or RETURNING * over public.orders fails whenever the columns of that name change: from expand, from the quarantine and from the contract on (0A000, cached plan must not change result type), until it is prepared again. Name its columns before the start

-- warning: a view or a function with a parsed body (BEGIN ATOMIC) that is made on public.orders while it is a view is carried over to the table in the end, and by a rollback; what cannot be carried over (a materialized view, a policy, a use of its row type, what belongs to another role), or would go with the view (a rule, a trigger or a default of its own), shuts the gates and stops a rollback until it is dropped

-- warning: what is granted on public.orders while it is a view is lost with the view: grant before the start, or after the contract

---- phase expand ----

-- put a view in the place of orders, with user_id under both names (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."orders"
  RENAME TO "underpin_base_orders";
DO $planned$
DECLARE
  unlike text;
BEGIN
  WITH planned (what) AS (
    VALUES ('owner postgres'), ('column id'), ('column user_id'), ('column amount'), ('column currency'), ('column status'), ('column created_at')
  ), found (what) AS (
    SELECT 'owner ' || pg_get_userbyid(relowner) FROM pg_class WHERE oid = '"public"."underpin_base_orders"'::regclass
    UNION
    SELECT 'column ' || attname FROM pg_attribute WHERE attrelid = '"public"."underpin_base_orders"'::regclass AND attnum > 0 AND NOT attisdropped
    UNION
    SELECT g.privilege_type || ' to ' || CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee) END || CASE WHEN g.is_grantable THEN ', grantable' ELSE '' END
    FROM pg_class CROSS JOIN LATERAL aclexplode(relacl) AS g
    WHERE oid = '"public"."underpin_base_orders"'::regclass AND g.grantee <> relowner AND g.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
    UNION
    SELECT g.privilege_type || ' (' || attname || ') to ' || CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee) END || CASE WHEN g.is_grantable THEN ', grantable' ELSE '' END
    FROM pg_attribute CROSS JOIN LATERAL aclexplode(attacl) AS g
    WHERE attrelid = '"public"."underpin_base_orders"'::regclass AND NOT attisdropped AND g.privilege_type <> 'REFERENCES'
    UNION
    SELECT 'rule ' || rulename FROM pg_rewrite WHERE ev_class = '"public"."underpin_base_orders"'::regclass
    UNION
    SELECT 'subscription ' || subname FROM pg_subscription_rel JOIN pg_subscription AS s ON s.oid = srsubid WHERE srrelid = '"public"."underpin_base_orders"'::regclass
    UNION
    SELECT 'publication ' || pubname FROM pg_publication_tables WHERE schemaname = 'public' AND tablename = 'underpin_base_orders'
  )
  SELECT string_agg(what || CASE WHEN is_new THEN ' is new' ELSE ' is gone' END, '; ' ORDER BY what)
  INTO unlike
  FROM (
    SELECT what, true AS is_new FROM (SELECT what FROM found EXCEPT SELECT what FROM planned) AS more
    UNION ALL
    SELECT what, false FROM (SELECT what FROM planned EXCEPT SELECT what FROM found) AS less
  ) AS odd;
  IF unlike IS NOT NULL THEN
    RAISE EXCEPTION '% is not as it was planned: %', 'orders', unlike
      USING ERRCODE = 'UP005';
  END IF;
END
$planned$;
CREATE VIEW "public"."orders" WITH (security_invoker = true) AS
  SELECT "id", "user_id", "amount", "currency", "status", "created_at", "user_id" AS "customer_id"
  FROM "public"."underpin_base_orders";
ALTER VIEW "public"."orders" OWNER TO "postgres";

---- undo of expand ----

-- put the table orders back in the place of the view (lock: ACCESS EXCLUSIVE)
DO $readers$
BEGIN
  PERFORM underpin.lock_readers_first('"public"."orders"');
END
$readers$;
ALTER VIEW "public"."orders"
  RENAME TO "underpin_leaving_orders";
ALTER TABLE "public"."underpin_base_orders"
  RENAME TO "orders";
DO $carried$
BEGIN
  PERFORM underpin.carry_over('"public"."underpin_leaving_orders"', '"public"."orders"', '{"customer_id":"user_id"}');
END
$carried$;
DROP VIEW "public"."underpin_leaving_orders";

---- phase quarantine ----

-- take the name user_id from the view (lock: ACCESS EXCLUSIVE)
ALTER VIEW "public"."orders"
  RENAME COLUMN "user_id" TO "underpin_quarantined_user_id";

---- undo of quarantine ----

-- give the view the name user_id back (lock: ACCESS EXCLUSIVE)
ALTER VIEW "public"."orders"
  RENAME COLUMN "underpin_quarantined_user_id" TO "user_id";

---- phase contract ----

-- drop the view, and rename user_id to customer_id for good (lock: ACCESS EXCLUSIVE)
DO $readers$
BEGIN
  PERFORM underpin.lock_readers_first('"public"."orders"');
END
$readers$;
ALTER VIEW "public"."orders"
  RENAME TO "underpin_leaving_orders";
ALTER TABLE "public"."underpin_base_orders"
  RENAME COLUMN "user_id" TO "customer_id";
ALTER TABLE "public"."underpin_base_orders"
  RENAME TO "orders";
DO $carried$
BEGIN
  PERFORM underpin.carry_over('"public"."underpin_leaving_orders"', '"public"."orders"', '{"underpin_quarantined_user_id":"customer_id"}');
END
$carried$;
DROP VIEW "public"."underpin_leaving_orders";

---- undo of contract ----

-- cannot be undone: orders.user_id is called customer_id
