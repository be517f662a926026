-- orders-drop-open-index: what runs on PostgreSQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: orders_open (8.19 kB) was not used by any query on this server since the server began to count; replicas count for themselves

---- phase verify ----

-- note that orders_open is dropped (lock: none)

-- drop orders_open (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin orders-drop-open-index orders_open */
DROP INDEX CONCURRENTLY "public"."orders_open";
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin orders-drop-open-index orders_open */')) THEN 'running'
  WHEN to_regclass('"public"."orders_open"') IS NULL THEN 'done'
  ELSE 'absent' END)::text;

---- undo of verify ----

-- build orders_open (lock: SHARE UPDATE EXCLUSIVE; runs beside the traffic)
/* underpin orders-drop-open-index orders_open */
CREATE INDEX CONCURRENTLY "orders_open"
  ON "public"."orders" USING btree (created_at) WHERE (status <> 'shipped'::text);
-- … is watched by:
SELECT json_build_object('state', CASE
  WHEN EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, '/* underpin orders-drop-open-index orders_open */')) OR EXISTS (
    SELECT FROM pg_stat_progress_create_index AS p WHERE p.relid = '"public"."orders"'::regclass AND p.index_relid = here.oid) THEN 'running'
  WHEN here.valid THEN 'done'
  WHEN here.oid IS NOT NULL THEN 'broken'
  ELSE 'absent' END)::text
FROM (SELECT) AS nothing
LEFT JOIN (
SELECT i.indexrelid AS oid, i.indisvalid AS valid
FROM pg_index AS i
JOIN pg_class AS x ON x.oid = i.indexrelid
WHERE i.indexrelid = to_regclass('"public"."orders_open"') AND i.indrelid = '"public"."orders"'::regclass
  AND (SELECT left(d.text, length(d.text) - length(d.predicate))
  || coalesce(' TABLESPACE ' || quote_ident((SELECT spcname FROM pg_tablespace WHERE oid = x.reltablespace)), '') || d.predicate
  FROM (SELECT substr(p.printed, strpos(p.printed, format(' ON %s.%s ', quote_ident('public'), quote_ident('orders')))
                      + length(format(' ON %s.%s ', quote_ident('public'), quote_ident('orders')))) AS text,
               coalesce(' WHERE ' || pg_get_expr(i.indpred, i.indrelid), '') AS predicate
        -- That of a partitioned table stands behind ONLY.
        FROM (SELECT CASE WHEN x.relkind = 'I' THEN regexp_replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
                     ELSE pg_get_indexdef(i.indexrelid) END AS printed) AS p) AS d) = 'USING btree (created_at) WHERE (status <> ''shipped''::text)'
) AS here ON true;
-- … if it failed, first:
DROP INDEX CONCURRENTLY IF EXISTS "public"."orders_open";
