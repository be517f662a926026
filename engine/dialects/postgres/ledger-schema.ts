import type { Statement } from '../../database/database.ts';
import { catalogAloneFunctions } from './catalog-alone.ts';
import { closeFunction } from './ledger-close.ts';
import { enterFunction, isContractedFunction, mayStartFunction } from './ledger-enter.ts';
import { pastVacuumFunction } from './past-vacuum.ts';
import { oneOfWords, upgradeLedger } from './ledger-upgrade.ts';
import { dollarQuoted } from './quote.ts';
import { noteRefusedFunction } from './refused-rows.ts';
import { isTruthFunction } from './stubborn-rows.ts';
import { batchFunction } from './batch-function.ts';
import { installMadeOnView } from './dependents/made-on-view.ts';
import { installReadersFirst } from './dependents/readers-first.ts';
import { underSettingsFunction } from './walk-parameters.ts';
import { attachedFunction } from './attached.ts';
import { everyRowSeenFunction } from './every-row-seen.ts';
import { keyTextFunction } from './key-text.ts';

// A person's order. What refuses it is said in a word that engine/ledger/standing-order.ts knows; a function, so that what was
// committed while it waited for the row is seen.
const steerFunction = `CREATE OR REPLACE FUNCTION underpin.steer(of_migration text, wanted text, why text, who text, for_seconds bigint, share double precision)
  RETURNS json
  LANGUAGE plpgsql
AS ${dollarQuoted(
  `DECLARE
  held underpin.migration%ROWTYPE;
  standing text;
  refused text;
BEGIN
  SELECT * INTO held FROM underpin.migration WHERE name = of_migration FOR UPDATE;
  -- A pause whose time is over stands no longer.
  standing := CASE WHEN held.order_until < clock_timestamp() THEN NULL ELSE held.standing_order END;
  refused := CASE
    WHEN NOT FOUND THEN 'unknown'
    WHEN held.status <> 'running' THEN 'over'
    WHEN EXISTS (
      SELECT FROM underpin.event WHERE migration = of_migration AND epoch = held.epoch AND what = 'fenced'
    ) THEN 'rolling-back'
    WHEN wanted = 'abort' AND EXISTS (
      SELECT FROM underpin.applied WHERE migration = of_migration AND phase = 'contract' AND direction = 'run'
    ) THEN 'contracted'
    WHEN wanted <> 'abort' AND standing = 'abort' THEN 'aborted'
  END;
  IF refused IS NULL THEN
    IF wanted = 'pace' THEN
      UPDATE underpin.migration
      SET pace = CASE WHEN share IS NOT NULL THEN
            jsonb_build_object('dutyCycle', share, 'reason', why, 'by', who, 'at', clock_timestamp()) END,
          updated_at = clock_timestamp()
      WHERE name = of_migration;
    ELSIF standing IS NOT DISTINCT FROM nullif(wanted, 'resume') THEN
      -- Whoever gave an order that stands already stays with it, with their reason. A pause may become longer.
      UPDATE underpin.migration
      SET order_until = greatest(order_until, clock_timestamp() + make_interval(secs => for_seconds))
      WHERE name = of_migration AND wanted = 'pause';
    ELSE
      UPDATE underpin.migration
      SET standing_order = nullif(wanted, 'resume'), order_reason = why, order_by = who, ordered_at = clock_timestamp(),
          order_until = CASE WHEN wanted = 'pause' THEN clock_timestamp() + make_interval(secs => for_seconds) END,
          updated_at = clock_timestamp()
      WHERE name = of_migration;
    END IF;
    INSERT INTO underpin.event (migration, epoch, what, detail)
    VALUES (of_migration, held.epoch, 'ordered', jsonb_build_object('order', wanted, 'was', standing, 'reason', why, 'by', who)
            || CASE wanted WHEN 'pace' THEN jsonb_build_object('dutyCycle', share)
                           WHEN 'pause' THEN jsonb_build_object('forSeconds', for_seconds) ELSE '{}'::jsonb END);
  END IF;
  RETURN json_build_object('refused', refused, 'was', standing, 'epoch', held.epoch, 'status', held.status);
END`,
  'steer',
)};`;

/**
 * For whatever creates or replaces what all migrations share: at once, IF NOT EXISTS and OR REPLACE collide in the catalog.
 * Waiting for an advisory lock does not tell a session what was created meanwhile; opening a table does.
 */
export const aloneInSchema = `PERFORM pg_advisory_xact_lock(hashtext('underpin'));
  PERFORM FROM pg_catalog.pg_namespace LIMIT 1;`;

/** A function that all migrations share, as CREATE OR REPLACE FUNCTION. */
export const installShared = (definition: string): Statement => ({
  text: `DO ${dollarQuoted(`BEGIN\n  ${aloneInSchema}\n${definition};\nEND`, 'install')}`,
  catalogOnly: true,
});

/** Builds the ledger beside the data, so that a batch and its checkpoint commit together. Safe to run again, beside running migrations. */
export const installLedger: Statement = {
  text: `DO ${dollarQuoted(
    `BEGIN
  ${aloneInSchema}
  CREATE SCHEMA IF NOT EXISTS underpin;
  CREATE TABLE IF NOT EXISTS underpin.migration (
    name text PRIMARY KEY,
    declaration text NOT NULL,
    plan jsonb NOT NULL,
    settings jsonb NOT NULL,
    epoch bigint NOT NULL,
    execution text NOT NULL,
    status text NOT NULL ${oneOfWords('status')},
    phase text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    standing_order text ${oneOfWords('order')},
    order_reason text,
    order_by text,
    ordered_at timestamptz,
    order_until timestamptz,
    pace jsonb,
    -- When a row that had refused the change was filled last.
    swept_at timestamptz,
    swept_by xid8
  );
  -- To whom a table belongs, from planning until its migration has ended and nothing of it stands.
  CREATE TABLE IF NOT EXISTS underpin.table_claim (
    table_schema text NOT NULL,
    table_name text NOT NULL,
    migration text NOT NULL REFERENCES underpin.migration,
    claimed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (table_schema, table_name)
  );
  CREATE TABLE IF NOT EXISTS underpin.applied (
    migration text NOT NULL REFERENCES underpin.migration,
    phase text NOT NULL,
    direction text NOT NULL ${oneOfWords('applied')},
    unit bigint NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (migration, phase, direction, unit)
  );
  -- Statements beside the traffic that were about to be sent, until somebody has their answer.
  CREATE TABLE IF NOT EXISTS underpin.unanswered (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    migration text NOT NULL REFERENCES underpin.migration,
    epoch bigint NOT NULL,
    phase text NOT NULL,
    direction text NOT NULL ${oneOfWords('unanswered')},
    unit bigint NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp()
  );
  CREATE TABLE IF NOT EXISTS underpin.checkpoint (
    migration text NOT NULL REFERENCES underpin.migration,
    purpose text NOT NULL ${oneOfWords('purpose')},
    start bigint NOT NULL,
    n bigint NOT NULL,
    shard integer NOT NULL,
    epoch bigint NOT NULL,
    next jsonb,
    upper jsonb,
    rows bigint NOT NULL DEFAULT 0,
    changed bigint NOT NULL DEFAULT 0,
    batches bigint NOT NULL DEFAULT 0,
    batch_rows bigint NOT NULL DEFAULT 0,
    -- When its first batch began; until then, when it was cut.
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Whose changes the walk has found done when it was cut.
    begun_in pg_snapshot NOT NULL DEFAULT pg_current_snapshot(),
    PRIMARY KEY (migration, purpose, start, n, shard)
  );
  -- Without a foreign key: an application whose write is noted here must not lock the migration's row.
  CREATE TABLE IF NOT EXISTS underpin.stubborn_row (
    migration text NOT NULL,
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
  -- IF NOT EXISTS would lock the table to find that it is there.
  IF to_regclass('underpin.event_migration') IS NULL THEN
    CREATE INDEX event_migration ON underpin.event (migration, id);
  END IF;
${enterFunction}
${pastVacuumFunction}
${mayStartFunction}
${isContractedFunction}
${steerFunction}
${closeFunction}
${noteRefusedFunction}
${isTruthFunction}
${keyTextFunction}
${everyRowSeenFunction}
${attachedFunction}
${catalogAloneFunctions}
${underSettingsFunction}
${batchFunction}
${installMadeOnView.join('\n')}
${installReadersFirst}
${upgradeLedger}
END`,
    'ledger',
  )}`,
  catalogOnly: true,
};

/** The schema alone, for what is asked before there is a ledger, and whether it is there. */
export const createSchema: Statement = {
  text: `DO ${dollarQuoted(
    `BEGIN
  ${aloneInSchema}
  CREATE SCHEMA IF NOT EXISTS underpin;
END`,
    'schema',
  )}`,
  catalogOnly: true,
};

export const askSchema: Statement = {
  text: `SELECT json_build_object('exists', to_regnamespace('underpin') IS NOT NULL)::text`,
};

export const removeSchema: Statement = { text: 'DROP SCHEMA underpin CASCADE', catalogOnly: true };
