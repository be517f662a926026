import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';
import { isOurTrigger } from './made-names.ts';
import { literal, qualifiedName, regclass } from './quote.ts';
import { wordPattern } from './statement-counters.ts';

/** The column's place among those that INSERT without a list counts, and the constraints over it. */
export const describeOldColumn = (table: TableName, column: string): Statement => ({
  text: `SELECT json_build_object(
  'position', (SELECT count(*) FROM pg_attribute AS b
               WHERE b.attrelid = a.attrelid AND b.attnum > 0 AND b.attnum <= a.attnum AND NOT b.attisdropped),
  'constraints', (SELECT coalesce(json_agg(k.conname), '[]') FROM pg_constraint AS k
                  WHERE k.conrelid = a.attrelid AND a.attnum = ANY (k.conkey)))::text
FROM pg_attribute AS a
WHERE a.attrelid = ${regclass(table)} AND a.attname = :column AND NOT a.attisdropped`,
  parameters: { column },
});

/** Which relations of these names are there, and whether they have a column of that name. */
export const describeRelations = (names: readonly string[], column: string): Statement => ({
  text: `SELECT json_build_object('schema', n.nspname, 'name', c.relname, 'has', EXISTS (
  SELECT FROM pg_attribute AS a
  WHERE a.attrelid = c.oid AND a.attname = :column AND NOT a.attisdropped))::text
FROM jsonb_array_elements_text((:names)::jsonb) AS w (name)
JOIN pg_class AS c ON c.relname = w.name AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
JOIN pg_namespace AS n ON n.oid = c.relnamespace`,
  parameters: { names: JSON.stringify(names), column },
});

// A row of the Data API holds 64 KB; a longer body is not parsed.
const longestBody = 12_000;
const bodiesAtOnce = 10;

/** The next functions whose bodies are text that holds the column's name, after :after (an oid). */
export const describeFunctions = (
  { table, rows }: { readonly table: TableName; readonly rows: TableName },
  column: string,
): Statement => ({
  text: `SELECT json_build_object('oid', p.oid::bigint, 'name', p.oid::regprocedure::text, 'language', l.lanname,
  'text', CASE WHEN length(p.prosrc) > ${longestBody} THEN NULL
               WHEN l.lanname = 'plpgsql' THEN pg_get_functiondef(p.oid) ELSE p.prosrc END,
  'mentionsTable', p.prosrc ~* :table_word,
  'isOnTable', EXISTS (SELECT FROM pg_trigger AS t
                       WHERE t.tgfoid = p.oid AND t.tgrelid = c.oid AND NOT t.tgisinternal),
  -- A record or an anyelement may be a row of any table.
  'takesRow', p.proargtypes::oid[] && ARRAY[c.reltype, 'record'::regtype, 'anyelement'::regtype]::oid[],
  'transitionTables', (SELECT coalesce(json_agg(DISTINCT n.name), '[]')
                       FROM pg_trigger AS t CROSS JOIN LATERAL (VALUES (t.tgoldtable), (t.tgnewtable)) AS n (name)
                       WHERE t.tgfoid = p.oid AND t.tgrelid = c.oid AND n.name IS NOT NULL))::text
FROM pg_proc AS p
JOIN pg_language AS l ON l.oid = p.prolang
JOIN pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_class AS c ON c.oid = ${literal(qualifiedName(rows))}::regclass
WHERE p.oid > (:after)::text::oid AND p.prokind <> 'a' AND p.prosqlbody IS NULL
  AND l.lanname NOT IN ('internal', 'c')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'underpin')
  AND p.prosrc ~* :column_word
  AND NOT EXISTS (SELECT FROM pg_depend AS d
                  WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
ORDER BY p.oid
LIMIT ${bodiesAtOnce}`,
  parameters: { column_word: wordPattern(column), table_word: wordPattern(table.name) },
});

// Column lists of publications came with PostgreSQL 15: before it the key is not there.
/** What forbids nothing and is worth knowing: who gets the whole table, and what another database may have. */
export const describeNotes = (table: TableName): Statement => ({
  text: `SELECT json_build_object('note', 'publication ' || quote_ident(p.pubname) || ' sends whole rows to subscribers that cannot be seen from here')::text
FROM pg_publication AS p
WHERE p.puballtables OR EXISTS (
  SELECT FROM pg_publication_rel AS r
  WHERE r.prpubid = p.oid AND r.prrelid = ${regclass(table)} AND (to_jsonb(r) ->> 'prattrs') IS NULL)
UNION ALL
SELECT json_build_object('note', 'foreign table ' || f.ftrelid::regclass::text || ' maps a table of this name')::text
FROM pg_foreign_table AS f
WHERE EXISTS (SELECT FROM unnest(f.ftoptions) AS o WHERE o = 'table_name=' || :name)`,
  parameters: { name: table.name },
});

/** What publishes a table by its own name. */
export const describePublications = ({ schema, name }: TableName): Statement => ({
  text: `SELECT json_build_object('name', quote_ident(pubname))::text
FROM pg_publication_tables
WHERE schemaname = :schema AND tablename = :name
ORDER BY pubname`,
  parameters: { schema, name },
});

/** Who replicates a table by the name or in the schema that it has for a while, or would once it is back. */
export const describeReplication = ({ base, table }: AliasedTable): Statement => ({
  text: `SELECT json_build_object('name', what)::text
FROM (
  SELECT format('publication %I sends rows of %I.%I', pubname, schemaname, tablename) AS what
  FROM pg_publication_tables
  WHERE schemaname = :base_schema AND tablename = :base_name
  UNION
  SELECT format('publication %I sends the rows of all tables of %I', p.pubname, :table_schema)
  FROM pg_publication_namespace AS n JOIN pg_publication AS p ON p.oid = n.pnpubid
  WHERE :table_schema <> :base_schema AND n.pnnspid = to_regnamespace(quote_ident(:table_schema))
  UNION
  SELECT format('subscription %I writes rows of %I.%I', s.subname, :base_schema, :base_name)
  FROM pg_subscription_rel AS r JOIN pg_subscription AS s ON s.oid = r.srsubid
  WHERE r.srrelid = to_regclass(format('%I.%I', :base_schema, :base_name))
) AS found
ORDER BY what`,
  parameters: {
    base_schema: base.schema,
    base_name: base.name,
    table_schema: table.schema,
  },
});

interface AliasedTable {
  readonly base: TableName;
  readonly table: TableName;
}

/** What publishes a table, or one of its partitions. `table`: its number, in SQL. */
export const isPublished = (table: string): string => `pg_publication_tables AS p
  WHERE to_regclass(format('%I.%I', p.schemaname, p.tablename)) IN (SELECT ${table} UNION SELECT relid FROM pg_partition_tree(${table}))`;

/** Other people's triggers that are on, with the columns that they name by themselves: in UPDATE OF, WHEN, or as arguments. */
export const describeUserTriggers = (table: TableName): Statement => ({
  text: `SELECT json_build_object('name', t.tgname, 'function', t.tgfoid::regprocedure::text,
  'columns', (SELECT coalesce(json_agg(DISTINCT a.attname), '[]')
              FROM pg_depend AS d JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
              WHERE d.classid = 'pg_trigger'::regclass AND d.objid = t.oid
                AND d.refclassid = 'pg_class'::regclass AND d.refobjid = t.tgrelid AND d.refobjsubid > 0),
  'arguments', to_json(${triggerArguments}))::text
FROM pg_trigger AS t
WHERE t.tgrelid = ${regclass(table)} AND ${ofOthers}
ORDER BY t.tgname`,
});

const ofOthers = `NOT t.tgisinternal AND t.tgenabled <> 'D' AND NOT ${isOurTrigger('t.tgname')}`;
const triggerArguments = String.raw`coalesce(string_to_array(encode(t.tgargs, 'escape'), '\000'), '{}')`;
