/** What partitions have on a column beside what they have from their table, which a copy of the table does not show: `what`, in words. */
export const aloneInPartitions = (
  table: string,
  column: string,
): string => `SELECT pg_describe_object(d.classid, d.objid, d.objsubid) AS what
    FROM pg_partition_tree(${table}) AS t
    JOIN pg_attribute AS c ON c.attrelid = t.relid AND c.attname = ${column}
    JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = t.relid AND d.refobjsubid = c.attnum
    WHERE t.relid <> ${table}
      AND NOT EXISTS (SELECT FROM pg_inherits AS i WHERE d.classid = 'pg_class'::regclass AND i.inhrelid = d.objid)
      AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
                      AND (k.coninhcount > 0 OR k.conparentid <> 0))
      AND NOT EXISTS (SELECT FROM pg_trigger AS g WHERE d.classid = 'pg_trigger'::regclass AND g.oid = d.objid AND g.tgparentid <> 0)
      AND NOT EXISTS (
        SELECT FROM pg_attrdef AS o
        JOIN pg_attribute AS b ON b.attrelid = ${table} AND b.attname = ${column}
        JOIN pg_attrdef AS f ON f.adrelid = ${table} AND f.adnum = b.attnum
        WHERE d.classid = 'pg_attrdef'::regclass AND o.oid = d.objid
          AND pg_get_expr(o.adbin, o.adrelid) = pg_get_expr(f.adbin, f.adrelid))`;

// A part of underpin.likeness(): it speaks of its variables (source, from_column).

/**
 * What ties a column of a partitioned table to its partitions: a key that rows are divided by, and what a partition has on
 * the column beside what it has from its table.
 */
export const inPartitions = `  RETURN QUERY
    SELECT json_build_object('kind', 'in partitions', 'what', format('belongs to the key that %s is partitioned by', t.relid))::text
    FROM pg_partition_tree(source) AS t
    JOIN pg_partitioned_table AS p ON p.partrelid = t.relid
    JOIN pg_attribute AS a ON a.attrelid = t.relid AND a.attname = from_column
    WHERE a.attnum = ANY (p.partattrs::smallint[]) OR p.partexprs::text ~ format(':varattno %s ', a.attnum)
    UNION ALL
    SELECT json_build_object('kind', 'in partitions', 'what', format('has %s beside what its table has', s.what))::text
    FROM (${aloneInPartitions('source', 'from_column')}) AS s;`;
