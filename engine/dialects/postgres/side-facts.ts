import type { Statement } from '../../database/database.ts';
import { walkParameters } from '../../ledger/walk-id.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { ChangedTriggers } from '../running-dialect.ts';
import { aloneInPartitions } from './likeness-partitions.ts';
import { isOnTableOrPartition, triggerPrefix } from './made-names.ts';
import { isPublished } from './old-shape.ts';
import { identifier, literal, qualifiedName } from './quote.ts';
import { isOfAnotherServer, wholeNumber } from './transaction-numbers.ts';

/**
 * What hangs on columns of a table and would go with them, or decides what a write of them means. `isMoved`: they go to another table,
 * which has rights of its own.
 */
export const describeSide = ({
  table,
  columns,
  isMoved,
}: {
  readonly table: TableName;
  readonly columns: readonly string[];
  readonly isMoved?: boolean;
}): Statement => ({
  text: `WITH a AS (
  SELECT * FROM pg_attribute
  WHERE attrelid = to_regclass(${literal(qualifiedName(table))}) AND attnum > 0 AND NOT attisdropped
    AND attname IN (SELECT jsonb_array_elements_text((:columns)::jsonb))
)
SELECT json_build_object('what', f.what, 'as', f.printed)::text
FROM (
  SELECT format('type of %I', attname) AS what,
         format_type(atttypid, atttypmod)
           || coalesce(' COLLATE ' || nullif(attcollation, 0)::regcollation::text, '') AS printed
  FROM a
  UNION ALL
  SELECT format('NOT NULL of %I', attname), attnotnull::text FROM a
  UNION ALL
  SELECT format('default of %I', a.attname), coalesce(pg_get_expr(d.adbin, d.adrelid), '')
  FROM a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  UNION ALL
  SELECT format('list of grants on %I', attname),
         (SELECT coalesce(string_agg(g::text, ' ' ORDER BY g::text), '') FROM unnest(attacl) AS g)
  FROM a
  UNION ALL
  -- Rows that the migrator no longer sees are neither copied nor compared.
  SELECT 'row level security of the table', format('%s %s', relrowsecurity, relforcerowsecurity)
  FROM pg_class WHERE oid IN (SELECT attrelid FROM a)
  UNION
  SELECT format('index %I', x.relname), pg_get_indexdef(x.oid)
  FROM a
  JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
  JOIN pg_class AS x ON d.classid = 'pg_class'::regclass AND x.oid = d.objid AND x.relkind IN ('i', 'I')
  UNION
  SELECT format('constraint %I', k.conname), pg_get_constraintdef(k.oid)
  FROM a JOIN pg_constraint AS k ON k.conrelid = a.attrelid AND a.attnum = ANY (k.conkey)
  -- PostgreSQL 18 has one for NOT NULL too.
  WHERE k.contype IN ('c', 'f', 'p', 'u', 'x')
  UNION
  -- It would go with the column, and with it every UPDATE of a published table.
  SELECT format('replica identity by index %I', x.relname), ''
  FROM a JOIN pg_index AS i ON i.indrelid = a.attrelid AND i.indisreplident AND a.attnum = ANY (i.indkey)
  JOIN pg_class AS x ON x.oid = i.indexrelid
  UNION
  -- Subscribers know columns and tables by their names.
  SELECT format('publication %I', p.pubname), ''
  FROM (SELECT DISTINCT attrelid FROM a) AS t CROSS JOIN ${isPublished('t.attrelid')}
  UNION
  -- The backfill's statements would be rewritten as an application's are.
  SELECT format('rule %I', r.rulename), r.ev_enabled::text
  FROM (SELECT DISTINCT attrelid FROM a) AS t JOIN pg_rewrite AS r ON r.ev_class = t.attrelid
  UNION
  SELECT s.what || ' of a partition alone', ''
  FROM a CROSS JOIN LATERAL (${aloneInPartitions('a.attrelid::regclass', 'a.attname')}) AS s
  UNION
  -- What it makes of a row the other side is not told. Where the plan was made there was none.
  SELECT format('trigger %I of %s, which runs after the dual write,', g.tgname, g.tgrelid::regclass), pg_get_triggerdef(g.oid)
  FROM (SELECT DISTINCT attrelid FROM a) AS t JOIN pg_trigger AS g ON ${isOnTableOrPartition('g', 't.attrelid')}
  WHERE NOT g.tgisinternal AND g.tgtype & 3 = 3 AND g.tgname > ${literal(triggerPrefix)} AND NOT starts_with(g.tgname, ${literal(triggerPrefix)})
  UNION
  -- Rows of a child count as the table's, and no trigger of ours fires where one is written; a column of a child stays as long as its parent's.
  SELECT CASE WHEN i.inhparent = t.attrelid THEN format('child table %s', i.inhrelid::regclass) ELSE format('parent table %s', i.inhparent::regclass) END, ''
  FROM (SELECT DISTINCT attrelid FROM a) AS t JOIN pg_inherits AS i ON t.attrelid IN (i.inhparent, i.inhrelid)
  JOIN pg_class AS c ON c.oid = i.inhrelid
  WHERE i.inhrelid = t.attrelid OR NOT c.relispartition
${isMoved === true ? rightsOnTable : ''}) AS f
ORDER BY f.what`,
  parameters: { columns: JSON.stringify(columns) },
});

const rightsOnTable = `  UNION
  SELECT format('right %s to %s', g.privilege_type, CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END), g.is_grantable::text
  FROM (SELECT DISTINCT attrelid FROM a) AS t JOIN pg_class AS c ON c.oid = t.attrelid
  CROSS JOIN LATERAL aclexplode(c.relacl) AS g
  WHERE g.grantee <> c.relowner
`;

/** Rows of a child count as the table's, and no trigger of ours fires where one is written. */
export const findChildren = (table: TableName): Statement => ({
  text: `SELECT json_build_object('name', inhrelid::regclass::text)::text
FROM pg_inherits JOIN pg_class ON oid = inhrelid
WHERE inhparent = to_regclass(${literal(qualifiedName(table))}) AND NOT relispartition
ORDER BY 1`,
});

/** A parameter of a statement, or its value in one that takes none. */
type Given = (name: string) => string;
const bound: Given = (name) => `:${name}`;

/**
 * Our triggers on a table and, as PostgreSQL clones those of rows, on each of its partitions: there one can be switched off alone,
 * and comes anew with a partition that is attached.
 */
function oursOn(table: TableName, given: Given = bound): string {
  const root = `to_regclass(${literal(qualifiedName(table))})`;
  return `(
  SELECT w.name, NULL::regclass AS partition, g.oid, g.tgenabled, g.xmin AS author
  FROM jsonb_array_elements_text((${given('triggers')})::jsonb) AS w (name)
  LEFT JOIN pg_trigger AS g ON g.tgrelid = ${root} AND g.tgname = w.name
  UNION ALL
  SELECT r.tgname::text, p.relid, g.oid, g.tgenabled, g.xmin
  FROM pg_partition_tree(${root}) AS p
  JOIN pg_trigger AS r ON r.tgrelid = ${root} AND r.tgtype & 1 = 1
  LEFT JOIN pg_trigger AS g ON g.tgrelid = p.relid AND g.tgname = r.tgname
  WHERE p.level > 0 AND r.tgname IN (SELECT jsonb_array_elements_text((${given('triggers')})::jsonb))
) AS o`;
}

// One of the partitions, where it is not the table itself that is meant.
const where = `'partition', CASE WHEN bool_or(o.partition IS NULL) THEN NULL ELSE min(o.partition::text) END,
  'partitions', count(DISTINCT o.partition)`;

/**
 * Which of our triggers do not fire on every write. Ours do, whatever a session has set; whoever turns the triggers of a
 * table off and on again leaves them as those that do not.
 */
export const findSilentTriggers = (table: TableName, triggers: readonly string[]): Statement => ({
  text: `SELECT json_build_object('trigger', o.name, 'gone', o.oid IS NULL, ${where})::text
FROM ${oursOn(table)}
WHERE o.tgenabled IS DISTINCT FROM 'A'
GROUP BY o.name, o.oid IS NULL
ORDER BY o.name COLLATE "C"`,
  parameters: { triggers: JSON.stringify(triggers) },
});

/**
 * A partition that was made as one, with its triggers, in one subtransaction has no row that has passed them. ATTACH PARTITION
 * writes every column's row in the catalog anew; those of the system's columns tell who made the table, and in which command.
 */
const isMadeAsPartition = `EXISTS (
  SELECT FROM pg_attribute AS s JOIN pg_attribute AS a ON a.attrelid = s.attrelid AND a.attnum > 0
  WHERE s.attrelid = o.partition AND s.attnum = -1 AND s.xmin = o.author AND a.xmin = s.xmin AND a.cmin = s.cmin
)`;

const isByUnit = (given: Given): string => `EXISTS (
  SELECT FROM underpin.event AS e WHERE e.migration = ${given('migration')} AND e.what = 'unit' AND e.xmin = o.author
)`;

/**
 * A transaction with a lower number than the walk may end later, and what it wrote beside our triggers is then not seen by the
 * walk. Snapshots list transactions and no subtransactions: one of those may belong to whoever is older, was at work when the
 * walk began, and has committed since. Our own units are none.
 */
const isSeenBy = (
  snapshot: string,
  given: Given,
): string => `pg_visible_in_snapshot(${wholeNumber('o.author')}, ${snapshot})
    AND (${isByUnit(given)} OR NOT EXISTS (
      SELECT FROM pg_snapshot_xip(${snapshot}) AS t (number)
      WHERE t.number < ${wholeNumber('o.author')} AND pg_xact_status(t.number) IS DISTINCT FROM 'aborted'
        AND pg_visible_in_snapshot(t.number, pg_current_snapshot())
    ))`;

/**
 * Which of our triggers, all as they should be, were changed since a walk began, or since the unit that made them: a row of the
 * catalog tells by its number who wrote it, and so does one of the ledger. `restored`: nobody can say since when.
 */
export const findChangedTriggers = (of: ChangedTriggers): Statement => ({
  text: changedSince(of, bound),
  parameters: parametersOf(of),
});

const parametersOf = ({
  claim,
  triggers,
  since,
}: ChangedTriggers): Readonly<Record<string, string | number>> => ({
  triggers: JSON.stringify(triggers),
  ...(since === null ? { migration: claim.migration } : walkParameters(claim, since)),
});

const changedSince = (
  { table, since }: ChangedTriggers,
  given: Given,
): string => `SELECT json_build_object('trigger', o.name, 'restored', ${since === null ? 'false' : 'bool_or(w.restored)'}, ${where})::text
FROM ${oursOn(table, given)}${
  since === null
    ? `
WHERE NOT ${isByUnit(given)}`
    : `
CROSS JOIN (
  SELECT begun_in, ${isOfAnotherServer('c')} AS restored FROM underpin.checkpoint AS c
  WHERE c.migration = ${given('migration')} AND c.purpose = ${given('purpose')} AND c.start = ${given('start')} AND c.n = ${given('n')}
) AS w
WHERE CASE WHEN w.restored THEN true ELSE NOT (${isSeenBy('w.begun_in', given)}) END`
} AND o.oid IS NOT NULL AND (${since === null ? '' : 'w.restored OR '}o.partition IS NULL OR NOT ${isMadeAsPartition})
GROUP BY o.name
ORDER BY o.name COLLATE "C"`;

/**
 * The last statement of a unit that has the table's strongest lock: an ATTACH for which that has waited is committed by now, and seen. A
 * serialization failure: whoever is called again asks before it begins.
 */
export function refuseChangedTriggers(of: ChangedTriggers): string {
  const parameters = parametersOf(of);
  const given: Given = (name) => {
    const value = parameters[name] ?? '';
    return typeof value === 'number' ? String(value) : literal(value);
  };
  return `    IF EXISTS (${changedSince(of, given)}) THEN
      RAISE serialization_failure USING MESSAGE = 'a trigger was changed since the comparison';
    END IF`;
}

/** The statement that makes triggers fire on every write again. */
export const enableAlways = (table: TableName, triggers: readonly string[]): string =>
  `ALTER TABLE ${qualifiedName(table)} ${triggers.map((name) => `ENABLE ALWAYS TRIGGER ${identifier(name)}`).join(', ')}`;
