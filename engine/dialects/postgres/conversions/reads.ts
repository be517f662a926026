import type { Statement } from '../../../database/database.ts';
import type { TableName } from '../../../spec/table-name.ts';
import type { Expression } from '../../inspector.ts';
import { installShared } from '../ledger-schema.ts';
import type { RelationName } from '../naming/tree.ts';
import { dollarQuoted, identifier, qualifiedName } from '../quote.ts';

// What a pg_node_tree says of the functions that it calls; names in it are escaped, so that none of them looks like this.
const calls = (tree: string): string =>
  `(SELECT coalesce(json_agg(DISTINCT m[1]::bigint), '[]')
    FROM regexp_matches(${tree}, ':(?:funcid|opfuncid|aggfnoid|winfnoid) (\\d+)', 'g') AS m)`;
const values = (tree: string): string =>
  `(SELECT coalesce(json_agg(DISTINCT m[1]::integer), '[]') FROM regexp_matches(${tree}, '\\{SQLVALUEFUNCTION :op (\\d+)', 'g') AS m)`;

const typesIn = (tree: string): string =>
  `regexp_matches(${tree}, ':(?:var|const|funcresult|opresult|result|case|coalesce|minmax|element_)type(?:id)? (\\d+)', 'g') AS m`;
const functionsIn = (tree: string): string =>
  `regexp_matches(${tree}, ':(?:funcid|opfuncid|aggfnoid|winfnoid) (\\d+)', 'g') AS m JOIN pg_proc AS p ON p.oid = m[1]::oid`;

/** Whether a moment may be in a tree, printed or read: by its types, or in a function of somebody else. */
const isDated = (tree: string): string => `EXISTS (
      SELECT FROM ${typesIn(tree)} JOIN pg_type AS t ON t.oid = m[1]::oid LEFT JOIN pg_type AS e ON e.oid = t.typelem
      WHERE t.typcategory IN ('D', 'R', 'C') OR t.typtype = 'd' OR e.typcategory IN ('D', 'R', 'C'))
    OR EXISTS (SELECT FROM ${functionsIn(tree)} WHERE p.pronamespace <> 'pg_catalog'::regnamespace OR p.proname ~ 'json|xml|record')
    OR ${tree} ~ '\\{(JSON|XML|SUBLINK)'`;

// Nodes of a tree that compute a value from others and from nothing else; before PostgreSQL 16 some had shorter names.
const plainNodes =
  'QUERY RANGETBLENTRY RTEPERMISSIONINFO ALIAS FROMEXPR RANGETBLREF TARGETENTRY VAR CONST FUNCEXPR OPEXPR DISTINCTEXPR NULLIFEXPR RELABELTYPE COERCEVIAIO CASE CASEEXPR WHEN CASEWHEN CASETESTEXPR COALESCE COALESCEEXPR MINMAX MINMAXEXPR BOOLEXPR NULLTEST BOOLEANTEST SCALARARRAYOPEXPR ARRAY ARRAYEXPR COLLATE COLLATEEXPR';
// Their values are read and printed in one way; of an untyped literal the text is.
const plainTypes = '{bool,int2,int4,int8,numeric,text,varchar,bpchar,uuid,unknown}';

/**
 * Whether a tree gives the same in every session: numbers, texts and truth values alone, by functions of PostgreSQL's own that are
 * IMMUTABLE. One of these follows a setting nevertheless. Of a row that refuses, its key is written down.
 */
const isFree = (tree: string): string => `NOT EXISTS (
      SELECT FROM regexp_matches(${tree}, '\\{([A-Z]+) ', 'g') AS m WHERE m[1] <> ALL (string_to_array('${plainNodes}', ' ')))
    AND NOT EXISTS (
      SELECT FROM ${typesIn(tree)}
      WHERE m[1]::oid <> ALL ('${plainTypes}'::regtype[]::oid[]))
    AND NOT EXISTS (
      SELECT FROM ${functionsIn(tree)}
      WHERE p.pronamespace <> 'pg_catalog'::regnamespace OR p.provolatile <> 'i' OR p.proname = 'quote_ident')
    AND NOT EXISTS (
      SELECT FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
      WHERE i.indrelid = of_table::regclass AND i.indisunique AND a.atttypid <> ALL ('${plainTypes}'::regtype[]::oid[]))`;

/** A tree and behind it those of the views that it reads, and that they read. */
const withViewsFunction = `CREATE OR REPLACE FUNCTION underpin.with_views(tree text)
  RETURNS text
  LANGUAGE plpgsql STABLE
AS ${dollarQuoted(
  `DECLARE
  known oid[] := '{}';
  fresh oid[];
  every text := tree;
BEGIN
  LOOP
    SELECT array_agg(DISTINCT c.oid) INTO fresh
    FROM regexp_matches(every, ':relid (\\d+)', 'g') AS m JOIN pg_class AS c ON c.oid = m[1]::oid
    WHERE c.relkind = 'v' AND c.oid <> ALL (known);
    EXIT WHEN fresh IS NULL;
    known := known || fresh;
    every := every || coalesce((SELECT string_agg(r.ev_action::text, ' ') FROM pg_rewrite AS r
                                WHERE r.ev_class = ANY (fresh) AND r.rulename = '_RETURN'), '');
  END LOOP;
  RETURN every;
END`,
  'views',
)}`;

/**
 * Asks PostgreSQL how it reads an expression: as a view, which is parsed and never run, and is gone when the call ends.
 * The catalog's tree of it names every function with its oid, also behind operators and casts.
 */
export const installReads: Statement = installShared(
  `${withViewsFunction};
CREATE OR REPLACE FUNCTION underpin.reads(of_table text, reading text)
  RETURNS text
  LANGUAGE plpgsql
AS ${dollarQuoted(
    `DECLARE
  view text := format('underpin.reads_%s', pg_backend_pid());
  rule oid;
  tree text;
  read text;
  answer text;
BEGIN
  EXECUTE format('CREATE VIEW %s AS %s', view, reading);
  SELECT r.oid, r.ev_action::text INTO rule, tree FROM pg_rewrite AS r WHERE r.ev_class = view::regclass;
  read := underpin.with_views(tree);
  answer := json_build_object(
    'calls', ${calls('read')},
    'values', ${values('read')},
    'moments', EXISTS (SELECT FROM regexp_matches(tree, ':consttype (\\d+)', 'g') AS m
                       JOIN pg_type AS t ON t.oid = m[1]::oid LEFT JOIN pg_type AS e ON e.oid = t.typelem
                       WHERE t.typcategory IN ('D', 'R') OR e.typcategory = 'D'),
    'free', ${isFree('read')},
    'dated', ${isDated('read')},
    -- The outermost query's own, which stand first.
    'aggregates', substring(tree from ':hasAggs (\\w+)') = 'true',
    'windows', substring(tree from ':hasWindowFuncs (\\w+)') = 'true',
    'sets', substring(tree from ':hasTargetSRFs (\\w+)') = 'true',
    'system', (SELECT coalesce(json_agg(DISTINCT s.attname), '[]')
               FROM regexp_matches(tree, ':varattno (-\\d+)', 'g') AS m
               JOIN pg_attribute AS s ON s.attrelid = of_table::regclass AND s.attnum = m[1]::smallint),
    'generated', (SELECT coalesce(json_agg(json_build_object('name', a.attname, 'expression', pg_get_expr(f.adbin, f.adrelid))
                                           ORDER BY a.attnum), '[]')
                  FROM pg_attribute AS a JOIN pg_attrdef AS f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
                  WHERE a.attrelid = of_table::regclass AND a.attgenerated <> ''
                    AND (tree ~ ':varattno 0 '
                         OR EXISTS (SELECT FROM pg_depend AS d
                                    WHERE d.classid = 'pg_rewrite'::regclass AND d.objid = rule
                                      AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum))))::text;
  EXECUTE format('DROP VIEW %s', view);
  RETURN answer;
END`,
    'reads',
  )}`,
);

export function askReads(table: TableName, { text, type, over }: Expression): Statement {
  const from = over
    ? `(SELECT ${over.map(({ column, type: its }) => `NULL::${its} AS ${identifier(column)}`).join(', ')}) AS ${identifier(table.name)}`
    : qualifiedName(table);
  return {
    text: `SELECT underpin.reads(:table, :reading)`,
    parameters: {
      table: qualifiedName(table),
      reading: `SELECT (\n${text}\n)::${type} AS value FROM ${from}`,
    },
    catalogOnly: true,
  };
}

// A row of the Data API holds 64 KB; a longer body is not read.
const longestBody = 12_000;

/** Functions by their oids, or by their names as a body has them, with what of their bodies can be read. */
export const describeCalled = (oids: readonly number[], names: readonly string[]): Statement => ({
  text: `SELECT json_build_object('oid', p.oid::bigint, 'schema', n.nspname, 'name', p.proname, 'arguments', p.pronargs,
  'volatility', p.provolatile::text, 'language', l.lanname,
  'body', CASE WHEN n.nspname = 'pg_catalog' OR p.prosqlbody IS NOT NULL OR p.prokind <> 'f' OR length(p.prosrc) > ${longestBody} THEN NULL
               WHEN l.lanname = 'plpgsql' THEN pg_get_functiondef(p.oid)
               WHEN l.lanname = 'sql' THEN p.prosrc END,
  'parsed', CASE WHEN p.prosqlbody IS NOT NULL AND n.nspname <> 'pg_catalog' THEN json_build_object(
    'calls', ${calls('underpin.with_views(p.prosqlbody::text)')}, 'values', ${values('underpin.with_views(p.prosqlbody::text)')},
    'writes', p.prosqlbody::text ~ ':commandType [2345] ') END)::text
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_language AS l ON l.oid = p.prolang
WHERE p.oid IN (SELECT o.oid::oid FROM jsonb_array_elements_text((:oids)::jsonb) AS o (oid))
   OR p.proname IN (SELECT w.name FROM jsonb_array_elements_text((:names)::jsonb) AS w (name))
ORDER BY p.oid`,
  parameters: { oids: JSON.stringify(oids), names: JSON.stringify(names) },
});

/** What views call, that a body names. */
export const describeViewsNamed = (names: readonly RelationName[]): Statement => ({
  text: `WITH every AS MATERIALIZED (
  SELECT coalesce(string_agg(underpin.with_views(r.ev_action::text), ' '), '') AS trees
  FROM jsonb_to_recordset((:names)::jsonb) AS w (schema text, name text)
  JOIN pg_class AS c ON c.relname = w.name AND c.relkind = 'v'
  JOIN pg_namespace AS n ON n.oid = c.relnamespace AND (n.nspname = w.schema OR w.schema IS NULL AND pg_table_is_visible(c.oid))
  JOIN pg_rewrite AS r ON r.ev_class = c.oid AND r.rulename = '_RETURN'
)
SELECT json_build_object('calls', ${calls('trees')}, 'values', ${values('trees')})::text FROM every`,
  parameters: { names: JSON.stringify(names) },
});
