import type { Statement } from '../../database/database.ts';
import { walkParameters } from '../../ledger/walk-id.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { ChangedTriggers } from '../running-dialect.ts';
import { identifier, literal, qualifiedName } from './quote.ts';
import { lockTable } from './tables.ts';
import { isOfAnotherServer, wholeNumber } from './transaction-numbers.ts';

/** Rows of a child count as the table's, and no trigger of ours fires where one is written. */
const childrenOf = (table: TableName): string => `pg_inherits JOIN pg_class ON oid = inhrelid
WHERE inhparent = to_regclass(${literal(qualifiedName(table))}) AND NOT relispartition`;

export const findChildren = (table: TableName): Statement => ({
  text: `SELECT json_build_object('name', inhrelid::regclass::text)::text
FROM ${childrenOf(table)}
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

/** Where no trigger has clones: what makes a table a partition tells by its author when it came. */
const partitionsOf = (table: TableName): string => `(
  SELECT 'ATTACH PARTITION' AS name, p.relid AS partition, p.relid::oid AS oid, i.xmin AS author
  FROM pg_partition_tree(to_regclass(${literal(qualifiedName(table))})) AS p JOIN pg_inherits AS i ON i.inhrelid = p.relid
  WHERE p.level > 0
) AS o`;

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
export const isMadeAsPartition = `EXISTS (
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
export const isSeenBy = (
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
 * catalog tells by its number who wrote it, and so does one of the ledger. `restored`: nobody can say since when. Of no triggers: which
 * partitions were attached.
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
  ...(triggers.length === 0 ? {} : { triggers: JSON.stringify(triggers) }),
  ...(since === null ? { migration: claim.migration } : walkParameters(claim, since)),
});

const changedSince = (
  { table, triggers, since }: ChangedTriggers,
  given: Given,
): string => `SELECT json_build_object('trigger', o.name, 'restored', ${since === null ? 'false' : 'bool_or(w.restored)'}, ${where})::text
FROM ${triggers.length === 0 ? partitionsOf(table) : oursOn(table, given)}${
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
 * Statements of a unit that takes the strongest lock of the table and its partitions, whatever else it does: an ATTACH for which that
 * has waited is committed by then, and seen, and none can come behind it. A serialization failure: whoever is called again asks before it
 * begins.
 */
export function refuseChangedTriggers(of: ChangedTriggers): readonly string[] {
  const parameters = parametersOf(of);
  const given: Given = (name) => {
    const value = parameters[name] ?? '';
    return typeof value === 'number' ? String(value) : literal(value);
  };
  return [
    lockTable(of.table, 'ACCESS EXCLUSIVE'),
    `    IF EXISTS (${changedSince(of, given)}) OR EXISTS (SELECT FROM ${childrenOf(of.table)}) THEN
      RAISE serialization_failure USING MESSAGE = 'rows may have come since the comparison';
    END IF`,
  ];
}

/** The statement that makes triggers fire on every write again. */
export const enableAlways = (table: TableName, triggers: readonly string[]): string =>
  `ALTER TABLE ${qualifiedName(table)} ${triggers.map((name) => `ENABLE ALWAYS TRIGGER ${identifier(name)}`).join(', ')}`;
