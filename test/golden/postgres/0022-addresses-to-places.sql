-- addresses-to-places: what runs on PostgreSQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: not checked which statements would fail through the view: run CREATE EXTENSION pg_stat_statements in this database

-- warning: while public.addresses is a view, these fail by that name: COPY in either direction, TRUNCATE, CREATE INDEX, ALTER TABLE, CLUSTER, REINDEX, a new trigger or foreign key to it, COMMENT ON TABLE, ON CONFLICT ON CONSTRAINT, ctid, xmin and tableoid, WHERE CURRENT OF, TABLESAMPLE, a GROUP BY that names the primary key and leaves other columns out

-- warning: tools that ask the catalog for the table public.addresses find a view: ORMs that read its primary key or sequence at their start, pg_get_serial_sequence, schema comparisons, dumps of that table alone. VACUUM and ANALYZE of that name do nothing

-- warning: what is granted on public.addresses while it is a view is lost with the view: grant before the start, or after the contract

-- warning: indexes, constraints and sequences of public.addresses keep their names

---- phase expand ----

-- rename addresses to places, and put a view in its place (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."addresses"
  RENAME TO "places";
CREATE VIEW "public"."addresses" WITH (security_invoker = true) AS
  SELECT "id", "user_id", "street", "zip", "city", "created_at"
  FROM "public"."places";
ALTER VIEW "public"."addresses" OWNER TO "postgres";

---- undo of expand ----

-- drop the view, and rename places to addresses (lock: ACCESS EXCLUSIVE)
DROP VIEW "public"."addresses";
ALTER TABLE "public"."places"
  RENAME TO "addresses";

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
DROP VIEW "public"."underpin_quarantined_addresses";

---- undo of contract ----

-- cannot be undone: public.addresses is called places
