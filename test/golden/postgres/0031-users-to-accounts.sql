-- users-to-accounts: what runs on PostgreSQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: not checked which statements would fail through the view: run CREATE EXTENSION pg_stat_statements in this database

-- warning: while public.users is a view, these fail by that name: COPY in either direction, TRUNCATE, CREATE INDEX, ALTER TABLE, CLUSTER, REINDEX, a new trigger or foreign key to it, COMMENT ON TABLE, ON CONFLICT ON CONSTRAINT, ctid, xmin and tableoid, WHERE CURRENT OF, TABLESAMPLE, a GROUP BY that names the primary key and leaves other columns out

-- warning: tools that ask the catalog for the table public.users find a view: ORMs that read its primary key or sequence at their start, pg_get_serial_sequence, schema comparisons, dumps of that table alone. VACUUM and ANALYZE of that name do nothing

-- warning: what is granted on public.users while it is a view is lost with the view: grant before the start, or after the contract

-- warning: indexes, constraints, triggers, policies and rights of public.users go with it, under the names that they have

-- warning: the sequence public.users_id_seq of the identity column id is accounts.users_id_seq from expand on: nextval, currval and setval by its old name fail, and pg_stat_statements does not show who calls them

-- warning: without a schema, users is not found any more from the quarantine on by role postgres: write accounts.users, or set a search_path that has accounts

-- warning: a search_path that an application sets for itself is not seen here

---- phase expand ----

-- move users to accounts, and put a view in its place (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."users"
  SET SCHEMA "accounts";
CREATE VIEW "public"."users" WITH (security_invoker = true) AS
  SELECT "id", "email", "name", "country", "last_seen", "created_at"
  FROM "accounts"."users";
ALTER VIEW "public"."users" OWNER TO "postgres";

---- undo of expand ----

-- drop the view, and move users back to public (lock: ACCESS EXCLUSIVE)
DROP VIEW "public"."users";
ALTER TABLE "accounts"."users"
  SET SCHEMA "public";

---- phase quarantine ----

-- hide the view users (lock: ACCESS EXCLUSIVE)
ALTER VIEW "public"."users"
  RENAME TO "underpin_quarantined_users";

---- undo of quarantine ----

-- bring the view users back (lock: ACCESS EXCLUSIVE)
ALTER VIEW "public"."underpin_quarantined_users"
  RENAME TO "users";

---- phase contract ----

-- drop the view users (lock: ACCESS EXCLUSIVE)
DROP VIEW "public"."underpin_quarantined_users";

---- undo of contract ----

-- cannot be undone: public.users is accounts.users
