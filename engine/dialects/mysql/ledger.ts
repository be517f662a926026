import { charactersOfPiece } from '../ledger-sql.ts';
import {
  claimProcedure,
  closeProcedure,
  enterPhaseProcedure,
  fenceEpochProcedure,
  fenceProcedure,
  isContracted,
  markProcedure,
  mayStartProcedure,
  steerProcedure,
} from './ledger-procedures.ts';
import { callParameter } from './procedure.ts';
import { iso, jsonTruth } from './quote.ts';
import { cancelProcedure } from './running-statement.ts';

const call = `:${callParameter}`;

const order = `IF(m.standing_order IS NULL OR m.order_until < UTC_TIMESTAMP(3), NULL,
    JSON_OBJECT('order', m.standing_order, 'reason', m.order_reason, 'by', m.order_by, 'at', ${iso('m.ordered_at')},
      'until', ${iso('m.order_until')}))`;

/** How many rows have refused the change: those that are remembered, and those whose keys this epoch has forgotten. */
export const stubbornRowsOf = (migration: string): string => `((
  SELECT COUNT(*) FROM underpin.stubborn_row AS s WHERE s.migration = ${migration}
) + (
  SELECT COALESCE(SUM(e.detail ->> '$.stubbornRows'), 0)
  FROM underpin.event AS e JOIN underpin.migration AS o ON o.name = e.migration AND o.epoch = e.epoch
  WHERE e.migration = ${migration} AND e.what = 'forgotten'
))`;

/** What a migration is and who has it. Parameters are bound by the caller (engine/ledger/ledger.ts). */
export const ledgerStatements = {
  exists: `SELECT JSON_OBJECT('exists', ${jsonTruth(`EXISTS (
  SELECT 1 FROM information_schema.tables WHERE table_schema = 'underpin' AND table_name = 'migration')`)})`,

  find: `WITH RECURSIVE found AS (
  SELECT CAST(JSON_OBJECT('declaration', m.declaration, 'plan', m.plan, 'settings', m.settings, 'epoch', m.epoch,
    'execution', m.execution, 'status', m.status, 'phase', m.phase, 'standing', ${order}) AS CHAR) AS record
  FROM underpin.migration AS m
  WHERE m.name = :migration
), places (place, last) AS (
  SELECT 1, CHAR_LENGTH(record) FROM found
  UNION ALL
  SELECT place + ${charactersOfPiece}, last FROM places WHERE place + ${charactersOfPiece} <= last
)
SELECT JSON_QUOTE(SUBSTR(record, place, ${charactersOfPiece}))
FROM found CROSS JOIN places
ORDER BY place`,

  migrations: `SELECT JSON_OBJECT('name', m.name, 'goal', m.settings -> '$.goal', 'owner', m.settings -> '$.owner',
  'ticket', m.settings -> '$.ticket', 'table', m.plan -> '$.table', 'status', m.status, 'phase', m.phase, 'epoch', m.epoch,
  'execution', m.execution, 'updatedAt', ${iso('m.updated_at')}, 'estimatedRows', m.plan -> '$.estimatedRows',
  'backfilledRows', (SELECT COALESCE(SUM(c.rows_seen), 0) FROM underpin.checkpoint AS c
                     WHERE c.migration = m.name AND c.purpose = 'backfill'),
  'stubbornRows', ${stubbornRowsOf('m.name')},
  'order', ${order}, 'pace', m.pace)
FROM underpin.migration AS m
ORDER BY m.updated_at DESC
LIMIT 200`,

  running: `SELECT JSON_OBJECT('count', COUNT(*)) FROM underpin.migration WHERE status = 'running'`,

  steer: steerProcedure.call(call, ':migration', ':order', ':reason', ':by', ':for_seconds', ':duty_cycle'),

  ordersInForce: `SELECT JSON_OBJECT('standing', ${order}, 'pace', m.pace)
FROM underpin.migration AS m
WHERE m.name = :migration`,

  claim: claimProcedure.call(
    call,
    ':migration',
    ':declaration',
    ':plan',
    ':settings',
    ':execution',
    ':seen',
    ':table_schema',
    ':table_name',
  ),

  fence: fenceProcedure.call(call, ':migration', ':execution'),
  fenceEpoch: fenceEpochProcedure.call(call, ':migration', ':epoch'),
  enterPhase: enterPhaseProcedure.call(call, ':migration', ':epoch', ':phase'),
  close: closeProcedure.call(call, ':migration', ':epoch', ':status', ':by'),

  applied: `SELECT JSON_OBJECT('phase', phase, 'direction', direction, 'unit', unit, 'at', ${iso('applied_at')})
FROM underpin.applied
WHERE migration = :migration`,

  mark: markProcedure.call(call, ':migration', ':epoch', ':phase', ':direction', ':unit'),

  mayStart: mayStartProcedure.call(call, ':migration', ':epoch', ':phase', ':direction', ':unit'),

  answered: `DELETE FROM underpin.unanswered WHERE id = :id`,

  // What was begun and never ended is undone too: the next start would take what it finds there for its own.
  forget: `DELETE a, b
FROM underpin.migration AS m
LEFT JOIN underpin.applied AS a ON a.migration = m.name AND a.phase = :phase
LEFT JOIN underpin.begun AS b ON b.migration = m.name AND b.phase = :phase
WHERE m.name = :migration AND m.epoch = :epoch`,

  holder: `SELECT JSON_OBJECT('migration', m.name, 'status', m.status, 'phase', m.phase,
  'stands', ${jsonTruth('EXISTS (SELECT 1 FROM underpin.applied AS a WHERE a.migration = m.name)')})
FROM underpin.table_claim AS t JOIN underpin.migration AS m ON m.name = t.migration
WHERE t.table_schema = :table_schema AND t.table_name = :table_name AND t.migration <> :migration
  AND NOT ${isContracted('t.migration')}`,

  // When a migration ended: when the old shape went, else when it was fenced, else when it was last touched.
  ended: `SELECT JSON_OBJECT('at', DATE_FORMAT(COALESCE(
  (SELECT MAX(a.applied_at) FROM underpin.applied AS a
   WHERE a.migration = m.name AND a.phase = 'contract' AND a.direction = 'run'),
  (SELECT MAX(e.happened_at) FROM underpin.event AS e WHERE e.migration = m.name AND e.epoch = m.epoch AND e.what = 'fenced'),
  m.updated_at), '%Y-%m-%dT%H:%i:%sZ'))
FROM underpin.migration AS m
WHERE m.name = :migration`,

  cancelOnline: cancelProcedure.call(call, ':migration', ':epoch', ':phase'),
} as const;
