import type { BlockAddress } from './block-address.ts';
import type { KeyAddress } from './key-address.ts';
import type { Walked } from './walk-parameters.ts';

/** How a walk finds rows. */
export type RowAddress = KeyAddress | BlockAddress;

/**
 * Moves the checkpoint to the end of `range`, and answers. `changed`: how many of its rows were written, or differ.
 * A batch that is lost in a crash is lost with its checkpoint, so its commit need not wait for the disk. The last one of
 * a shard does, and with it all before: what follows believes that the walk is finished.
 * Where nothing moved, the snapshot may be older than whoever we waited for (another copy, or a new epoch): a shard
 * that is not done in it is to be asked for again.
 */
export function movedOn(
  { table, parameter, thisWalk, thisShard }: Walked,
  rows: RowAddress,
  changed: string,
): string {
  const checkpoint = (what = ''): string => `SELECT ${what}FROM underpin.checkpoint
                             WHERE ${thisWalk}
                               AND ${thisShard}`;
  const outdated =
    rows.isOutdated === null
      ? ''
      : `\n                WHEN EXISTS (${checkpoint()} AND ${rows.isOutdated}) THEN 'rewritten'`;
  // A batch that found its last key by offset has exactly that many rows; only the last one of a shard is counted.
  return `moved AS (
  UPDATE underpin.checkpoint
  SET next = (SELECT CASE WHEN next_1 IS NOT NULL THEN ${rows.packed('next')} END FROM range),
      rows = rows + CASE WHEN (SELECT whole FROM range) THEN ${parameter('rows')}
                         ELSE (SELECT count(*) FROM ${table} WHERE ${rows.inRange.replaceAll('\n    ', ' ')}) END,
      changed = changed + ${changed},
      batches = batches + 1,
      batch_rows = ${parameter('rows')},
      started_at = CASE WHEN batches = 0 THEN (SELECT began FROM range) ELSE started_at END,
      updated_at = clock_timestamp()
  WHERE ${thisWalk}
    AND ${thisShard} AND (SELECT count(*) FROM range) = 1
  RETURNING next IS NULL AS done, rows, changed
)
SELECT json_build_object(
  'state', CASE WHEN (SELECT count(*) FROM moved) = 1 THEN CASE WHEN (SELECT done FROM moved) THEN 'done' ELSE 'going' END
                WHEN EXISTS (${checkpoint()} AND next IS NULL) THEN 'done'${outdated}
                WHEN EXISTS (${checkpoint()}) THEN 'going'
                ELSE 'fenced' END,
  'rows', coalesce((SELECT rows FROM moved), (${checkpoint('rows ')})),
  'changed', (SELECT changed FROM moved),
  'commit', (SELECT CASE WHEN done THEN current_setting('synchronous_commit')
                         ELSE set_config('synchronous_commit', 'off', true) END FROM moved),
  'ms', (SELECT round(extract(epoch FROM clock_timestamp() - began) * 1000) FROM range))::text`;
}
