const iso = (expression: string): string =>
  `to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** What the ledger tells of one execution afterwards. Parameters are bound by the caller (engine/ledger/account.ts). */
export const accountStatements = {
  // From the claim of the execution on: an earlier execution of the same migration has an account of its own.
  events: `SELECT json_build_object('id', id, 'at', ${iso('happened_at')}, 'what', what, 'detail', detail)::text
FROM underpin.event
WHERE migration = :migration AND id > :after
  AND id >= coalesce((SELECT min(c.id) FROM underpin.event AS c
                      WHERE c.migration = :migration AND c.what = 'claimed' AND c.detail ->> 'execution' = :execution), 0)
ORDER BY id
LIMIT 200`,

  walks: `SELECT json_build_object('walk', walk, 'from', ${iso('min(started_at)')}, 'to', ${iso('max(updated_at)')},
  'rows', sum(rows), 'changed', sum(changed), 'batches', sum(batches), 'finished', bool_and(next IS NULL))::text
FROM underpin.checkpoint
WHERE migration = :migration
GROUP BY walk
ORDER BY min(started_at), walk`,

  units: `SELECT json_build_object('phase', phase, 'unit', unit, 'at', ${iso('applied_at')})::text
FROM underpin.applied
WHERE migration = :migration`,
} as const;
