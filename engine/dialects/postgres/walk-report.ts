/**
 * What a statement of a walk answers. `thisShard`: conditions on its checkpoint; `isOutdated`: whether that one says nothing
 * any more of where rows are.
 * A batch that is lost in a crash is lost with its checkpoint, so its commit need not wait for the disk. The last one of
 * a shard does, and with it all before: what follows believes that the walk is finished.
 * Where nothing moved, the snapshot may be older than whoever we waited for (another copy, or a new epoch): a shard
 * that is not done in it is to be asked for again.
 */
export function walkReport(thisShard: string, isOutdated: string | null): string {
  const checkpoint = (what = ''): string => `SELECT ${what}FROM underpin.checkpoint
                             WHERE ${thisShard}`;
  const outdated =
    isOutdated === null
      ? ''
      : `\n                WHEN EXISTS (${checkpoint()} AND ${isOutdated}) THEN 'rewritten'`;
  return `SELECT json_build_object(
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
