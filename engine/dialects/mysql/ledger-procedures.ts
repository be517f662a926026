import { arrivesWithinSeconds } from '../../ledger/unanswered.ts';
import { abortedState } from './errors.ts';
import { idempotentProcedure, claimsLock, migrationLock, raiseFenced } from './procedure.ts';
import { ledgerText, longText } from './procedure-parts.ts';
import { iso } from './quote.ts';

const ofMigration = `of_migration ${ledgerText}`;

/** Then it has ended, whatever became of the execution that was to close it. */
export const isContracted = (migration: string): string =>
  `EXISTS (SELECT 1 FROM underpin.applied AS a WHERE a.migration = ${migration} AND a.phase = 'contract' AND a.direction = 'run')`;

const note = (what: string, detail: string): string =>
  `INSERT INTO underpin.event (migration, epoch, what, detail) VALUES (of_migration, epoch_now, ${what}, ${detail});`;

// The new epoch makes every worker of an earlier execution harmless: its checkpoints are no longer its own. Whoever starts a
// migration wants it to go on: orders to its past execution end with that one's epoch.
export const claimProcedure = idempotentProcedure(
  'claim',
  [
    ofMigration,
    `declaration_now ${longText}`,
    'plan_now JSON',
    'settings_now JSON',
    `execution_now ${longText}`,
    'seen BIGINT',
    `in_schema ${ledgerText}`,
    `in_table ${ledgerText}`,
  ],
  {
    declares: [
      'epoch_now BIGINT',
      `standing ${ledgerText}`,
      `ended ${ledgerText}`,
      `holder ${ledgerText}`,
      'goes_on BOOLEAN DEFAULT FALSE',
    ],
    locks: [claimsLock, migrationLock],
    body: `    SELECT m.epoch, m.standing_order, m.status, m.execution = execution_now AND m.phase <> 'plan'
      INTO epoch_now, standing, ended, goes_on
    FROM underpin.migration AS m WHERE m.name = of_migration FOR UPDATE;
    SELECT t.migration INTO holder
    FROM underpin.table_claim AS t WHERE t.table_schema = in_schema AND t.table_name = in_table FOR UPDATE;
    -- Two starts at once have both seen the same epoch: only one of them gets it. A copy of a call moves nothing under the
    -- machine that has gone on with its answer, and nobody anything that was contracted since it was looked at.
    IF (epoch_now IS NULL OR (epoch_now = seen AND NOT goes_on AND NOT ${isContracted('of_migration')})) AND (holder IS NULL OR holder = of_migration OR ${isContracted('holder')}) THEN
      -- Seconds since 1970: in a database that was restored, no start gets an epoch that one of after the backup has had.
      SET epoch_now = GREATEST(COALESCE(epoch_now, 0) + 1, UNIX_TIMESTAMP());
      INSERT INTO underpin.migration (name, declaration, plan, settings, epoch, execution, status, phase)
      VALUES (of_migration, declaration_now, plan_now, settings_now, epoch_now, execution_now, 'running', 'plan') AS n
      ON DUPLICATE KEY UPDATE declaration = n.declaration, plan = n.plan, settings = n.settings, epoch = n.epoch,
        execution = n.execution, status = n.status, phase = n.phase, updated_at = UTC_TIMESTAMP(3),
        standing_order = NULL, order_reason = NULL, order_by = NULL, ordered_at = NULL, order_until = NULL, pace = NULL;
      INSERT INTO underpin.table_claim (table_schema, table_name, migration) VALUES (in_schema, in_table, of_migration) AS n
      ON DUPLICATE KEY UPDATE migration = n.migration, claimed_at = UTC_TIMESTAMP(3);
      -- Its file may have named another table before.
      DELETE FROM underpin.table_claim
      WHERE migration = of_migration AND NOT (table_schema = in_schema AND table_name = in_table);
      UPDATE underpin.checkpoint SET epoch = epoch_now WHERE migration = of_migration;
      -- Were kept for people. This start's walks find again what refuses still.
      IF ended = 'rolled-back' THEN
        DELETE FROM underpin.stubborn_row WHERE migration = of_migration;
      END IF;
      ${note("'claimed'", "IF(standing IS NULL, JSON_OBJECT('execution', execution_now), JSON_OBJECT('execution', execution_now, 'ended', standing))")}
      SET answer = JSON_OBJECT('epoch', epoch_now);
    END IF;`,
  },
);

/** `held` is a condition over the migration's row `m`. */
const fencing = (called: string, parameters: readonly string[], held: string) =>
  idempotentProcedure(called, [ofMigration, ...parameters], {
    declares: ['epoch_now BIGINT'],
    locks: [migrationLock],
    body: `    SELECT m.epoch + 1 INTO epoch_now
    FROM underpin.migration AS m WHERE m.name = of_migration AND ${held} FOR UPDATE;
    IF epoch_now IS NOT NULL THEN
      UPDATE underpin.migration SET epoch = epoch_now, updated_at = UTC_TIMESTAMP(3) WHERE name = of_migration;
      UPDATE underpin.checkpoint SET epoch = epoch_now WHERE migration = of_migration;
      ${note("'fenced'", 'JSON_OBJECT()')}
      SET answer = JSON_OBJECT('epoch', epoch_now);
    END IF;`,
  });

export const fenceProcedure = fencing('fence', [`execution_now ${longText}`], 'm.execution = execution_now');
// By hand: where the epoch has moved since somebody looked, nothing happens.
export const fenceEpochProcedure = fencing('fence_epoch', ['seen BIGINT'], 'm.epoch = seen');

export const enterPhaseProcedure = idempotentProcedure(
  'enter_phase',
  [ofMigration, 'epoch_now BIGINT', `of_phase ${ledgerText}`],
  {
    body: `    UPDATE underpin.migration SET phase = of_phase, status = 'running', updated_at = UTC_TIMESTAMP(3)
    WHERE name = of_migration AND epoch = epoch_now;
    SET answer = JSON_OBJECT('held', ROW_COUNT());
    IF answer ->> '$.held' > 0 THEN
      ${note("'running'", "JSON_OBJECT('phase', of_phase)")}
    END IF;`,
  },
);

// A person's order. What refuses it is said in a word that engine/ledger/standing-order.ts knows. It waits for a unit that is
// at work: either that one is refused, or the order has seen it applied.
export const steerProcedure = idempotentProcedure(
  'steer',
  [
    ofMigration,
    `wanted ${ledgerText}`,
    `why ${longText}`,
    `who ${longText}`,
    'for_seconds BIGINT',
    'share DOUBLE',
  ],
  {
    declares: [
      'epoch_now BIGINT',
      `held_status ${ledgerText}`,
      `standing ${ledgerText}`,
      `refused ${ledgerText}`,
    ],
    locks: [migrationLock],
    // A pause whose time is over stands no longer.
    body: `    SELECT m.epoch, m.status, IF(m.order_until < UTC_TIMESTAMP(3), NULL, m.standing_order) INTO epoch_now, held_status, standing
    FROM underpin.migration AS m WHERE m.name = of_migration FOR UPDATE;
    SET refused = CASE
      WHEN epoch_now IS NULL THEN 'unknown'
      WHEN held_status <> 'running' THEN 'over'
      WHEN EXISTS (
        SELECT 1 FROM underpin.event AS e WHERE e.migration = of_migration AND e.epoch = epoch_now AND e.what = 'fenced'
      ) THEN 'rolling-back'
      WHEN wanted = 'abort' AND ${isContracted('of_migration')} THEN 'contracted'
      WHEN wanted <> 'abort' AND standing = 'abort' THEN 'aborted'
    END;
    IF refused IS NULL THEN
      IF wanted = 'pace' THEN
        UPDATE underpin.migration
        SET pace = IF(share IS NULL, NULL, JSON_OBJECT('dutyCycle', share, 'reason', why, 'by', who, 'at', ${iso('UTC_TIMESTAMP(3)')})),
            updated_at = UTC_TIMESTAMP(3)
        WHERE name = of_migration;
      ELSEIF standing <=> NULLIF(wanted, 'resume') THEN
        -- Whoever gave an order that stands already stays with it, with their reason. A pause may become longer.
        UPDATE underpin.migration
        SET order_until = GREATEST(order_until, TIMESTAMPADD(SECOND, for_seconds, UTC_TIMESTAMP(3)))
        WHERE name = of_migration AND order_until IS NOT NULL AND wanted = 'pause';
      ELSE
        UPDATE underpin.migration
        SET standing_order = NULLIF(wanted, 'resume'), order_reason = why, order_by = who, ordered_at = UTC_TIMESTAMP(3),
            order_until = IF(wanted = 'pause', TIMESTAMPADD(SECOND, for_seconds, UTC_TIMESTAMP(3)), NULL),
            updated_at = UTC_TIMESTAMP(3)
        WHERE name = of_migration;
      END IF;
      ${note("'ordered'", "JSON_OBJECT('order', wanted, 'was', standing, 'reason', why, 'by', who, 'dutyCycle', share, 'forSeconds', IF(wanted = 'pause', for_seconds, NULL))")}
    END IF;
    SET answer = JSON_OBJECT('refused', refused, 'was', standing, 'epoch', epoch_now, 'status', held_status);`,
  },
);

// How a migration ended. Its table is free again, unless something of it stands there. Keys of rows can be personal data and
// go, unless a person must look.
export const closeProcedure = idempotentProcedure(
  'close',
  [ofMigration, 'epoch_now BIGINT', `how ${ledgerText}`, `who ${longText}`],
  {
    declares: ['refused_rows BIGINT'],
    locks: [migrationLock],
    body: `    UPDATE underpin.migration SET phase = 'done', status = how, updated_at = UTC_TIMESTAMP(3), standing_order = NULL
    WHERE name = of_migration AND epoch = epoch_now;
    IF ROW_COUNT() = 0 THEN
      SET answer = JSON_OBJECT('held', FALSE);
    ELSE
      ${note('how', "IF(who = '', JSON_OBJECT('phase', 'done'), JSON_OBJECT('phase', 'done', 'by', who))")}
      IF how = 'completed' OR NOT EXISTS (SELECT 1 FROM underpin.applied WHERE migration = of_migration) THEN
        DELETE FROM underpin.table_claim WHERE migration = of_migration;
      END IF;
      DELETE FROM underpin.unanswered WHERE migration = of_migration;
      IF how = 'completed' THEN
        DELETE FROM underpin.stubborn_row WHERE migration = of_migration;
        SET refused_rows = ROW_COUNT();
        IF refused_rows > 0 THEN
          ${note("'forgotten'", "JSON_OBJECT('stubbornRows', refused_rows)")}
        END IF;
      END IF;
      SET answer = JSON_OBJECT('held', TRUE);
    END IF;`,
  },
);

/** What opens a unit of a phase, under the migration's lock: it sets `is_done` for one that stands already. */
export const mayEnter = `    SELECT m.epoch, m.standing_order INTO held_epoch, standing
    FROM underpin.migration AS m WHERE m.name = of_migration FOR UPDATE;
    IF NOT held_epoch <=> epoch_now THEN
      ${raiseFenced};
    END IF;
    -- It may have waited for its change window for days.
    IF of_direction = 'run' AND NOT EXISTS (SELECT 1 FROM underpin.table_claim WHERE migration = of_migration) THEN
      ${raiseFenced};
    END IF;
    IF standing = 'abort' AND of_direction = 'run' THEN
      SIGNAL SQLSTATE '${abortedState}' SET MESSAGE_TEXT = 'a person has aborted the migration';
    END IF;
    SET is_done = EXISTS (
      SELECT 1 FROM underpin.applied AS a
      WHERE a.migration = of_migration AND a.phase = of_phase AND a.direction = of_direction AND a.unit = of_unit
    ) OR (of_direction = 'undo' AND NOT EXISTS (
      SELECT 1 FROM underpin.applied AS a WHERE a.migration = of_migration AND a.phase = of_phase AND a.direction = 'run'
    ));`;

export const markUnit = `INSERT INTO underpin.applied (migration, phase, direction, unit) VALUES (of_migration, of_phase, of_direction, of_unit);
      ${note("'unit'", "JSON_OBJECT('phase', of_phase, 'direction', of_direction, 'unit', of_unit)")}`;

export const placeParameters = [
  ofMigration,
  'epoch_now BIGINT',
  `of_phase ${ledgerText}`,
  `of_direction ${ledgerText}`,
  'of_unit BIGINT',
];
export const placeVariables = ['held_epoch BIGINT', `standing ${ledgerText}`, 'is_done BOOLEAN'];

// For a unit that ran beside the traffic: entered once the catalog says that it is done.
export const markProcedure = idempotentProcedure('mark', placeParameters, {
  declares: placeVariables,
  locks: [migrationLock],
  body: `${mayEnter}
    IF NOT is_done THEN
      ${markUnit}
    END IF;
    SET answer = JSON_OBJECT('entered', is_done = FALSE);`,
});

/** Statements that somebody was about to send and that were not answered, of this migration: any of them may still arrive. */
export const mayStillCome = (more = ''): string => `EXISTS (
      SELECT 1 FROM underpin.unanswered AS u
      WHERE u.migration = of_migration AND u.epoch < epoch_now
        AND u.asked_at > UTC_TIMESTAMP(3) - INTERVAL ${arrivesWithinSeconds} SECOND${more})`;

// Before a statement that is not marked in its own transaction. No number: one of an older epoch may still come.
export const mayStartProcedure = idempotentProcedure('may_start', placeParameters, {
  declares: placeVariables,
  locks: [migrationLock],
  body: `${mayEnter}
    IF ${mayStillCome()} THEN
      SET answer = JSON_OBJECT('id', NULL);
    ELSE
      INSERT INTO underpin.unanswered (migration, epoch, phase, direction, unit)
      VALUES (of_migration, epoch_now, of_phase, of_direction, of_unit);
      SET answer = JSON_OBJECT('id', LAST_INSERT_ID());
    END IF;`,
});
