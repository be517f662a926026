import type { TableName } from '../../../spec/table-name.ts';
import type { TableCopy } from '../../copies.ts';
import { asideName } from '../made-names.ts';
import { dollarQuoted, literal, qualifiedName } from '../quote.ts';

/** A table, and the one that takes its place and its name. */
interface Exchanged {
  readonly leaves: TableName;
  readonly comes: TableName;
  /** What an index or a statistics object of the one that comes is called until then. */
  readonly called: (name: string) => string;
}

const there = ({ table, fresh }: TableCopy): Exchanged => ({
  leaves: table,
  comes: fresh,
  called: (name) => asideName(name, 'new'),
});

const back = ({ table, aside }: TableCopy): Exchanged => ({
  leaves: table,
  comes: aside,
  called: (name) => asideName(name, 'old'),
});

/**
 * What hangs on the table that leaves and not on the one that comes, or the other way round, or reads otherwise: it would be
 * lost with the names, or come with them. Rows of JSON, `{"what": "index a is new"}`; none where either table is not there.
 */
export const differencesThere = (copy: TableCopy): string => asRows(differences(copy, there(copy)));
export const differencesBack = (copy: TableCopy): string => asRows(differences(copy, back(copy)));

const asRows = (query: string): string =>
  `SELECT json_build_object('what', u.what)::text\nFROM (${query}) AS u\nORDER BY u.what`;

/** Under the lock, what the gate has asked for. */
export function noDifference(copy: TableCopy): string {
  const { leaves, comes } = there(copy);
  const body = `DECLARE
  unlike text;
BEGIN
  unlike := (SELECT string_agg(u.what, ', ' ORDER BY u.what) FROM (${differences(copy, there(copy))}) AS u);
  IF unlike IS NOT NULL THEN
    RAISE EXCEPTION '% is not as % has it: %', ${literal(leaves.name)}, ${literal(comes.name)}, unlike
      USING ERRCODE = 'invalid_table_definition';
  END IF;
END`;
  return `DO ${dollarQuoted(body, 'alike')}`;
}

/**
 * Each fact of both, with how it reads. What is ours is not among them; a key may become wider, and is known by its name. Of
 * partitions, what they have by themselves.
 */
function differences(copy: TableCopy, { leaves, comes, called }: Exchanged): string {
  const names = [...copy.indexes, ...copy.facts.statistics].map(
    ({ name }) => `(${literal(called(name))}, ${literal(name)})`,
  );
  return `
  WITH side AS (
    SELECT true AS its, ${root(leaves)} AS root UNION ALL SELECT false, ${root(comes)}
  ), part AS (
    SELECT its, root AS relation FROM side UNION SELECT its, relid FROM side CROSS JOIN LATERAL pg_partition_tree(root)
  ), renamed (called, known) AS (
    ${names.length === 0 ? 'SELECT NULL::name, NULL::name WHERE false' : `VALUES ${names.join(', ')}`}
  ), fact AS (
${facts.join('\n    UNION ALL\n')}
  ), odd AS (
    SELECT what, bool_or(its) AS its FROM fact GROUP BY what, reads HAVING count(DISTINCT its) = 1
  )
  SELECT what || CASE count(DISTINCT its) WHEN 2 THEN ' is another' ELSE CASE WHEN bool_or(its) THEN ' is new' ELSE ' is gone' END END AS what
  FROM odd
  WHERE NOT EXISTS (SELECT FROM side WHERE root IS NULL)
  GROUP BY what
  `;
}

const root = (table: TableName): string => `to_regclass(${literal(qualifiedName(table))})`;

// Index, statistics: by the name that it will have.
const known = (name: string): string =>
  `coalesce((SELECT r.known FROM renamed AS r WHERE NOT its AND r.called = ${name}), ${name})`;
const grantee = `CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END`;

const facts: readonly string[] = [
  `    SELECT its, format('column %I', attname) AS what, format('%s %s %s %s %s %s %s %s', format_type(atttypid, atttypmod), attcollation, attnotnull, attgenerated,
      attstorage, attcompression, coalesce(attstattarget::integer, -1), attoptions) AS reads
    FROM side JOIN pg_attribute ON attrelid = root WHERE attnum > 0 AND NOT attisdropped`,
  `    SELECT its, format('default of %I', attname), pg_get_expr(adbin, adrelid)
    FROM side JOIN pg_attrdef ON adrelid = root JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum`,
  `    SELECT its, format('index %I', ${known('x.relname')}), CASE WHEN i.indisprimary THEN 'the key'
      ELSE substr(pg_get_indexdef(x.oid), 1 + length(format('CREATE %sINDEX %I ON %s%I.%I ', CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END,
        x.relname, CASE WHEN x.relkind = 'I' THEN 'ONLY ' ELSE '' END, n.nspname, c.relname))) || i.indisunique END
    FROM part JOIN pg_index AS i ON i.indrelid = relation JOIN pg_class AS x ON x.oid = i.indexrelid
    JOIN pg_class AS c ON c.oid = relation JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE NOT x.relispartition`,
  `    SELECT its, format('constraint %I', conname), pg_get_constraintdef(oid)
    FROM part JOIN pg_constraint ON conrelid = relation WHERE contype IN ('c', 'f') AND conislocal AND conparentid = 0`,
  `    SELECT its, format('statistics %I', ${known('stxname')}), stxkind::text || pg_get_statisticsobjdef_columns(oid)
    FROM part JOIN pg_statistic_ext ON stxrelid = relation`,
  `    SELECT its, format('trigger %I', tgname), tgenabled::text
    FROM part JOIN pg_trigger ON tgrelid = relation WHERE NOT tgisinternal AND tgparentid = 0 AND NOT starts_with(tgname, '~underpin_')`,
  `    SELECT its, format('policy %I', polname), '' FROM part JOIN pg_policy ON polrelid = relation`,
  `    SELECT its, 'row level security', '' FROM part JOIN pg_class ON oid = relation WHERE relrowsecurity OR relforcerowsecurity`,
  `    SELECT its, format('rule %I', rulename), '' FROM part JOIN pg_rewrite ON ev_class = relation`,
  `    SELECT its, format('foreign key %I of %s', conname, conrelid::regclass), ''
    FROM side JOIN pg_constraint ON confrelid = root AND conrelid <> root WHERE contype = 'f' AND conparentid = 0`,
  `    SELECT its, format('publication %I', pubname), ''
    FROM part JOIN pg_publication_rel ON prrelid = relation JOIN pg_publication AS p ON p.oid = prpubid`,
  // Of all tables, or of those of the schema: the copy's rows are sent too, by a name that it keeps for a while.
  `    SELECT its, format('publication %I', p.pubname), 'by name'
    FROM part JOIN pg_publication_tables AS p ON relation = to_regclass(format('%I.%I', p.schemaname, p.tablename)) WHERE its`,
  `    SELECT its, 'replica identity', relreplident::text FROM side JOIN pg_class ON oid = root`,
  `    SELECT DISTINCT its, 'storage options', reloptions::text FROM part JOIN pg_class ON oid = relation WHERE relkind = 'r'`,
  `    SELECT its, 'comment', obj_description(root, 'pg_class') FROM side`,
  `    SELECT its, format('comment of %I', attname), col_description(root, attnum)
    FROM side JOIN pg_attribute ON attrelid = root WHERE attnum > 0 AND NOT attisdropped`,
  `    SELECT its, format('child table %s', inhrelid::regclass), ''
    FROM side JOIN pg_inherits ON inhparent = root JOIN pg_class AS c ON c.oid = inhrelid WHERE NOT c.relispartition`,
  `    SELECT its, format('owner %I', pg_get_userbyid(relowner)), '' FROM side JOIN pg_class ON oid = root`,
  `    SELECT its, format('right %s to %s', g.privilege_type, ${grantee}), g.is_grantable::text
    FROM side JOIN pg_class AS c ON c.oid = root CROSS JOIN LATERAL aclexplode(relacl) AS g WHERE g.grantee <> relowner`,
  `    SELECT its, format('right %s (%I) to %s', g.privilege_type, attname, ${grantee}), g.is_grantable::text
    FROM side JOIN pg_attribute ON attrelid = root CROSS JOIN LATERAL aclexplode(attacl) AS g WHERE NOT attisdropped`,
];
