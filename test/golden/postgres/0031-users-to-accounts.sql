-- users-to-accounts: what runs on PostgreSQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: not checked which statements would fail through the view: run CREATE EXTENSION pg_stat_statements in this database

-- warning: while public.users is a view, these fail by that name: COPY in either direction, TRUNCATE, CREATE INDEX, ALTER TABLE, CLUSTER, REINDEX, a new trigger or foreign key to it, COMMENT ON TABLE, ON CONFLICT ON CONSTRAINT, ctid, xmin and tableoid, WHERE CURRENT OF, TABLESAMPLE, a GROUP BY that names the primary key and leaves other columns out

-- warning: tools that ask the catalog for the table public.users find a view: ORMs that read its primary key or sequence at their start, pg_get_serial_sequence, schema comparisons, dumps of that table alone. VACUUM and ANALYZE of that name do nothing

-- warning: a view or a function with a parsed body (BEGIN ATOMIC) that is made on public.users while it is a view is carried over to the table in the end, and by a rollback; what cannot be carried over (a materialized view, a policy, a use of its row type, what belongs to another role), or would go with the view (a rule, a trigger or a default of its own), shuts the gates and stops a rollback until it is dropped

-- warning: what is granted on public.users while it is a view is lost with the view: grant before the start, or after the contract

-- warning: indexes, constraints, triggers, policies and rights of public.users go with it, under the names that they have

-- warning: the sequence public.users_id_seq of the identity column id is accounts.users_id_seq from expand on: nextval, currval and setval by its old name fail, and pg_stat_statements does not show who calls them

-- warning: without a schema, users is not found any more from the quarantine on by role postgres: write accounts.users, or set a search_path that has accounts

-- warning: a search_path that an application sets for itself is not seen here

---- phase expand ----

-- move users to accounts, and put a view in its place (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."users"
  SET SCHEMA "accounts";
DO $planned$
DECLARE
  unlike text;
BEGIN
  WITH planned (what) AS (
    VALUES ('owner postgres'), ('column id'), ('column email'), ('column name'), ('column country'), ('column last_seen'), ('column created_at')
  ), found (what) AS (
    SELECT 'owner ' || pg_get_userbyid(relowner) FROM pg_class WHERE oid = '"accounts"."users"'::regclass
    UNION
    SELECT 'column ' || attname FROM pg_attribute WHERE attrelid = '"accounts"."users"'::regclass AND attnum > 0 AND NOT attisdropped
    UNION
    SELECT g.privilege_type || ' to ' || CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee) END || CASE WHEN g.is_grantable THEN ', grantable' ELSE '' END
    FROM pg_class CROSS JOIN LATERAL aclexplode(relacl) AS g
    WHERE oid = '"accounts"."users"'::regclass AND g.grantee <> relowner AND g.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
    UNION
    SELECT g.privilege_type || ' (' || attname || ') to ' || CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee) END || CASE WHEN g.is_grantable THEN ', grantable' ELSE '' END
    FROM pg_attribute CROSS JOIN LATERAL aclexplode(attacl) AS g
    WHERE attrelid = '"accounts"."users"'::regclass AND NOT attisdropped AND g.privilege_type <> 'REFERENCES'
    UNION
    SELECT 'rule ' || rulename FROM pg_rewrite WHERE ev_class = '"accounts"."users"'::regclass
    UNION
    SELECT 'subscription ' || subname FROM pg_subscription_rel JOIN pg_subscription AS s ON s.oid = srsubid WHERE srrelid = '"accounts"."users"'::regclass
    UNION
    SELECT 'publication ' || pubname FROM pg_publication_tables WHERE schemaname = 'accounts' AND tablename = 'users'
    UNION
    SELECT 'publication ' || p.pubname
    FROM pg_publication_namespace AS n JOIN pg_publication AS p ON p.oid = n.pnpubid
    WHERE n.pnnspid = to_regnamespace('"public"')
  )
  SELECT string_agg(what || CASE WHEN is_new THEN ' is new' ELSE ' is gone' END, '; ' ORDER BY what)
  INTO unlike
  FROM (
    SELECT what, true AS is_new FROM (SELECT what FROM found EXCEPT SELECT what FROM planned) AS more
    UNION ALL
    SELECT what, false FROM (SELECT what FROM planned EXCEPT SELECT what FROM found) AS less
  ) AS odd;
  IF unlike IS NOT NULL THEN
    RAISE EXCEPTION '% is not as it was planned: %', 'users', unlike
      USING ERRCODE = 'UP005';
  END IF;
END
$planned$;
CREATE VIEW "public"."users" WITH (security_invoker = true) AS
  SELECT "id", "email", "name", "country", "last_seen", "created_at"
  FROM "accounts"."users";
ALTER VIEW "public"."users" OWNER TO "postgres";

---- undo of expand ----

-- drop the view, and move users back to public (lock: ACCESS EXCLUSIVE)
DO $readers$
BEGIN
  PERFORM underpin.lock_readers_first('"public"."users"');
END
$readers$;
ALTER VIEW "public"."users"
  RENAME TO "underpin_leaving_users";
ALTER TABLE "accounts"."users"
  SET SCHEMA "public";
DO $carried$
BEGIN
  PERFORM underpin.carry_over('"public"."underpin_leaving_users"', '"public"."users"', '{}');
END
$carried$;
DROP VIEW "public"."underpin_leaving_users";

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
DO $readers$
BEGIN
  PERFORM underpin.lock_readers_first('"public"."underpin_quarantined_users"');
END
$readers$;
DO $carried$
BEGIN
  PERFORM underpin.carry_over('"public"."underpin_quarantined_users"', '"accounts"."users"', '{}');
END
$carried$;
DROP VIEW "public"."underpin_quarantined_users";

---- undo of contract ----

-- cannot be undone: public.users is accounts.users
