import type { Brief } from '../../plan/plan.ts';
import type { Statement } from '../../database/database.ts';
import { charactersOfPiece, type UnitPlace } from '../ledger-sql.ts';
import { mayStillCome } from './ledger-enter.ts';
import { isForgotten, stubbornRowsOf } from './ledger-close.ts';
import { pastVacuum } from './past-vacuum.ts';
import { dollarQuoted, iso, literal } from './quote.ts';
import { ourSessions } from './running-statement.ts';
import { twoLocksMs } from './two-locks.ts';

/**
 * A unit's statements as one call: they commit together with their mark in the ledger or not at all, wait for no lock
 * longer than the timeout but for autovacuum's, and do nothing the second time. Behind the first one they hold a lock that writers may wait for.
 * A DO block takes no parameters; the few values are literals, quoted here.
 */
export function briefCall(
  place: UnitPlace,
  unit: Pick<Brief, 'statements' | 'waitsAtMostMs' | 'catalogOnly'>,
  lockTimeoutMs: number,
): Statement {
  const waits = Math.min(lockTimeoutMs, unit.waitsAtMostMs ?? lockTimeoutMs);
  const [first, ...others] = unit.statements.map((statement) => `${statement};`);
  const statements = [
    ...(first === undefined ? [] : [first]),
    ...(others.length > 0 && waits > twoLocksMs ? [waitsFor(twoLocksMs)] : []),
    ...others,
  ];
  const body = `BEGIN
  ${pastVacuum(place.migration, unit.statements)}
  ${waitsFor(waits)}
  IF ${entered(place)} THEN
${statements.join('\n')}
  END IF;
END`;
  return {
    text: `DO ${dollarQuoted(body, 'unit')}`,
    ...(unit.catalogOnly === undefined ? {} : { catalogOnly: unit.catalogOnly }),
  };
}

const waitsFor = (ms: number): string => `PERFORM set_config('lock_timeout', '${ms}ms', true);`;

const entered = ({ migration, epoch, phase, direction, unit }: UnitPlace): string =>
  `underpin.enter(${literal(migration)}, ${epoch}, ${literal(phase)}, ${literal(direction)}, ${unit})`;

// The new epoch makes every worker of the old one harmless: its checkpoints are no longer its own.
const fenceWhere = (held: string): string => `WITH fenced AS (
  UPDATE underpin.migration SET epoch = epoch + 1, updated_at = clock_timestamp()
  WHERE name = :migration AND ${held}
  RETURNING name, epoch
), moved AS (
  UPDATE underpin.checkpoint AS c SET epoch = f.epoch FROM fenced AS f WHERE c.migration = f.name
), noted AS (
  INSERT INTO underpin.event (migration, epoch, what) SELECT name, epoch, 'fenced' FROM fenced
)
SELECT json_build_object('epoch', epoch)::text FROM fenced`;

// Then it has ended, whatever became of the execution that was to close it.
const isContracted = (migration: string): string =>
  `EXISTS (SELECT FROM underpin.applied AS a WHERE a.migration = ${migration} AND a.phase = 'contract' AND a.direction = 'run')`;

// Seconds since 1970: in a database that was restored, no start gets an epoch that one of after the backup has had.
const secondsNow = 'extract(epoch FROM clock_timestamp())::bigint';

const order = `CASE WHEN m.standing_order IS NOT NULL AND coalesce(m.order_until > clock_timestamp(), true)
    THEN json_build_object('order', m.standing_order, 'reason', m.order_reason, 'by', m.order_by, 'at', m.ordered_at,
                           'until', m.order_until) END`;

/** What a migration is and who has it. Parameters are bound by the caller (engine/ledger/ledger.ts). */
export const ledgerStatements = {
  exists: `SELECT json_build_object('exists', to_regclass('underpin.migration') IS NOT NULL)::text`,

  find: `WITH found AS MATERIALIZED (
  SELECT json_build_object('declaration', m.declaration, 'plan', m.plan, 'settings', m.settings, 'epoch', m.epoch,
    'execution', m.execution, 'status', m.status, 'phase', m.phase, 'standing', ${order})::text AS record
  FROM underpin.migration AS m
  WHERE m.name = :migration
)
SELECT to_json(substr(record, place, ${charactersOfPiece}))::text
FROM found CROSS JOIN generate_series(1, length(record), ${charactersOfPiece}) AS place
ORDER BY place`,

  migrations: `SELECT json_build_object('name', m.name, 'goal', m.settings -> 'goal', 'owner', m.settings -> 'owner',
  'ticket', m.settings -> 'ticket', 'table', m.plan -> 'table', 'status', m.status, 'phase', m.phase, 'epoch', m.epoch,
  'execution', m.execution, 'updatedAt', m.updated_at, 'estimatedRows', m.plan -> 'estimatedRows',
  'backfilledRows', (SELECT coalesce(sum(c.rows), 0) FROM underpin.checkpoint AS c
                     WHERE c.migration = m.name AND c.purpose = 'backfill'),
  'stubbornRows', ${stubbornRowsOf('m.name')},
  'order', ${order}, 'pace', m.pace)::text
FROM underpin.migration AS m
ORDER BY m.updated_at DESC
LIMIT 200`,

  running: `SELECT json_build_object('count', count(*))::text FROM underpin.migration WHERE status = 'running'`,

  steer: `SELECT underpin.steer(:migration, :order, :reason, :by, :for_seconds, :duty_cycle)::text`,

  ordersInForce: `SELECT json_build_object('standing', ${order}, 'pace', m.pace)::text
FROM underpin.migration AS m
WHERE m.name = :migration`,

  // The new epoch makes every worker of an earlier execution harmless: its checkpoints are no longer its own.
  // Whoever starts a migration wants it to go on: orders to its past execution end with that one's epoch.
  // The table is taken in the same statement: of two migrations that plan it at once, one gets no row.
  claim: `WITH before AS MATERIALIZED (
  SELECT standing_order, status FROM underpin.migration WHERE name = :migration
), taken AS (
  INSERT INTO underpin.table_claim AS t (table_schema, table_name, migration)
  VALUES (:table_schema, :table_name, :migration)
  ON CONFLICT (table_schema, table_name) DO UPDATE SET migration = excluded.migration, claimed_at = excluded.claimed_at
    WHERE t.migration = excluded.migration OR ${isContracted('t.migration')}
  RETURNING migration
), claimed AS (
  INSERT INTO underpin.migration AS m (name, declaration, plan, settings, epoch, execution, status, phase)
  SELECT :migration, :declaration, (:plan)::jsonb, (:settings)::jsonb, ${secondsNow}, :execution, 'running', 'plan'
  FROM taken
  ON CONFLICT (name) DO UPDATE
    SET declaration = excluded.declaration, plan = excluded.plan, settings = excluded.settings, epoch = greatest(m.epoch + 1, excluded.epoch),
        execution = excluded.execution, status = 'running', phase = 'plan', updated_at = clock_timestamp(),
        standing_order = NULL, order_reason = NULL, order_by = NULL, ordered_at = NULL, order_until = NULL, pace = NULL
    -- Two starts at once have both seen the same epoch: only one of them gets it. A copy of a call moves nothing under the
    -- machine that has gone on with its answer, and nobody anything that was contracted since it was looked at.
    WHERE m.epoch = :seen AND NOT (m.execution = excluded.execution AND m.phase <> 'plan') AND NOT underpin.is_contracted(m.name)
  RETURNING name, epoch
), left_behind AS (
  -- Its file may have named another table before.
  DELETE FROM underpin.table_claim AS t USING claimed AS k
  WHERE t.migration = k.name AND (t.table_schema, t.table_name) <> (:table_schema, :table_name)
), moved AS (
  UPDATE underpin.checkpoint AS c SET epoch = k.epoch FROM claimed AS k
  WHERE c.migration = k.name AND NOT ${isForgotten('c')}
), begun_anew AS (
  DELETE FROM underpin.checkpoint AS c USING claimed AS k WHERE c.migration = k.name AND ${isForgotten('c')}
), forgotten AS (
  -- Were kept for people. This start's walks find again what refuses still.
  DELETE FROM underpin.stubborn_row AS s USING claimed AS k, before AS b WHERE s.migration = k.name AND b.status = 'rolled-back'
), noted AS (
  INSERT INTO underpin.event (migration, epoch, what, detail)
  SELECT name, epoch, 'claimed', jsonb_strip_nulls(jsonb_build_object(
    'execution', :execution::text, 'ended', (SELECT standing_order FROM before)
  ))
  FROM claimed
)
SELECT json_build_object('epoch', epoch)::text FROM claimed`,

  fence: fenceWhere('execution = :execution'),

  // By hand: where the epoch has moved since somebody looked, nothing happens.
  fenceEpoch: fenceWhere('epoch = :epoch'),

  enterPhase: `WITH entered AS (
  UPDATE underpin.migration SET phase = :phase, status = 'running', updated_at = clock_timestamp()
  WHERE name = :migration AND epoch = :epoch
  RETURNING name, epoch
), noted AS (
  INSERT INTO underpin.event (migration, epoch, what, detail)
  SELECT name, epoch, 'running', jsonb_build_object('phase', :phase::text) FROM entered
)
SELECT json_build_object('held', count(*))::text FROM entered`,

  close: `SELECT json_build_object('held', underpin.close(:migration, :epoch, :status, :by))::text`,

  applied: `SELECT json_build_object('phase', phase, 'direction', direction, 'unit', unit, 'at', ${iso('applied_at')})::text
FROM underpin.applied
WHERE migration = :migration`,

  // For a unit that cannot run inside a transaction: entered once the catalog says that it is done.
  mark: `SELECT json_build_object('entered', underpin.enter(:migration, :epoch, :phase, :direction, :unit))::text`,

  // For one that is not answered, should it be sent: what it is taken back by.
  mayStart: `SELECT json_build_object('id', underpin.may_start(:migration, :epoch, :phase, :direction, :unit))::text`,

  answered: `DELETE FROM underpin.unanswered WHERE id = :id`,

  forget: `DELETE FROM underpin.applied
WHERE migration = :migration AND phase = :phase
  AND EXISTS (SELECT FROM underpin.migration WHERE name = :migration AND epoch = :epoch)`,

  holder: `SELECT json_build_object('migration', m.name, 'status', m.status, 'phase', m.phase,
  'stands', EXISTS (SELECT FROM underpin.applied AS a WHERE a.migration = m.name))::text
FROM underpin.table_claim AS t JOIN underpin.migration AS m ON m.name = t.migration
WHERE t.table_schema = :table_schema AND t.table_name = :table_name AND t.migration <> :migration
  AND NOT ${isContracted('t.migration')}`,

  // When a migration ended: when the old shape went, else when it was fenced, else when it was last touched.
  ended: `SELECT json_build_object('at', to_char(coalesce(
  (SELECT max(applied_at) FROM underpin.applied
   WHERE migration = m.name AND phase = 'contract' AND direction = 'run'),
  (SELECT max(happened_at) FROM underpin.event WHERE migration = m.name AND epoch = m.epoch AND what = 'fenced'),
  m.updated_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))::text
FROM underpin.migration AS m
WHERE m.name = :migration`,

  // A statement that runs on by itself would hold the locks that its undo needs.
  cancelOnline: `SELECT json_build_object('cancelled', count(pg_cancel_backend(pid)),
  'mayStillCome', EXISTS (SELECT ${mayStillCome(':migration', ':epoch')} AND u.phase = :phase))::text
FROM pg_stat_activity
WHERE ${ourSessions(':migration')}`,
} as const;
