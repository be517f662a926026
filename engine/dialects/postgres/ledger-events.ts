import { iso } from './quote.ts';

const event = `json_build_object('id', id, 'what', what, 'at', ${iso('happened_at')}, 'epoch', epoch, 'detail', detail)::text`;

// How often each statement was called is for the database alone: on a busy one it is longer than a row that the Data API gives.
const isAccount = "what <> 'statements'";

const latestStart = `id >= (SELECT coalesce(max(id), 0) FROM underpin.event WHERE migration = :migration AND what = 'claimed')`;

// An older epoch's is not written.
const kept = (what: string): string => `INSERT INTO underpin.event (migration, epoch, what, detail)
SELECT m.name, m.epoch, '${what}', (:detail)::jsonb
FROM underpin.migration AS m
WHERE m.name = :migration AND m.epoch = :epoch`;

// The task may be retried when its response was lost, and fences once more.
const keptOnce = (what: string): string => `${kept(what)}
  AND NOT EXISTS (SELECT FROM underpin.event
                  WHERE migration = :migration AND what = '${what}' AND detail = (:detail)::jsonb AND ${latestStart})`;

/** What happened, and who decided. Parameters are bound by the caller (engine/ledger/journal.ts). */
export const journalStatements = {
  // From the claim of the execution on: an earlier execution of the same migration has an account of its own.
  since: `SELECT ${event}
FROM underpin.event
WHERE migration = :migration AND id > :after AND ${isAccount}
  AND id >= coalesce((SELECT min(c.id) FROM underpin.event AS c
                      WHERE c.migration = :migration AND c.what = 'claimed' AND c.detail ->> 'execution' = :execution), 0)
ORDER BY id
LIMIT 200`,

  latest: `SELECT ${event}
FROM underpin.event
WHERE migration = :migration AND ${isAccount}
ORDER BY id DESC
LIMIT 20`,

  lastAudit: `SELECT ${event}
FROM underpin.event
WHERE migration = :migration AND what = 'audit'
ORDER BY id DESC
LIMIT 1`,

  // Since the latest start: whatever says in which phase the migration is (engine/plan/phase-visits.ts says how).
  visits: `SELECT json_build_object('what', what, 'at', happened_at, 'phase', detail ->> 'phase', 'gate', detail ->> 'gate')::text
FROM underpin.event
WHERE migration = :migration
  AND (what IN ('claimed', 'fenced', 'evidence')
       OR (what IN ('running', 'completed', 'rolled-back', 'failed') AND detail ->> 'phase' IS NOT NULL)
       OR (what = 'unit' AND detail ->> 'phase' = 'read-switch' AND detail ->> 'direction' = 'run'))
  AND ${latestStart}
ORDER BY id`,

  lastFailure: `SELECT json_build_object('reason', detail ->> 'reason', 'at', happened_at)::text
FROM underpin.event
WHERE migration = :migration AND what = 'failed' AND detail ->> 'reason' IS NOT NULL
  AND ${latestStart}
ORDER BY id DESC
LIMIT 1`,

  // The first time in this epoch.
  enteredAt: `SELECT json_build_object('at', ${iso('min(happened_at)')},
  'seconds', extract(epoch FROM clock_timestamp() - min(happened_at)))::text
FROM underpin.event
WHERE migration = :migration AND epoch = :epoch AND what = 'running' AND detail ->> 'phase' = :phase`,

  evidence: kept('evidence'),
  audit: kept('audit'),
  note: keptOnce('noted'),

  // The task may be retried when its response was lost; it was one decision.
  decision: `${kept('decided')}
  AND NOT EXISTS (SELECT FROM underpin.event AS e
                  WHERE e.migration = :migration AND e.what = 'decided'
                    AND e.detail ->> 'decidedBy' = (:detail)::jsonb ->> 'decidedBy')`,

  rejection: keptOnce('decided'),

  failure: `INSERT INTO underpin.event (migration, epoch, what, detail)
VALUES (:migration, :epoch, 'failed', jsonb_build_object('reason', :reason::text))`,
} as const;
