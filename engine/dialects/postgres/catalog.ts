import type { Statement } from '../../database.ts';
import type { TableName } from '../../spec.ts';
import { dollarQuoted, identifier, literal, qualified } from './quote.ts';

// Every column is cast to text or packed into JSON: the Data API refuses "char", regclass and int2vector.

/** The table, or no row. `kind` is pg_class.relkind. */
export const describeTable = (table: TableName): Statement => ({
  text: `SELECT json_build_object(
  'oid', c.oid::text, 'kind', c.relkind::text, 'partition', c.relispartition,
  'inherits', EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = c.oid OR i.inhparent = c.oid),
  'rows', CASE WHEN c.reltuples < 0 THEN -1 ELSE round(c.reltuples) END,
  'bytes', pg_table_size(c.oid),
  'owned', pg_has_role(c.relowner, 'USAGE'),
  'hidesRows', row_security_active(c.oid),
  'version', current_setting('server_version_num')::integer)::text
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = :schema AND c.relname = :name`,
  parameters: { schema: table.schema, name: table.name },
});

/** Names of tables that are there, for "did you mean". */
export const listTables = (): Statement => ({
  text: `SELECT json_build_object('schema', n.nspname, 'name', c.relname)::text
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'underpin')
ORDER BY 1
LIMIT 1000`,
});

/** `plain`: equal values of the type have one image, so that `=` cannot hide a difference. */
export const describeColumns = (table: TableName): Statement => ({
  text: `SELECT json_build_object(
  'name', a.attname,
  'type', format_type(a.atttypid, a.atttypmod),
  'collation', CASE WHEN a.attcollation <> 0 AND a.attcollation <> t.typcollation
                    THEN (SELECT quote_ident(n.nspname) || '.' || quote_ident(l.collname)
                          FROM pg_collation AS l JOIN pg_namespace AS n ON n.oid = l.collnamespace
                          WHERE l.oid = a.attcollation) END,
  'plain', t.typname IN ('bool', 'int2', 'int4', 'int8', 'text', 'varchar', 'uuid', 'date', 'timestamp', 'timestamptz',
                         'time', 'bytea') AND n.nspname = 'pg_catalog'
           AND coalesce((SELECT l.collisdeterministic FROM pg_collation AS l WHERE l.oid = a.attcollation), true),
  'notNull', a.attnotnull,
  'default', pg_get_expr(d.adbin, d.adrelid),
  'identity', a.attidentity::text <> '',
  'generated', a.attgenerated::text <> '',
  'inPrimaryKey', EXISTS (SELECT FROM pg_index AS i
                          WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey)),
  'inExclusion', EXISTS (SELECT FROM pg_index AS i
                         WHERE i.indrelid = a.attrelid AND i.indisexclusion
                           AND (a.attnum = ANY (i.indkey)
                                OR EXISTS (SELECT FROM pg_depend AS x
                                           WHERE x.classid = 'pg_class'::regclass AND x.objid = i.indexrelid
                                             AND x.refobjid = a.attrelid AND x.refobjsubid = a.attnum))),
  'comment', col_description(a.attrelid, a.attnum),
  'grants', (SELECT json_agg(json_build_object('grantee', CASE WHEN g.grantee = 0 THEN NULL ELSE pg_get_userbyid(g.grantee) END,
                                               'privilege', g.privilege_type, 'grantable', g.is_grantable))
             FROM aclexplode(a.attacl) AS g),
  'sequence', (SELECT quote_ident(sn.nspname) || '.' || quote_ident(s.relname)
               FROM pg_depend AS o
               JOIN pg_class AS s ON s.oid = o.objid AND s.relkind = 'S'
               JOIN pg_namespace AS sn ON sn.oid = s.relnamespace
               WHERE o.classid = 'pg_class'::regclass AND o.refclassid = 'pg_class'::regclass
                 AND o.refobjid = a.attrelid AND o.refobjsubid = a.attnum AND o.deptype = 'a'
               LIMIT 1))::text
FROM pg_class AS c
JOIN pg_namespace AS cn ON cn.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type AS t ON t.oid = a.atttypid
JOIN pg_namespace AS n ON n.oid = t.typnamespace
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE cn.nspname = :schema AND c.relname = :name
ORDER BY a.attnum`,
  parameters: { schema: table.schema, name: table.name },
});

/** The columns of the primary key, else of the narrowest valid unique index without NULLs; no row where there is none. */
export const describeKey = (table: TableName): Statement => ({
  text: `SELECT json_build_object('name', a.attname,
  'type', format_type(a.atttypid, a.atttypmod) ||
          CASE WHEN a.attcollation <> 0 AND a.attcollation <> t.typcollation
               THEN ' COLLATE ' || a.attcollation::regcollation::text ELSE '' END)::text
FROM (
  SELECT i.indexrelid, i.indrelid, i.indkey, i.indnkeyatts
  FROM pg_index AS i
  WHERE i.indrelid = ${regclass(table)}
    AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indimmediate
    AND NOT EXISTS (SELECT FROM pg_attribute AS a
                    WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) AND NOT a.attnotnull)
  ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid
  LIMIT 1
) AS k
CROSS JOIN generate_series(0, k.indnkeyatts - 1) AS position
JOIN pg_attribute AS a ON a.attrelid = k.indrelid AND a.attnum = k.indkey[position]
JOIN pg_type AS t ON t.oid = a.atttypid
ORDER BY position`,
});

/** Row-level BEFORE triggers of other people. */
export const describeTriggers = (table: TableName): Statement => ({
  text: `SELECT json_build_object('name', t.tgname)::text
FROM pg_trigger AS t
WHERE t.tgrelid = ${regclass(table)} AND NOT t.tgisinternal AND t.tgtype & 2 = 2 AND t.tgtype & 1 = 1
ORDER BY t.tgname`,
});

/**
 * What else hangs on a column and would stop it from being dropped, in PostgreSQL's own words: views, policies,
 * triggers, generated columns, functions with parsed bodies, publications. `blocks` tells what cannot be helped.
 */
export const describeDependents = (table: TableName, column: string): Statement => ({
  text: `SELECT json_build_object('what', pg_describe_object(d.classid, d.objid, d.objsubid),
  'foreignKey', coalesce(k.contype::text = 'f' AND k.conrelid <> d.refobjid, false))::text
FROM pg_depend AS d
JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
LEFT JOIN pg_constraint AS k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = ${regclass(table)} AND a.attname = :column
  AND NOT (d.classid = 'pg_class'::regclass AND d.objid <> d.refobjid AND d.deptype IN ('a', 'i', 'n')
           AND EXISTS (SELECT FROM pg_class AS x WHERE x.oid = d.objid AND x.relkind IN ('i', 'S')))
  AND NOT (d.classid = 'pg_constraint'::regclass AND k.conrelid = d.refobjid)
  AND NOT (d.classid = 'pg_attrdef'::regclass
           AND EXISTS (SELECT FROM pg_attrdef AS f WHERE f.oid = d.objid AND f.adrelid = d.refobjid AND f.adnum = d.refobjsubid))
  AND d.classid <> 'pg_statistic_ext'::regclass
  AND NOT EXISTS (SELECT FROM pg_trigger AS t
                  WHERE d.classid = 'pg_trigger'::regclass AND t.oid = d.objid AND t.tgname LIKE '~underpin\\_%')
UNION
SELECT json_build_object('what', 'primary key or unique constraint that a foreign key of ' || k.conrelid::regclass::text || ' refers to',
  'foreignKey', true)::text
FROM pg_constraint AS k
JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = ANY (k.confkey)
WHERE k.contype = 'f' AND k.confrelid = ${regclass(table)} AND a.attname = :column`,
  parameters: { column },
});

export interface Likeness {
  readonly table: TableName;
  /** The column whose indexes and constraints the new one shall have; null for a column without a forerunner. */
  readonly from: string | null;
  readonly to: string;
  readonly type: string;
  readonly default: string | null;
  readonly up: string | null;
  readonly down: string | null;
}

/**
 * Asks PostgreSQL itself how the new column's indexes and constraints read: on an empty copy of the table the old
 * column is renamed and retyped, and the catalog prints what became of everything that names it. The same copy tells
 * whether the expressions fit and whether a default is volatile (then it leaves no missing value).
 * One call; the copy is gone when it ends. Raises the author's SQL errors as they are.
 */
export const installLikeness: Statement = {
  text: `CREATE OR REPLACE FUNCTION underpin.likeness(
    of_table text, from_column text, to_column text, new_type text, new_default text, up text, down text)
  RETURNS SETOF text
  LANGUAGE plpgsql
AS ${dollarQuoted(
    `DECLARE
  source regclass := of_table::regclass;
  copy text := format('underpin.likeness_%s', pg_backend_pid());
  attribute smallint;
  old_type text;
  old_default text;
  old_nodes text;
  up_default text;
  twins jsonb;
  part record;
BEGIN
  EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING INDEXES INCLUDING CONSTRAINTS)', copy, source);
  -- Which index of the copy is which of the table's: as long as the columns have their names, the definitions tell.
  WITH known AS (
    SELECT i.indexrelid, i.indrelid = source AS theirs, row_number() OVER same AS nth,
           concat_ws('|', i.indisunique, i.indisexclusion, i.indisprimary,
                     substr(d.definition, strpos(d.definition, ' USING '))) AS reads
    FROM pg_index AS i
    CROSS JOIN LATERAL (SELECT pg_get_indexdef(i.indexrelid) AS definition) AS d
    WHERE i.indrelid = copy::regclass OR (i.indrelid = source AND i.indislive)
    WINDOW same AS (PARTITION BY i.indrelid, i.indisunique, i.indisexclusion, i.indisprimary,
                    substr(d.definition, strpos(d.definition, ' USING ')) ORDER BY i.indexrelid)
  )
  -- By name: a retyped column's indexes are made anew, under the same names.
  SELECT jsonb_object_agg((SELECT relname FROM pg_class WHERE oid = ours.indexrelid), them.indexrelid::text) INTO twins
  FROM known AS ours JOIN known AS them ON them.reads = ours.reads AND them.nth = ours.nth AND them.theirs
  WHERE NOT ours.theirs;
  EXECUTE format('ALTER TABLE %s ADD COLUMN %I %s', copy, to_column, new_type);
  IF new_default IS NOT NULL THEN
    EXECUTE format('ALTER TABLE %s ADD COLUMN "underpin default" %s DEFAULT %s', copy, new_type, new_default);
  END IF;
  SELECT format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid), d.adbin::text
    INTO old_type, old_default, old_nodes
    FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = source AND a.attname = from_column;
  IF old_default IS NOT NULL THEN
    EXECUTE format('ALTER TABLE %s ADD COLUMN "underpin old default" %s DEFAULT %s', copy, old_type, old_default);
    -- Only a constant may be converted once and for all: a call would give its value of today.
    IF up IS NOT NULL AND old_nodes !~ 'SQLVALUEFUNCTION|NEXTVALUEEXPR|OPEXPR|:funcformat 0' THEN
      EXECUTE format('SELECT quote_literal(((%s)::%s)::text) || %L FROM (SELECT (%s)::%s AS %I) AS %I', up, new_type, '::' || new_type,
        old_default, old_type, from_column, (SELECT relname FROM pg_class WHERE oid = source)) INTO up_default;
    END IF;
  END IF;
  RETURN QUERY SELECT json_build_object('kind', 'column', 'upDefault', up_default,
      'volatileOldDefault', old_default IS NOT NULL AND NOT (SELECT x.atthasmissing FROM pg_attribute AS x
        WHERE x.attrelid = copy::regclass AND x.attname = 'underpin old default'),
      'type', format_type(a.atttypid, a.atttypmod),
      'collation', CASE WHEN a.attcollation <> 0 AND a.attcollation <> t.typcollation
                        THEN (SELECT quote_ident(ln.nspname) || '.' || quote_ident(l.collname)
                              FROM pg_collation AS l JOIN pg_namespace AS ln ON ln.oid = l.collnamespace
                              WHERE l.oid = a.attcollation) END,
      'plain', t.typname IN ('bool', 'int2', 'int4', 'int8', 'text', 'varchar', 'uuid', 'date', 'timestamp', 'timestamptz',
                             'time', 'bytea')
               AND coalesce((SELECT l.collisdeterministic FROM pg_collation AS l WHERE l.oid = a.attcollation), true),
      'volatileDefault', new_default IS NOT NULL AND NOT (SELECT x.atthasmissing FROM pg_attribute AS x
        WHERE x.attrelid = copy::regclass AND x.attname = 'underpin default'))::text
    FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
    WHERE a.attrelid = copy::regclass AND a.attname = to_column;
  IF up IS NOT NULL THEN
    EXECUTE format('UPDATE %s AS %I SET %I = (%s)', copy, (SELECT relname FROM pg_class WHERE oid = source), to_column, up);
  END IF;
  IF from_column IS NULL THEN
    EXECUTE format('DROP TABLE %s', copy);
    RETURN;
  END IF;
  IF down IS NOT NULL THEN
    EXECUTE format('UPDATE %s AS %I SET %I = (%s)', copy, (SELECT relname FROM pg_class WHERE oid = source), from_column, down);
  END IF;
  EXECUTE format('ALTER TABLE %s DROP COLUMN %I', copy, to_column);
  SELECT attnum INTO attribute FROM pg_attribute WHERE attrelid = copy::regclass AND attname = from_column;
  IF up IS NOT NULL THEN
    -- What computes with the old values would mean something else with the new ones, and may not even read over them.
    FOR part IN
      SELECT 'check' AS kind, k.conname AS name, k.conname AS theirs
      FROM pg_constraint AS k
      WHERE k.conrelid = copy::regclass AND k.contype = 'c' AND attribute = ANY (k.conkey)
      UNION ALL
      SELECT 'index', n.relname, (SELECT relname FROM pg_class WHERE oid = (twins ->> n.relname)::oid)
      FROM pg_index AS o JOIN pg_class AS n ON n.oid = o.indexrelid
      WHERE o.indrelid = copy::regclass
        AND concat(o.indexprs::text, o.indpred::text) ~ format(':varattno %s ', attribute)
      ORDER BY 1, 2
    LOOP
      RETURN NEXT json_build_object('kind', 'left behind', 'what', part.kind || ' ' || part.theirs)::text;
      EXECUTE format(CASE part.kind WHEN 'check' THEN 'ALTER TABLE %1$s DROP CONSTRAINT %2$I' ELSE 'DROP INDEX underpin.%2$I' END,
        copy, part.name);
    END LOOP;
  END IF;
  EXECUTE format('ALTER TABLE %s RENAME COLUMN %I TO %I', copy, from_column, to_column);
  EXECUTE format('ALTER TABLE %s ALTER COLUMN %I TYPE %s USING NULL::%s', copy, to_column, new_type, split_part(new_type, ' COLLATE ', 1));
  RETURN QUERY
    SELECT json_build_object('kind', 'index', 'name', s.relname, 'unique', o.indisunique,
      'constraint', k.oid IS NOT NULL, 'deferrable', coalesce(k.condeferrable, false), 'deferred', coalesce(k.condeferred, false),
      'definition', regexp_replace(substr(pg_get_indexdef(o.indexrelid), length(format('CREATE %sINDEX %I ON %s ',
        CASE WHEN o.indisunique THEN 'UNIQUE ' ELSE '' END, n.relname, copy)) + 1), '^ONLY ', ''))::text
    FROM pg_index AS o
    JOIN pg_class AS n ON n.oid = o.indexrelid
    JOIN pg_class AS s ON s.oid = (twins ->> n.relname)::oid
    LEFT JOIN pg_constraint AS k ON k.conindid = s.oid AND k.conrelid = source AND k.contype IN ('u', 'x')
    WHERE o.indrelid = copy::regclass AND (attribute = ANY (o.indkey)
       OR EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = o.indexrelid
                  AND d.refobjid = copy::regclass AND d.refobjsubid = attribute))
    ORDER BY s.oid;
  RETURN QUERY
    SELECT json_build_object('kind', 'check', 'name', k.conname, 'definition', pg_get_constraintdef(k.oid),
      'valid', (SELECT t.convalidated FROM pg_constraint AS t WHERE t.conrelid = source AND t.conname = k.conname))::text
    FROM pg_constraint AS k
    WHERE k.conrelid = copy::regclass AND k.contype = 'c' AND attribute = ANY (k.conkey)
    ORDER BY k.conname;
  RETURN QUERY
    SELECT json_build_object('kind', 'foreign key', 'name', k.conname, 'valid', k.convalidated, 'definition',
      'FOREIGN KEY (' || renamed.key || ')' ||
      -- ON DELETE SET NULL may name columns too (since PostgreSQL 15, hence by JSON).
      CASE WHEN written.part = '' THEN tail.sql
           ELSE replace(replace(tail.sql, 'SET NULL (' || written.part || ')', 'SET NULL (' || renamed.part || ')'),
                        'SET DEFAULT (' || written.part || ')', 'SET DEFAULT (' || renamed.part || ')') END)::text
    FROM pg_constraint AS k
    JOIN pg_attribute AS f ON f.attrelid = source AND f.attname = from_column
    CROSS JOIN LATERAL (
      SELECT coalesce(string_agg(quote_ident(a.attname), ', ' ORDER BY u.n) FILTER (WHERE u.of_key), '') AS key,
             coalesce(string_agg(quote_ident(a.attname), ', ' ORDER BY u.n) FILTER (WHERE NOT u.of_key), '') AS part
      FROM (SELECT true, attnum, n FROM unnest(k.conkey) WITH ORDINALITY AS c (attnum, n)
            UNION ALL
            SELECT false, attnum::smallint, n
            FROM jsonb_array_elements_text(coalesce(nullif(to_jsonb(k) -> 'confdelsetcols', 'null'), '[]'))
              WITH ORDINALITY AS c (attnum, n)) AS u (of_key, attnum, n)
      JOIN pg_attribute AS a ON a.attrelid = source AND a.attnum = u.attnum
    ) AS written
    CROSS JOIN LATERAL (
      SELECT string_agg(quote_ident(CASE WHEN a.attname = from_column THEN to_column ELSE a.attname END), ', ' ORDER BY u.n)
               FILTER (WHERE u.of_key) AS key,
             string_agg(quote_ident(CASE WHEN a.attname = from_column THEN to_column ELSE a.attname END), ', ' ORDER BY u.n)
               FILTER (WHERE NOT u.of_key) AS part
      FROM (SELECT true, attnum, n FROM unnest(k.conkey) WITH ORDINALITY AS c (attnum, n)
            UNION ALL
            SELECT false, attnum::smallint, n
            FROM jsonb_array_elements_text(coalesce(nullif(to_jsonb(k) -> 'confdelsetcols', 'null'), '[]'))
              WITH ORDINALITY AS c (attnum, n)) AS u (of_key, attnum, n)
      JOIN pg_attribute AS a ON a.attrelid = source AND a.attnum = u.attnum
    ) AS renamed
    CROSS JOIN LATERAL (
      SELECT substr(pg_get_constraintdef(k.oid), length('FOREIGN KEY (' || written.key || ')') + 1) AS sql
    ) AS tail
    WHERE k.conrelid = source AND k.contype = 'f' AND f.attnum = ANY (k.conkey)
    ORDER BY k.conname;
  EXECUTE format('DROP TABLE %s', copy);
END`,
    'likeness',
  )}`,
};

export const askLikeness = (ask: Likeness): Statement => ({
  text: `SELECT * FROM underpin.likeness(:table, :from_column, :to_column, :new_type, :new_default, :up, :down)`,
  parameters: {
    table: qualified(ask.table),
    from_column: ask.from,
    to_column: ask.to,
    new_type: ask.type,
    new_default: ask.default,
    up: ask.up,
    down: ask.down,
  },
});

/** Which of these names a relation of the table's schema or a constraint of the table has already. */
export const describeTaken = (table: TableName, names: readonly string[]): Statement => ({
  text: `SELECT json_build_object('name', n.name)::text
FROM jsonb_array_elements_text((:names)::jsonb) AS n (name)
WHERE EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS s ON s.oid = c.relnamespace
              WHERE s.nspname = :schema AND c.relname = n.name)
   OR EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = ${regclass(table)} AND k.conname = n.name)`,
  parameters: { names: JSON.stringify(names), schema: table.schema },
});

/** An expression of the author's. `over` is the one column that it may name, and its type; null is the whole row. */
export interface Expression {
  readonly text: string;
  readonly type: string;
  readonly over: { readonly column: string; readonly type: string } | null;
}

/** Whether an expression reads over what it may name and fits its type; gives no row and touches nothing. */
export function tryExpression(table: TableName, { text, type, over }: Expression): Statement {
  const from = over
    ? `(SELECT NULL::${over.type} AS ${identifier(over.column)}) AS ${identifier(table.name)}`
    : qualified(table);
  return {
    text: `SELECT (SELECT json_build_object('fits', ((\n${text}\n)::${type}) IS NULL)::text) FROM ${from} LIMIT 0`,
  };
}

const regclass = (table: TableName): string => `${literal(qualified(table))}::regclass`;
