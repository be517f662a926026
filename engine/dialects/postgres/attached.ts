import type { Statement } from '../../database/database.ts';
import { truthUnit } from '../../ledger/truth.ts';
import type { TableName } from '../../spec/table-name.ts';
import { isMadeAsPartition, isSeenBy } from './dual-write-triggers.ts';
import { dollarQuoted, literal, regclass } from './quote.ts';
import { isOfAnotherServer } from './transaction-numbers.ts';

/**
 * Part of the ledger: the partitions that were attached behind the last walk for which the old side was the truth of an application that
 * writes both. That walk has filled the new side of all that was there.
 */
export const attachedFunction = `CREATE OR REPLACE FUNCTION underpin.attached_behind(of_table regclass, of_migration text)
  RETURNS oid[]
  LANGUAGE plpgsql STABLE
AS ${dollarQuoted(
  `BEGIN
  RETURN (
    WITH passed AS MATERIALIZED (
      SELECT c.begun_in, ${isOfAnotherServer('c')} AS restored FROM underpin.checkpoint AS c
      WHERE c.migration = of_migration AND c.purpose = 'reconcile' AND c.started_at < (
        SELECT a.applied_at FROM underpin.applied AS a
        WHERE a.migration = of_migration AND a.phase = 'read-switch' AND a.direction = 'run' AND a.unit = ${truthUnit}
      )
      ORDER BY c.started_at DESC
      LIMIT 1
    )
    SELECT coalesce(array_agg(p.relid::oid), '{}')
    FROM pg_partition_tree(of_table) AS p
    WHERE p.isleaf AND EXISTS (
      -- Rows of a partition came with whatever is above it.
      SELECT FROM pg_partition_ancestors(p.relid) AS above (relid)
      CROSS JOIN LATERAL (SELECT i.inhrelid::regclass AS partition, i.xmin AS author FROM pg_inherits AS i WHERE i.inhrelid = above.relid) AS o
      LEFT JOIN passed AS w ON true
      WHERE NOT coalesce(NOT w.restored AND ${isSeenBy('w.begun_in', () => 'of_migration')}, false)
        AND NOT ${isMadeAsPartition}
    )
  );
END`,
  'attached_behind',
)};`;

/** The partitions that it gives, in SQL. */
const attachedBehind = ({ table, migration }: Attached): string =>
  `underpin.attached_behind(${regclass(table)}, ${literal(migration)})`;

interface Attached {
  readonly table: TableName;
  readonly migration: string;
}

/** Whether a row lies in one of them; asked once for each statement, and only where a row comes so far. */
export const isAttachedBehind = (of: Attached): string =>
  `tableoid = ANY ((SELECT ${attachedBehind(of)})::oid[])`;

export const findAttachedBehind = (of: Attached): Statement => ({
  text: `SELECT json_build_object('name', r::regclass::text)::text FROM unnest(${attachedBehind(of)}) AS r ORDER BY 1`,
});
