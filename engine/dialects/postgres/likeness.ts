import type { Statement } from '../../database/database.ts';
import type { Likeness } from '../inspector.ts';
import { dollarQuoted, qualified } from './quote.ts';

/** The schema that the function lives in, and whether it is there; a ledger brings it along. */
export const createSchema: Statement = { text: 'CREATE SCHEMA underpin', catalogOnly: true };
export const askSchema: Statement = {
  text: `SELECT json_build_object('exists', to_regnamespace('underpin') IS NOT NULL)::text`,
};

/**
 * Asks PostgreSQL itself how the new column's indexes and constraints read: on an empty copy of the table the old
 * column is renamed and retyped, and the catalog prints what became of everything that names it. The same copy tells
 * whether the expressions fit and whether a default is volatile (then it leaves no missing value).
 * One call; the copy is gone when it ends. Raises the author's SQL errors as they are; of what is evaluated, which may have
 * read somebody's rows, only the SQLSTATE.
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
  evaluates boolean := false;
  raised_in text;
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
    -- First only read, for the author to know what is wrong with it; then evaluated.
    EXECUTE format('ALTER TABLE %s ADD COLUMN "underpin default" %s', copy, new_type);
    EXECUTE format('ALTER TABLE %s ALTER COLUMN "underpin default" SET DEFAULT %s', copy, new_default);
    EXECUTE format('ALTER TABLE %s DROP COLUMN "underpin default"', copy);
    evaluates := true;
    EXECUTE format('ALTER TABLE %s ADD COLUMN "underpin default" %s DEFAULT %s', copy, new_type, new_default);
    evaluates := false;
  END IF;
  SELECT format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid), d.adbin::text
    INTO old_type, old_default, old_nodes
    FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = source AND a.attname = from_column;
  IF old_default IS NOT NULL THEN
    evaluates := true;
    EXECUTE format('ALTER TABLE %s ADD COLUMN "underpin old default" %s DEFAULT %s', copy, old_type, old_default);
    -- Only a constant may be converted once and for all: a call would give its value of today.
    IF up IS NOT NULL AND old_nodes !~ 'SQLVALUEFUNCTION|NEXTVALUEEXPR|OPEXPR|:funcformat 0' THEN
      EXECUTE format('SELECT quote_literal(((%s)::%s)::text) || %L FROM (SELECT (%s)::%s AS %I) AS %I', up, new_type, '::' || new_type,
        old_default, old_type, from_column, (SELECT relname FROM pg_class WHERE oid = source)) INTO up_default;
    END IF;
    evaluates := false;
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
  IF up IS NOT NULL THEN
    -- A foreign key that cannot be on the new type must be known now, not after the backfill; asked of a stand-in, so
    -- that the table it refers to is not locked.
    FOR part IN
      SELECT k.conname AS name, format_type(r.atttypid, r.atttypmod) AS type
      FROM pg_constraint AS k
      CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS u (ours, theirs)
      JOIN pg_attribute AS f ON f.attrelid = source AND f.attname = from_column AND f.attnum = u.ours
      JOIN pg_attribute AS r ON r.attrelid = k.confrelid AND r.attnum = u.theirs
      WHERE k.conrelid = source AND k.contype = 'f'
    LOOP
      EXECUTE format('CREATE TABLE %s_key (key %s PRIMARY KEY)', copy, part.type);
      EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I FOREIGN KEY (%I) REFERENCES %s_key', copy, part.name, to_column, copy);
      EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', copy, part.name);
      EXECUTE format('DROP TABLE %s_key', copy);
    END LOOP;
  END IF;
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
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS raised_in = PG_EXCEPTION_CONTEXT;
  -- A function that calls itself immutable is evaluated by the planner; then this function is not the only one in the context.
  IF NOT evaluates AND (SELECT count(*) FROM regexp_matches(raised_in, '^(PL/[[:alnum:]_]+|SQL) function ', 'gn')) = 1 THEN
    RAISE;
  END IF;
  RAISE EXCEPTION 'a value that it computes is refused' USING ERRCODE = SQLSTATE;
END`,
    'likeness',
  )}`,
  catalogOnly: true,
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
  catalogOnly: true,
});
