import type { WalkParameters } from '../../ledger/walk-id.ts';
import { stubbornRowsOf } from './ledger-close.ts';
import { iso, literal } from './quote.ts';

const walked = `SELECT json_build_object('purpose', purpose, 'start', start, 'n', n, 'rows', sum(rows), 'changed', sum(changed),
  'batches', sum(batches), 'shards', count(*), 'shardsDone', count(*) FILTER (WHERE next IS NULL),
  'seconds', coalesce(extract(epoch FROM max(updated_at) FILTER (WHERE batches > 0) - min(started_at) FILTER (WHERE batches > 0)), 0),
  'from', ${iso('coalesce(min(started_at) FILTER (WHERE batches > 0), min(started_at))')},
  'to', ${iso('max(updated_at)')}, 'ageSeconds', extract(epoch FROM clock_timestamp() - max(updated_at)))::text
FROM underpin.checkpoint
WHERE migration = :migration`;

const which = 'purpose = :purpose AND start = :start AND n = :n';

/** How far walks are. Parameters are bound by the caller (engine/ledger/walks.ts). */
export const walkQuestions = {
  shards: `SELECT json_build_object('shard', shard, 'done', next IS NULL, 'rows', rows, 'batchRows', batch_rows)::text
FROM underpin.checkpoint
WHERE migration = :migration AND ${which}
ORDER BY shard`,

  walk: `${walked} AND ${which}
GROUP BY purpose, start, n`,

  walks: `${walked}
GROUP BY purpose, start, n
ORDER BY min(started_at), purpose, start, n`,

  // Finished or not.
  newestComparison: `${walked} AND purpose NOT IN ('backfill', 'repair')
GROUP BY purpose, start, n
ORDER BY max(started_at) DESC
LIMIT 1`,

  lastWritten: `SELECT json_build_object('at', ${iso('max(updated_at)')})::text
FROM underpin.checkpoint
WHERE migration = :migration AND purpose IN ('backfill', 'repair')`,

  stubbornCount: `SELECT json_build_object('count', ${stubbornRowsOf(':migration')})::text`,

  stubbornRows: `SELECT json_build_object('key', key::text, 'sqlstate', sqlstate, 'attempts', attempts)::text
FROM underpin.stubborn_row
WHERE migration = :migration AND (:after = '' OR key > (nullif(:after, ''))::jsonb)
ORDER BY key
LIMIT 1000`,

  forgetProgress: `DELETE FROM underpin.checkpoint WHERE migration IN (
  SELECT name FROM underpin.migration WHERE name = :migration AND epoch = :epoch FOR UPDATE
)`,

  forget: `WITH held AS MATERIALIZED (
  SELECT name FROM underpin.migration WHERE name = :migration AND epoch = :epoch FOR UPDATE
), stubborn AS (
  DELETE FROM underpin.stubborn_row WHERE migration IN (SELECT name FROM held)
)
DELETE FROM underpin.checkpoint WHERE migration IN (SELECT name FROM held)`,
} as const;

// Its transaction may have waited behind whoever looked, or have come late: the clock counts, not when it began.
export const endedWithin = (
  { migration, purpose, start, n }: WalkParameters,
  seconds: number,
): string => `    IF NOT coalesce((
      SELECT max(updated_at) >= clock_timestamp() - interval '${seconds} seconds' FROM underpin.checkpoint
      WHERE migration = ${literal(migration)} AND purpose = ${literal(purpose)} AND start = ${start} AND n = ${n}
    ), false) THEN
      RAISE serialization_failure USING MESSAGE = 'the walk has ended too long ago';
    END IF`;
