/**
 * What PostgreSQL prints behind the table's name of an index `i`, whose pg_class is `x`; schema and table as SQL. A plan has
 * it from an empty copy of the table, with a tablespace, which PostgreSQL does not print: likeness.ts, tried-rule.ts.
 */
export const indexDefinition = (
  schema: string,
  table: string,
): string => `(SELECT left(d.text, length(d.text) - length(d.predicate))
  || coalesce(' TABLESPACE ' || quote_ident((SELECT spcname FROM pg_tablespace WHERE oid = x.reltablespace)), '') || d.predicate
  FROM (SELECT substr(p.printed, strpos(p.printed, format(' ON %s.%s ', quote_ident(${schema}), quote_ident(${table})))
                      + length(format(' ON %s.%s ', quote_ident(${schema}), quote_ident(${table})))) AS text,
               coalesce(' WHERE ' || pg_get_expr(i.indpred, i.indrelid), '') AS predicate
        -- That of a partitioned table stands behind ONLY.
        FROM (SELECT CASE WHEN x.relkind = 'I' THEN regexp_replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
                     ELSE pg_get_indexdef(i.indexrelid) END AS printed) AS p) AS d)`;
