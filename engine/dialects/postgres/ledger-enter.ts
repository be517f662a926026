import { arrivesWithinSeconds } from '../../ledger/unanswered.ts';
import { abortedState, fencedState } from './errors.ts';
import { dollarQuoted } from './quote.ts';

// In a function of a unit's place, with a variable `standing`: whose turn it is to change something.
const mayEnter = `  SELECT standing_order INTO standing FROM underpin.migration
  WHERE name = of_migration AND epoch = of_epoch
  FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'epoch % of % is over', of_epoch, of_migration USING ERRCODE = '${fencedState}';
  END IF;
  -- It may have waited for its change window for days.
  IF of_direction = 'run' AND NOT EXISTS (SELECT FROM underpin.table_claim WHERE migration = of_migration) THEN
    RAISE EXCEPTION 'the table no longer belongs to %', of_migration USING ERRCODE = '${fencedState}';
  END IF;
  -- Whoever aborts holds the same row meanwhile: either this unit is refused, or the order has seen it applied.
  IF standing = 'abort' AND of_direction = 'run' THEN
    RAISE EXCEPTION '% is aborted', of_migration USING ERRCODE = '${abortedState}';
  END IF;`;

/** Statements that somebody was about to send and that were not answered, of this migration: any of them may still arrive. */
export const mayStillCome = (migration: string, epoch: string): string =>
  `FROM underpin.unanswered AS u
  WHERE u.migration = ${migration} AND u.epoch < ${epoch}
    AND u.asked_at > clock_timestamp() - interval '${arrivesWithinSeconds} seconds'`;

// VOLATILE: it sees what was committed while the caller's statement waited for the migration's row.
export const isContractedFunction = `CREATE OR REPLACE FUNCTION underpin.is_contracted(of_migration text)
  RETURNS boolean
  LANGUAGE plpgsql
AS ${dollarQuoted(
  `BEGIN
  RETURN EXISTS (
    SELECT FROM underpin.applied WHERE migration = of_migration AND phase = 'contract' AND direction = 'run'
  );
END`,
  'is_contracted',
)};`;

// Before a statement that cannot stand in a transaction with its unit's mark. NULL: one of an older epoch may still come.
export const mayStartFunction = `CREATE OR REPLACE FUNCTION underpin.may_start(of_migration text, of_epoch bigint, of_phase text, of_direction text, of_unit bigint)
  RETURNS bigint
  LANGUAGE plpgsql
AS ${dollarQuoted(
  `DECLARE
  standing text;
  noted bigint;
BEGIN
${mayEnter}
  IF EXISTS (SELECT ${mayStillCome('of_migration', 'of_epoch')}) THEN
    RETURN NULL;
  END IF;
  INSERT INTO underpin.unanswered (migration, epoch, phase, direction, unit)
  VALUES (of_migration, of_epoch, of_phase, of_direction, of_unit)
  RETURNING id INTO noted;
  RETURN noted;
END`,
  'may_start',
)};`;

// Opens a unit of a phase inside the unit's own transaction: refuses an older epoch, and says no to a unit that a lost
// response makes somebody send again.
export const enterFunction = `CREATE OR REPLACE FUNCTION underpin.enter(of_migration text, of_epoch bigint, of_phase text, of_direction text, of_unit bigint)
  RETURNS boolean
  LANGUAGE plpgsql
AS ${dollarQuoted(
  `DECLARE
  standing text;
BEGIN
${mayEnter}
  IF of_direction = 'undo' AND NOT EXISTS (
    SELECT FROM underpin.applied WHERE migration = of_migration AND phase = of_phase AND direction = 'run'
  ) THEN
    RETURN false;
  END IF;
  INSERT INTO underpin.applied (migration, phase, direction, unit) VALUES (of_migration, of_phase, of_direction, of_unit)
  ON CONFLICT DO NOTHING;
  IF FOUND THEN
    INSERT INTO underpin.event (migration, epoch, what, detail)
    VALUES (of_migration, of_epoch, 'unit',
            jsonb_build_object('phase', of_phase, 'direction', of_direction, 'unit', of_unit));
    RETURN true;
  END IF;
  RETURN false;
END`,
  'enter',
)};`;
