import type { Brief } from '../../plan/plan.ts';
import type { Statement } from '../../database/database.ts';
import type { UnitPlace } from '../dialect.ts';
import { abortedState, fencedState } from './errors.ts';
import { dollarQuoted, literal } from './quote.ts';

// Opens a unit of a phase inside the unit's own transaction: refuses an older epoch, and says no to a unit that a lost
// response makes somebody send again.
const enterFunction = `CREATE OR REPLACE FUNCTION underpin.enter(of_migration text, of_epoch bigint, of_phase text, of_unit text)
  RETURNS boolean
  LANGUAGE plpgsql
AS ${dollarQuoted(
  `DECLARE
  standing text;
BEGIN
  SELECT standing_order INTO standing FROM underpin.migration
  WHERE name = of_migration AND epoch = of_epoch
  FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'epoch % of % is over', of_epoch, of_migration USING ERRCODE = '${fencedState}';
  END IF;
  -- Whoever aborts holds the same row meanwhile: either this unit is refused, or the order has seen it applied.
  IF standing = 'abort' AND of_unit LIKE 'run-%' THEN
    RAISE EXCEPTION '% is aborted', of_migration USING ERRCODE = '${abortedState}';
  END IF;
  IF of_unit LIKE 'undo-%' AND NOT EXISTS (
    SELECT FROM underpin.applied WHERE migration = of_migration AND phase = of_phase AND unit LIKE 'run-%'
  ) THEN
    RETURN false;
  END IF;
  INSERT INTO underpin.applied (migration, phase, unit) VALUES (of_migration, of_phase, of_unit) ON CONFLICT DO NOTHING;
  IF FOUND THEN
    INSERT INTO underpin.event (migration, epoch, what, detail)
    VALUES (of_migration, of_epoch, 'unit', jsonb_build_object('phase', of_phase, 'unit', of_unit));
    RETURN true;
  END IF;
  RETURN false;
END`,
  'enter',
)};`;

// A person's order. What refuses it is said in a word that engine/ledger/standing-order.ts knows; a function, so that what was
// committed while it waited for the row is seen.
const steerFunction = `CREATE OR REPLACE FUNCTION underpin.steer(of_migration text, wanted text, why text, who text)
  RETURNS json
  LANGUAGE plpgsql
AS ${dollarQuoted(
  `DECLARE
  held underpin.migration%ROWTYPE;
  refused text;
BEGIN
  SELECT * INTO held FROM underpin.migration WHERE name = of_migration FOR UPDATE;
  refused := CASE
    WHEN NOT FOUND THEN 'unknown'
    WHEN held.status <> 'running' THEN 'over'
    WHEN EXISTS (
      SELECT FROM underpin.event WHERE migration = of_migration AND epoch = held.epoch AND what = 'fenced'
    ) THEN 'rolling-back'
    WHEN wanted = 'abort' AND EXISTS (
      SELECT FROM underpin.applied WHERE migration = of_migration AND phase = 'contract' AND unit LIKE 'run-%'
    ) THEN 'contracted'
    WHEN wanted <> 'abort' AND held.standing_order = 'abort' THEN 'aborted'
  END;
  IF refused IS NULL THEN
    UPDATE underpin.migration
    SET standing_order = nullif(wanted, 'resume'), order_reason = why, order_by = who, ordered_at = clock_timestamp(),
        updated_at = clock_timestamp()
    WHERE name = of_migration;
    INSERT INTO underpin.event (migration, epoch, what, detail)
    VALUES (of_migration, held.epoch, 'ordered',
            jsonb_build_object('order', wanted, 'was', held.standing_order, 'reason', why, 'by', who));
  END IF;
  RETURN json_build_object('refused', refused, 'was', held.standing_order, 'epoch', held.epoch, 'status', held.status);
END`,
  'steer',
)};`;

/** Builds the ledger beside the data, so that a batch and its checkpoint commit together. Safe to run again, beside running migrations. */
export const installLedger: Statement = {
  text: `DO ${dollarQuoted(
    `BEGIN
  -- Two first migrations at once: IF NOT EXISTS alone may still collide.
  PERFORM pg_advisory_xact_lock(hashtext('underpin'));
  CREATE SCHEMA IF NOT EXISTS underpin;
  CREATE TABLE IF NOT EXISTS underpin.migration (
    name text PRIMARY KEY,
    declaration text NOT NULL,
    plan jsonb NOT NULL,
    settings jsonb NOT NULL,
    epoch bigint NOT NULL,
    execution text NOT NULL,
    status text NOT NULL CHECK (status IN ('running', 'rolled-back', 'completed', 'failed')),
    phase text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    standing_order text CHECK (standing_order IN ('pause', 'abort')),
    order_reason text,
    order_by text,
    ordered_at timestamptz
  );
  -- A ledger from before there were orders. ALTER TABLE takes its lock even where it finds nothing to do, and every batch of
  -- every running migration reads this table: only where it must be, and not for longer than it may wait.
  IF NOT EXISTS (
    SELECT FROM pg_attribute WHERE attrelid = 'underpin.migration'::regclass AND attname = 'standing_order'
  ) THEN
    PERFORM set_config('lock_timeout', '2s', true);
    ALTER TABLE underpin.migration
      ADD COLUMN standing_order text CHECK (standing_order IN ('pause', 'abort')),
      ADD COLUMN order_reason text,
      ADD COLUMN order_by text,
      ADD COLUMN ordered_at timestamptz;
  END IF;
  CREATE TABLE IF NOT EXISTS underpin.applied (
    migration text NOT NULL REFERENCES underpin.migration,
    phase text NOT NULL,
    unit text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (migration, phase, unit)
  );
  CREATE TABLE IF NOT EXISTS underpin.checkpoint (
    migration text NOT NULL REFERENCES underpin.migration,
    walk text NOT NULL,
    shard integer NOT NULL,
    epoch bigint NOT NULL,
    next jsonb,
    upper jsonb,
    rows bigint NOT NULL DEFAULT 0,
    changed bigint NOT NULL DEFAULT 0,
    batches bigint NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (migration, walk, shard)
  );
  CREATE TABLE IF NOT EXISTS underpin.stubborn_row (
    migration text NOT NULL REFERENCES underpin.migration,
    key jsonb NOT NULL,
    sqlstate text NOT NULL,
    attempts integer NOT NULL DEFAULT 1,
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (migration, key)
  );
  CREATE TABLE IF NOT EXISTS underpin.event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    migration text NOT NULL,
    epoch bigint NOT NULL,
    happened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    what text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}'
  );
  CREATE INDEX IF NOT EXISTS event_migration ON underpin.event (migration, id);
${enterFunction}
${steerFunction}
END`,
    'ledger',
  )}`,
  catalogOnly: true,
};

/**
 * A unit's statements as one call: they commit together with their mark in the ledger or not at all, wait for no lock
 * longer than the timeout, and do nothing the second time.
 * A DO block takes no parameters; the few values are literals, quoted here.
 */
export function briefCall(
  place: UnitPlace,
  unit: Pick<Brief, 'statements'>,
  lockTimeoutMs: number,
): Statement {
  const body = `BEGIN
  PERFORM set_config('lock_timeout', '${lockTimeoutMs}ms', true);
  IF underpin.enter(${literal(place.migration)}, ${place.epoch}, ${literal(place.phase)}, ${literal(place.unit)}) THEN
${unit.statements.map((statement) => `${statement};`).join('\n')}
  END IF;
END`;
  return { text: `DO ${dollarQuoted(body, 'unit')}` };
}

/** The ledger's questions and entries. Parameters are bound by the caller (engine/ledger/ledger.ts). */
export const ledgerStatements = {
  exists: `SELECT json_build_object('exists', to_regclass('underpin.migration') IS NOT NULL)::text`,

  // By way of JSON: a ledger that an earlier version installed has no columns for orders yet.
  find: `SELECT json_build_object('declaration', declaration, 'plan', plan, 'settings', settings, 'epoch', epoch,
  'execution', execution, 'status', status, 'phase', phase, 'standing', (
    SELECT json_build_object('order', r ->> 'standing_order', 'reason', r ->> 'order_reason', 'by', r ->> 'order_by',
      'at', r ->> 'ordered_at')
    FROM to_jsonb(m) AS r
    WHERE r ->> 'standing_order' IS NOT NULL
  ))::text
FROM underpin.migration AS m
WHERE name = :migration`,

  steer: `SELECT underpin.steer(:migration, :order, :reason, :by)::text`,

  standing: `SELECT json_build_object('order', standing_order, 'reason', order_reason, 'by', order_by,
  'at', ordered_at)::text
FROM underpin.migration
WHERE name = :migration AND standing_order IS NOT NULL`,

  // The new epoch makes every worker of an earlier execution harmless: its checkpoints are no longer its own.
  // Whoever starts a migration wants it to go on: orders to its past execution end with that one's epoch.
  claim: `WITH before AS MATERIALIZED (
  SELECT standing_order FROM underpin.migration WHERE name = :migration
), claimed AS (
  INSERT INTO underpin.migration AS m (name, declaration, plan, settings, epoch, execution, status, phase)
  VALUES (:migration, :declaration, (:plan)::jsonb, (:settings)::jsonb, 1, :execution, 'running', 'plan')
  ON CONFLICT (name) DO UPDATE
    SET declaration = excluded.declaration, plan = excluded.plan, settings = excluded.settings, epoch = m.epoch + 1,
        execution = excluded.execution, status = 'running', phase = 'plan', updated_at = clock_timestamp(),
        standing_order = NULL, order_reason = NULL, order_by = NULL, ordered_at = NULL
    -- Two starts at once have both seen the same epoch: only one of them gets it.
    WHERE m.epoch = :seen
  RETURNING name, epoch
), moved AS (
  UPDATE underpin.checkpoint AS c SET epoch = k.epoch FROM claimed AS k WHERE c.migration = k.name
), noted AS (
  INSERT INTO underpin.event (migration, epoch, what, detail)
  SELECT name, epoch, 'claimed', jsonb_strip_nulls(jsonb_build_object(
    'execution', :execution::text, 'ended', (SELECT standing_order FROM before)
  ))
  FROM claimed
)
SELECT json_build_object('epoch', epoch)::text FROM claimed`,

  fence: `WITH fenced AS (
  UPDATE underpin.migration SET epoch = epoch + 1, updated_at = clock_timestamp()
  WHERE name = :migration AND execution = :execution
  RETURNING name, epoch
), moved AS (
  UPDATE underpin.checkpoint AS c SET epoch = f.epoch FROM fenced AS f WHERE c.migration = f.name
), noted AS (
  INSERT INTO underpin.event (migration, epoch, what) SELECT name, epoch, 'fenced' FROM fenced
)
SELECT json_build_object('epoch', epoch)::text FROM fenced`,

  enterPhase: `WITH entered AS (
  UPDATE underpin.migration
  SET phase = :phase, status = :status, updated_at = clock_timestamp(),
      standing_order = CASE WHEN :status = 'running' THEN standing_order END
  WHERE name = :migration AND epoch = :epoch
  RETURNING name, epoch
), noted AS (
  INSERT INTO underpin.event (migration, epoch, what, detail)
  SELECT name, epoch, :status, jsonb_build_object('phase', :phase::text) FROM entered
)
SELECT json_build_object('held', count(*))::text FROM entered`,

  applied: `SELECT json_build_object('phase', phase, 'unit', unit)::text
FROM underpin.applied
WHERE migration = :migration`,

  // For a unit that cannot run inside a transaction: entered once the catalog says that it is done.
  mark: `SELECT json_build_object('entered', underpin.enter(:migration, :epoch, :phase, :unit))::text`,

  forget: `DELETE FROM underpin.applied
WHERE migration = :migration AND phase = :phase
  AND EXISTS (SELECT FROM underpin.migration WHERE name = :migration AND epoch = :epoch)`,

  forgetWalks: `WITH held AS MATERIALIZED (
  SELECT name FROM underpin.migration WHERE name = :migration AND epoch = :epoch FOR UPDATE
), stubborn AS (
  DELETE FROM underpin.stubborn_row WHERE migration IN (SELECT name FROM held)
)
DELETE FROM underpin.checkpoint WHERE migration IN (SELECT name FROM held)`,

  shards: `SELECT json_build_object('shard', shard, 'done', next IS NULL, 'rows', rows)::text
FROM underpin.checkpoint
WHERE migration = :migration AND walk = :walk
ORDER BY shard`,

  progress: `SELECT json_build_object('rows', coalesce(sum(rows), 0), 'changed', coalesce(sum(changed), 0),
  'batches', coalesce(sum(batches), 0), 'shards', count(*), 'shardsDone', count(*) FILTER (WHERE next IS NULL),
  'seconds', coalesce(extract(epoch FROM max(updated_at) - min(started_at)), 0))::text
FROM underpin.checkpoint
WHERE migration = :migration AND walk = :walk`,

  stubbornCount: `SELECT json_build_object('count', count(*))::text
FROM underpin.stubborn_row
WHERE migration = :migration`,

  stubbornRows: `SELECT json_build_object('key', key::text, 'sqlstate', sqlstate, 'attempts', attempts)::text
FROM underpin.stubborn_row
WHERE migration = :migration AND (:after = '' OR key > (nullif(:after, ''))::jsonb)
ORDER BY key
LIMIT 1000`,

  // Migrations that are not over and have something standing on the same table.
  others: `SELECT json_build_object('name', m.name)::text
FROM underpin.migration AS m
WHERE m.name <> :migration AND m.status <> 'completed' AND m.plan -> 'table' = (:table)::jsonb
  AND EXISTS (SELECT FROM underpin.applied AS a WHERE a.migration = m.name AND a.unit LIKE 'run-%')`,

  // When a migration ended: when the old shape went, else when it was fenced, else when it was last touched.
  ended: `SELECT json_build_object('at', to_char(coalesce(
  (SELECT max(applied_at) FROM underpin.applied
   WHERE migration = m.name AND phase = 'contract' AND unit LIKE 'run-%'),
  (SELECT max(happened_at) FROM underpin.event WHERE migration = m.name AND epoch = m.epoch AND what = 'fenced'),
  m.updated_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))::text
FROM underpin.migration AS m
WHERE m.name = :migration`,

  audited: `INSERT INTO underpin.event (migration, epoch, what, detail)
SELECT name, epoch, 'audit', (:detail)::jsonb FROM underpin.migration WHERE name = :migration AND epoch = :epoch`,

  note: `INSERT INTO underpin.event (migration, epoch, what, detail)
VALUES (:migration, :epoch, :what, jsonb_build_object('reason', :reason::text))`,

  reason: `SELECT json_build_object('reason', detail ->> 'reason')::text
FROM underpin.event
WHERE migration = :migration AND epoch = :epoch AND what = 'failed'
ORDER BY id DESC
LIMIT 1`,

  // A statement that runs on by itself would hold the locks that its undo needs.
  cancelOnline: `SELECT json_build_object('cancelled', count(pg_cancel_backend(pid)))::text
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
  AND starts_with(query, '/* underpin ' || :migration || ' ')`,
} as const;
