import type { TableName } from '../../../spec/table-name.ts';
import { lockWaitTimeout } from '../errors.ts';
import { procedure } from '../procedure.ts';
import { literal } from '../quote.ts';

const name = 'VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin';
const text = 'LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin';

const counterOf = (table: string): string =>
  `(SELECT t.auto_increment FROM information_schema.tables AS t WHERE t.table_schema = in_schema AND t.table_name = ${table})`;
const quoted = (what: string): string => `CONCAT('\`', REPLACE(${what}, '\`', '\`\`'), '\`')`;

/**
 * Sets the counter of one table to another one's, as far as that has come. A number that is drawn and taken back while it is set
 * has moved the first one alone: then it is set again.
 */
export const counterProcedure = procedure(
  'carry_counter',
  [`in_schema ${name}`, `from_table ${name}`, `to_table ${name}`],
  `BEGIN
  DECLARE usual BIGINT DEFAULT @@SESSION.information_schema_stats_expiry;
  DECLARE is_level BOOLEAN DEFAULT FALSE;
  DECLARE counted BIGINT UNSIGNED;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
    SET SESSION information_schema_stats_expiry = usual;
    RESIGNAL;
  END;
  -- What is kept of it may be a day old.
  SET SESSION information_schema_stats_expiry = 0;
  WHILE NOT is_level DO
    SET counted = ${counterOf('from_table')};
    IF COALESCE(${counterOf('to_table')}, 1) < COALESCE(counted, 0) THEN
      SET @underpin_counter = CONCAT('ALTER TABLE ', ${quoted('in_schema')}, '.', ${quoted('to_table')}, ' AUTO_INCREMENT = ', counted, ', ALGORITHM = INPLACE, LOCK = NONE');
      PREPARE underpin_counter FROM @underpin_counter;
      EXECUTE underpin_counter;
      DEALLOCATE PREPARE underpin_counter;
    END IF;
    SET is_level = COALESCE(${counterOf('to_table')}, 1) >= COALESCE(${counterOf('from_table')}, 0);
  END WHILE;
  SET SESSION information_schema_stats_expiry = usual;
END`,
);

export const counterCall = ({ schema, name: from }: TableName, { name: to }: TableName): string =>
  counterProcedure.call(...[schema, from, to].map(literal));

/**
 * What has to be so right before two tables exchange their names. A transaction that began before the last row was copied may read by a
 * snapshot in which the copy lacks it: it is waited for like a lock. What only one of both has would be lost with its name.
 */
export const mayExchangeProcedure = procedure(
  'may_exchange',
  [`of_migration VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin`, `differences ${text}`],
  `BEGIN
  DECLARE unlike TEXT;
  IF EXISTS (
    SELECT 1 FROM performance_schema.events_transactions_current AS t
    WHERE t.state = 'ACTIVE' AND t.thread_id <> PS_CURRENT_THREAD_ID()
      AND UTC_TIMESTAMP(3) - INTERVAL (t.timer_wait / 1000000) MICROSECOND < (
        SELECT MAX(c.updated_at) + INTERVAL 10 SECOND FROM underpin.checkpoint AS c
        WHERE c.migration = of_migration AND c.purpose IN ('backfill', 'repair'))
  ) THEN
    SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = ${lockWaitTimeout}, MESSAGE_TEXT = 'a transaction that began before the last row was copied is still open';
  END IF;
  SET @underpin_unlike = NULL;
  SET @underpin_statement = CONCAT('SELECT GROUP_CONCAT(d.what SEPARATOR '', '') INTO @underpin_unlike FROM (', differences, ') AS d');
  PREPARE underpin_statement FROM @underpin_statement;
  EXECUTE underpin_statement;
  IF @underpin_unlike IS NOT NULL THEN
    SET unlike = LEFT(CONCAT('the two tables are not alike: ', @underpin_unlike), 128);
    SIGNAL SQLSTATE '42000' SET MYSQL_ERRNO = 1105, MESSAGE_TEXT = unlike;
  END IF;
END`,
);

export const copyProcedures = [counterProcedure, mayExchangeProcedure];
