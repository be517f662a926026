import { stubbornRowsOf } from './ledger.ts';
import { iso } from './quote.ts';

const seconds = (from: string, to: string): string => `TIMESTAMPDIFF(MICROSECOND, ${from}, ${to}) / 1000000`;

/** Of the shards that have begun: how long a function takes to start says nothing of the rows. */
const begun = (column: string): string => `IF(batches > 0, ${column}, NULL)`;
const firstBatch = `MIN(${begun('started_at')})`;

const walked = `SELECT JSON_OBJECT('purpose', purpose, 'start', start, 'n', n, 'rows', SUM(rows_seen), 'changed', SUM(changed),
  'batches', SUM(batches), 'shards', COUNT(*), 'shardsDone', SUM(next IS NULL),
  'seconds', COALESCE(${seconds(firstBatch, `MAX(${begun('updated_at')})`)}, 0),
  'from', ${iso(`COALESCE(${firstBatch}, MIN(started_at))`)},
  'to', ${iso('MAX(updated_at)')}, 'ageSeconds', ${seconds('MAX(updated_at)', 'UTC_TIMESTAMP(3)')})
FROM underpin.checkpoint
WHERE migration = :migration`;

/** When a row was last written by a walk, or alone, once it had refused; null where none was. */
export const lastWritten = (migration: string): string => `(
    SELECT MAX(w.at) FROM (
      SELECT c.updated_at AS at FROM underpin.checkpoint AS c
      WHERE c.migration = ${migration} AND c.purpose IN ('backfill', 'repair')
      UNION ALL
      SELECT s.swept_at FROM underpin.swept AS s WHERE s.migration = ${migration}
    ) AS w)`;

const which = 'purpose = :purpose AND start = :start AND n = :n';

/** How far walks are. Parameters are bound by the caller (engine/ledger/walks.ts). */
export const walkQuestions = {
  shards: `SELECT JSON_OBJECT('shard', shard, 'done', next IS NULL, 'rows', rows_seen, 'batchRows', 0)
FROM underpin.checkpoint
WHERE migration = :migration AND ${which}
ORDER BY shard`,

  walk: `${walked} AND ${which}
GROUP BY purpose, start, n`,

  walks: `${walked}
GROUP BY purpose, start, n
ORDER BY MIN(started_at), purpose, start, n`,

  // Finished or not.
  newestComparison: `${walked} AND purpose NOT IN ('backfill', 'repair')
GROUP BY purpose, start, n
ORDER BY MAX(started_at) DESC
LIMIT 1`,

  lastWritten: `SELECT JSON_OBJECT('at', ${iso(lastWritten(':migration'))})`,

  stubbornCount: `SELECT JSON_OBJECT('count', ${stubbornRowsOf(':migration')})`,

  stubbornRows: `SELECT JSON_OBJECT('key', row_key, 'sqlstate', code, 'attempts', attempts)
FROM underpin.stubborn_row
WHERE migration = :migration AND row_key > :after
ORDER BY row_key
LIMIT 1000`,

  forgetProgress: `DELETE c, w
FROM underpin.migration AS m
LEFT JOIN underpin.checkpoint AS c ON c.migration = m.name
LEFT JOIN underpin.swept AS w ON w.migration = m.name
WHERE m.name = :migration AND m.epoch = :epoch`,

  forget: `DELETE c, s, w
FROM underpin.migration AS m
LEFT JOIN underpin.checkpoint AS c ON c.migration = m.name
LEFT JOIN underpin.stubborn_row AS s ON s.migration = m.name
LEFT JOIN underpin.swept AS w ON w.migration = m.name
WHERE m.name = :migration AND m.epoch = :epoch`,
} as const;
