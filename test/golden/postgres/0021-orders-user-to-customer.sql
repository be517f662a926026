-- orders-user-to-customer: what runs on PostgreSQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: not checked which statements would fail through the view: run CREATE EXTENSION pg_stat_statements in this database

-- warning: while public.orders is a view, these fail by that name: COPY in either direction, TRUNCATE, CREATE INDEX, ALTER TABLE, CLUSTER, REINDEX, a new trigger or foreign key to it, COMMENT ON TABLE, ON CONFLICT ON CONSTRAINT, ctid, xmin and tableoid, WHERE CURRENT OF, TABLESAMPLE, a GROUP BY that names the primary key and leaves other columns out

-- warning: tools that ask the catalog for the table public.orders find a view: ORMs that read its primary key or sequence at their start, pg_get_serial_sequence, schema comparisons, dumps of that table alone. VACUUM and ANALYZE of that name do nothing

-- warning: a prepared SELECT * or RETURNING * over public.orders fails whenever the columns of that name change: from expand, from the quarantine and from the contract on (0A000, cached plan must not change result type), until it is prepared anew. Name its columns before the start

-- warning: what is granted on public.orders while it is a view is lost with the view: grant before the start, or after the contract

---- phase expand ----

-- put a view in the place of orders, with user_id under both names (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."orders"
  RENAME TO "underpin_base_orders";
CREATE VIEW "public"."orders" WITH (security_invoker = true) AS
  SELECT "id", "user_id", "amount", "currency", "status", "created_at", "user_id" AS "customer_id"
  FROM "public"."underpin_base_orders";
ALTER VIEW "public"."orders" OWNER TO "postgres";

---- undo of expand ----

-- put the table orders back in the place of the view (lock: ACCESS EXCLUSIVE)
DROP VIEW "public"."orders";
ALTER TABLE "public"."underpin_base_orders"
  RENAME TO "orders";

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
DROP VIEW "public"."orders";
ALTER TABLE "public"."underpin_base_orders"
  RENAME COLUMN "user_id" TO "customer_id";
ALTER TABLE "public"."underpin_base_orders"
  RENAME TO "orders";

---- undo of contract ----

-- cannot be undone: orders.user_id is called customer_id
