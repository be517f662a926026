// A ledger that an older version installed has no columns for orders yet: they are asked for by way of JSON, where an
// absent column is NULL.
const order = `CASE WHEN to_jsonb(m) ->> 'standing_order' IS NULL THEN NULL ELSE json_build_object(
    'order', to_jsonb(m) ->> 'standing_order', 'reason', coalesce(to_jsonb(m) ->> 'order_reason', ''),
    'by', coalesce(to_jsonb(m) ->> 'order_by', ''), 'at', coalesce(to_jsonb(m) ->> 'ordered_at', '')) END`;

const walked = `'rows', coalesce(sum(rows), 0), 'changed', coalesce(sum(changed), 0),
  'batches', coalesce(sum(batches), 0), 'shards', count(*), 'shardsDone', count(*) FILTER (WHERE next IS NULL),
  'seconds', coalesce(extract(epoch FROM max(updated_at) - min(started_at)), 0)`;

const event = `json_build_object('what', what, 'at', happened_at, 'epoch', epoch, 'detail', detail)::text`;

/** What people ask the ledger. Nothing here writes or locks. Parameters are bound by the caller (engine/ledger/ledger-reader.ts). */
export const ledgerQuestions = {
  migrations: `SELECT json_build_object('name', m.name, 'goal', coalesce(m.settings ->> 'goal', ''),
  'owner', m.settings ->> 'owner', 'ticket', m.settings ->> 'ticket', 'table', m.plan -> 'table',
  'status', m.status, 'phase', m.phase, 'epoch', m.epoch, 'execution', m.execution, 'updatedAt', m.updated_at,
  'estimatedRows', coalesce((m.plan ->> 'estimatedRows')::float8, 0),
  'backfilledRows', (SELECT coalesce(sum(c.rows), 0) FROM underpin.checkpoint AS c
                     WHERE c.migration = m.name AND c.walk = 'backfill'),
  'stubbornRows', (SELECT count(*) FROM underpin.stubborn_row AS s WHERE s.migration = m.name),
  'order', ${order})::text
FROM underpin.migration AS m
ORDER BY m.updated_at DESC
LIMIT 200`,

  backfill: `SELECT json_build_object(${walked})::text
FROM underpin.checkpoint
WHERE migration = :migration AND walk = 'backfill'`,

  // The newest comparison, finished or not. A repair walks like a backfill.
  verification: `SELECT json_build_object('walk', walk, 'at', max(updated_at), ${walked})::text
FROM underpin.checkpoint
WHERE migration = :migration AND walk <> 'backfill' AND walk NOT LIKE '%-repair'
GROUP BY walk
ORDER BY max(started_at) DESC
LIMIT 1`,

  // Since the latest start: whatever tells in which phase the migration is (engine/plan/phase-visits.ts says how).
  visits: `SELECT json_build_object('what', what, 'at', happened_at, 'phase', detail ->> 'phase', 'gate', detail ->> 'gate')::text
FROM underpin.event
WHERE migration = :migration
  AND (what IN ('claimed', 'fenced', 'evidence')
       OR (what IN ('running', 'completed', 'rolled-back', 'failed') AND detail ->> 'phase' IS NOT NULL)
       OR (what = 'unit' AND detail ->> 'phase' = 'read-switch' AND detail ->> 'unit' LIKE 'run-%'))
  AND id >= (SELECT coalesce(max(id), 0) FROM underpin.event WHERE migration = :migration AND what = 'claimed')
ORDER BY id`,

  failure: `SELECT json_build_object('reason', detail ->> 'reason', 'at', happened_at)::text
FROM underpin.event
WHERE migration = :migration AND what = 'failed' AND detail ->> 'reason' IS NOT NULL
  AND id >= (SELECT coalesce(max(id), 0) FROM underpin.event WHERE migration = :migration AND what = 'claimed')
ORDER BY id DESC
LIMIT 1`,

  events: `SELECT ${event}
FROM underpin.event
WHERE migration = :migration
ORDER BY id DESC
LIMIT 20`,

  audit: `SELECT ${event}
FROM underpin.event
WHERE migration = :migration AND what = 'audit'
ORDER BY id DESC
LIMIT 1`,
} as const;
