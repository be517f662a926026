// Times travel as text that sorts as it runs.
const iso = (value: string): string =>
  `to_char(${value} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** What gates ask of the ledger, and what they leave in it. Parameters are bound by the caller (engine/ledger/gate-record.ts). */
export const gateStatements = {
  // A pass is newer than a repair when it began after the last checkpoint of a walk that writes.
  pass: `SELECT json_build_object('rows', coalesce(sum(rows), 0), 'mismatches', coalesce(sum(changed), 0),
  'finished', count(*) > 0 AND count(*) = count(*) FILTER (WHERE next IS NULL),
  'startedAt', ${iso('min(started_at)')}, 'finishedAt', ${iso('max(updated_at)')},
  'ageSeconds', coalesce(extract(epoch FROM clock_timestamp() - max(updated_at)), 0),
  'lastRepairAt', (SELECT ${iso('max(r.updated_at)')}
                   FROM underpin.checkpoint AS r
                   WHERE r.migration = :migration AND (r.walk = 'backfill' OR r.walk LIKE '%-repair')))::text
FROM underpin.checkpoint
WHERE migration = :migration AND walk = :walk`,

  // The first time in this epoch.
  enteredAt: `SELECT json_build_object('at', ${iso('min(happened_at)')},
  'seconds', extract(epoch FROM clock_timestamp() - min(happened_at)))::text
FROM underpin.event
WHERE migration = :migration AND epoch = :epoch AND what = 'running' AND detail ->> 'phase' = :phase`,

  evidence: `INSERT INTO underpin.event (migration, epoch, what, detail)
SELECT name, epoch, 'evidence', (:detail)::jsonb FROM underpin.migration WHERE name = :migration AND epoch = :epoch`,

  // The task may come again when its response was lost; it was one decision.
  decided: `INSERT INTO underpin.event (migration, epoch, what, detail)
SELECT m.name, m.epoch, 'decided', (:detail)::jsonb
FROM underpin.migration AS m
WHERE m.name = :migration AND m.epoch = :epoch
  AND NOT EXISTS (SELECT FROM underpin.event AS e
                  WHERE e.migration = :migration AND e.what = 'decided'
                    AND e.detail ->> 'decidedBy' = (:detail)::jsonb ->> 'decidedBy')`,

  // One way back, one refusal: the epoch is the fence's own.
  rejected: `INSERT INTO underpin.event (migration, epoch, what, detail)
SELECT m.name, m.epoch, 'decided', (:detail)::jsonb
FROM underpin.migration AS m
WHERE m.name = :migration AND m.epoch = :epoch`,
} as const;
