import type { Statement } from '../../database/database.ts';
import type { Brief } from '../../plan/plan.ts';
import type { UnitPlace } from '../ledger-sql.ts';
import { ourMode } from './ladder-procedure.ts';
import { markUnit, mayEnter, placeParameters, placeVariables } from './ledger-procedures.ts';
import { beginTransaction, migrationLock, procedure, takeLock } from './procedure.ts';
import { literal } from './quote.ts';

// What a statement says that was done already when it is sent again: a column, a key, a rule or a partition that is there.
const already = '1060, 1061, 1068, 1517, 1826, 3822';
// Or is not there: an undo also finds that what it takes away has never come.
const missing = '1091, 1176, 1507, 3821, 3940';
// And one that gives another name, or makes or drops a table: its column or table is unknown, or has the other name.
const gone = '1050, 1051, 1054, 1146';
const givesOrTakesNames =
  '^(RENAME TABLE|CREATE (TABLE|VIEW)|DROP (TABLE|VIEW)) |^ALTER TABLE [^\n]*(\n *| )(RENAME|CHANGE) ';

// Rows are written in one transaction with the mark.
const writesRows = '^(INSERT|REPLACE|UPDATE|DELETE) ';

// A unit may have set them for its own statements, and may have failed behind that.
const asUsual =
  'SET SESSION lock_wait_timeout = usual_lock, innodb_lock_wait_timeout = usual_row_lock, sql_mode = usual_mode, foreign_key_checks = usual_checks;';

/**
 * A unit's statements as one call. DDL commits by itself, so that a server which dies between the last statement and its mark
 * leaves a unit done and unmarked. That it has begun is written down first: only who finds that note takes "is there
 * already" and "is gone already" for its own work of before; for everybody else it is an error. The note goes when a
 * statement was refused, for then it had no effect.
 */
export const unitProcedure = procedure(
  'unit',
  [...placeParameters, 'lock_seconds BIGINT', 'statements JSON'],
  `BEGIN
${[...placeVariables, 'is_again BOOLEAN DEFAULT FALSE', 'is_running BOOLEAN DEFAULT FALSE', 'has_changed BOOLEAN DEFAULT FALSE', 'is_rows BOOLEAN DEFAULT FALSE', 'at_statement BIGINT DEFAULT 0'].map((each) => `  DECLARE ${each};`).join('\n')}
  DECLARE usual_lock BIGINT DEFAULT @@SESSION.lock_wait_timeout;
  DECLARE usual_row_lock BIGINT DEFAULT @@SESSION.innodb_lock_wait_timeout;
  DECLARE usual_mode LONGTEXT DEFAULT @@SESSION.sql_mode;
  DECLARE usual_checks BOOLEAN DEFAULT @@SESSION.foreign_key_checks;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
    ROLLBACK;
    ${asUsual}
    IF is_running AND NOT is_again AND NOT has_changed THEN
      DELETE FROM underpin.begun
      WHERE migration = of_migration AND phase = of_phase AND direction = of_direction AND unit = of_unit;
    END IF;
    DO RELEASE_LOCK(${migrationLock});
    RESIGNAL;
  END;
  SET SESSION lock_wait_timeout = lock_seconds, innodb_lock_wait_timeout = lock_seconds, sql_mode = '${ourMode}';
${takeLock(migrationLock, 'lock_seconds')}${beginTransaction}${mayEnter}
  IF NOT is_done THEN
    INSERT IGNORE INTO underpin.begun (migration, phase, direction, unit) VALUES (of_migration, of_phase, of_direction, of_unit);
    SET is_again = ROW_COUNT() = 0;
  END IF;
  COMMIT;
  IF NOT is_done THEN
    SET is_running = TRUE,
        is_rows = COALESCE(REGEXP_LIKE(JSON_UNQUOTE(JSON_EXTRACT(statements, '$[0]')), '${writesRows}', 'c'), FALSE);
    IF is_rows THEN
    ${beginTransaction}    END IF;
    WHILE at_statement < JSON_LENGTH(statements) DO
      SET @underpin_statement = JSON_UNQUOTE(JSON_EXTRACT(statements, CONCAT('$[', at_statement, ']')));
      BEGIN
        DECLARE EXIT HANDLER FOR ${already} BEGIN
          IF NOT is_again THEN
            RESIGNAL;
          END IF;
        END;
        DECLARE EXIT HANDLER FOR ${missing} BEGIN
          IF NOT is_again AND of_direction <> 'undo' THEN
            RESIGNAL;
          END IF;
        END;
        DECLARE EXIT HANDLER FOR ${gone} BEGIN
          IF NOT (is_again AND REGEXP_LIKE(@underpin_statement, '${givesOrTakesNames}', 'i'))
             AND NOT (of_direction = 'undo' AND REGEXP_LIKE(@underpin_statement, '^DROP (TABLE|VIEW) ', 'c')) THEN
            RESIGNAL;
          END IF;
        END;
        PREPARE underpin_statement FROM @underpin_statement;
        EXECUTE underpin_statement;
      END;
      SET at_statement = at_statement + 1,
          has_changed = has_changed OR NOT REGEXP_LIKE(@underpin_statement, '^SET ', 'c');
    END WHILE;
    IF NOT is_rows THEN
    ${beginTransaction}    END IF;
      ${markUnit}
    DELETE FROM underpin.begun
    WHERE migration = of_migration AND phase = of_phase AND direction = of_direction AND unit = of_unit;
    COMMIT;
  END IF;
  ${asUsual}
  DO RELEASE_LOCK(${migrationLock});
END`,
);

/** Runs a statement that may take hours beside the traffic; it waits at its beginning and its end for no lock longer. */
export const onlineProcedure = procedure(
  'online',
  ['lock_seconds BIGINT', 'statement LONGTEXT CHARACTER SET utf8mb4'],
  `BEGIN
  DECLARE usual_lock BIGINT DEFAULT @@SESSION.lock_wait_timeout;
  DECLARE usual_mode LONGTEXT DEFAULT @@SESSION.sql_mode;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
    SET SESSION lock_wait_timeout = usual_lock, sql_mode = usual_mode;
    RESIGNAL;
  END;
  -- A NULL in a column that becomes NOT NULL is an error, and not a zero.
  SET SESSION lock_wait_timeout = lock_seconds, sql_mode = '${ourMode}';
  SET @underpin_statement = statement;
  PREPARE underpin_statement FROM @underpin_statement;
  EXECUTE underpin_statement;
  SET SESSION lock_wait_timeout = usual_lock, sql_mode = usual_mode;
END`,
);

/** Waits for a table's metadata this long, at its beginning and at its end; so does who comes behind it. */
export const onlineLockSeconds = 2;

export const onlineCall = (statement: string): string =>
  onlineProcedure.call(String(onlineLockSeconds), literal(statement));

/** Whole seconds, and at least one: MySQL has no shorter patience for metadata. */
const secondsOf = (ms: number): number => Math.max(1, Math.round(ms / 1000));

export const briefCall = (
  { migration, epoch, phase, direction, unit }: UnitPlace,
  { statements }: Pick<Brief, 'statements'>,
  lockTimeoutMs: number,
): Statement => ({
  text: unitProcedure.call(
    literal(migration),
    String(epoch),
    literal(phase),
    literal(direction),
    String(unit),
    String(secondsOf(lockTimeoutMs)),
    literal(JSON.stringify(statements)),
  ),
});
