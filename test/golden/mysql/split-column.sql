-- split-column: what runs on MySQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: index of_name is not carried over to first, last: the file says so

-- warning: add first: ALGORITHM = INSTANT, at once

-- warning: add last: ALGORITHM = INSTANT, at once

-- warning: drop last: ALGORITHM = INSTANT, at once

-- warning: drop first: ALGORITHM = INSTANT, at once

-- warning: build by_first_last: ALGORITHM = INPLACE, LOCK = NONE; it writes no row anew. Refused was INSTANT: not supported for this operation

-- warning: drop by_first_last: ALGORITHM = INPLACE, LOCK = NONE; it writes no row anew. Refused was INSTANT: not supported for this operation

-- warning: drop by_name: ALGORITHM = INPLACE, LOCK = NONE; it writes no row anew. Refused was INSTANT: not supported for this operation

-- warning: drop of_name: ALGORITHM = INPLACE, LOCK = NONE; it writes no row anew. Refused was INSTANT: not supported for this operation

-- warning: let name be left out: ALGORITHM = INSTANT, at once

-- warning: drop name: ALGORITHM = INSTANT, at once

-- warning: show first: ALGORITHM = INSTANT, at once

-- warning: show last: ALGORITHM = INSTANT, at once

-- warning: NULL that is written into one of first, last, in a row that the backfill has not reached yet, becomes what name says: MySQL does not tell which columns a statement names. A version that means NULL before its row is filled writes name too

-- warning: from the contract on INSERT INTO shop.people VALUES (…) without a list of columns, INSERT INTO … SELECT * FROM shop.people and SELECT * have the columns in another order: values land in other columns. Name the columns before the contract

---- phase expand ----

-- add first (lock: metadata)
ALTER TABLE `shop`.`people`
  ADD COLUMN `first` varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci NULL INVISIBLE,
  ALGORITHM = INSTANT;

-- add last (lock: metadata)
ALTER TABLE `shop`.`people`
  ADD COLUMN `last` varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci NULL INVISIBLE,
  ALGORITHM = INSTANT;

---- undo of expand ----

-- drop last (lock: metadata)
ALTER TABLE `shop`.`people`
  DROP COLUMN `last`,
  ALGORITHM = INSTANT;

-- drop first (lock: metadata)
ALTER TABLE `shop`.`people`
  DROP COLUMN `first`,
  ALGORITHM = INSTANT;

---- phase dual-write ----

-- note that the dual write begins (lock: none)

-- compute first from name (lock: metadata; runs beside the traffic)
CREATE FUNCTION underpin.`up_34ec7464_split-column`(`name` varchar(90) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci)
  RETURNS varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci
  DETERMINISTIC NO SQL
  COMMENT 'underpin split-column'
BEGIN
  DECLARE underpin_value varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci;
  DECLARE underpin_number INT DEFAULT 1644;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION, SQLWARNING BEGIN
    GET CURRENT DIAGNOSTICS CONDITION 1 underpin_number = MYSQL_ERRNO;
    SIGNAL SQLSTATE '22000' SET MYSQL_ERRNO = underpin_number, MESSAGE_TEXT = 'the conversion refuses a value';
  END;
  SET underpin_value = (NULLIF(SUBSTRING_INDEX(name, ' ', 1), ''));
  RETURN underpin_value;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'up_34ec7464_split-column'), 'done', 'absent'));

-- compute last from name (lock: metadata; runs beside the traffic)
CREATE FUNCTION underpin.`up_39db4868_split-column`(`name` varchar(90) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci)
  RETURNS varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci
  DETERMINISTIC NO SQL
  COMMENT 'underpin split-column'
BEGIN
  DECLARE underpin_value varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci;
  DECLARE underpin_number INT DEFAULT 1644;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION, SQLWARNING BEGIN
    GET CURRENT DIAGNOSTICS CONDITION 1 underpin_number = MYSQL_ERRNO;
    SIGNAL SQLSTATE '22000' SET MYSQL_ERRNO = underpin_number, MESSAGE_TEXT = 'the conversion refuses a value';
  END;
  SET underpin_value = (NULLIF(SUBSTRING(name, CHAR_LENGTH(SUBSTRING_INDEX(name, ' ', 1)) + 2), ''));
  RETURN underpin_value;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'up_39db4868_split-column'), 'done', 'absent'));

-- compute name from first, last (lock: metadata; runs beside the traffic)
CREATE FUNCTION underpin.`down_81ad27c5_split-column`(`first` varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci, `last` varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci)
  RETURNS varchar(90) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci
  DETERMINISTIC NO SQL
  COMMENT 'underpin split-column'
BEGIN
  DECLARE underpin_value varchar(90) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci;
  DECLARE underpin_number INT DEFAULT 1644;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION, SQLWARNING BEGIN
    GET CURRENT DIAGNOSTICS CONDITION 1 underpin_number = MYSQL_ERRNO;
    SIGNAL SQLSTATE '22000' SET MYSQL_ERRNO = underpin_number, MESSAGE_TEXT = 'the conversion refuses a value';
  END;
  SET underpin_value = (NULLIF(CONCAT_WS(' ', first, last), ''));
  RETURN underpin_value;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'down_81ad27c5_split-column'), 'done', 'absent'));

-- write every change to both name and first, last, on INSERT (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_split-column_writes_insert`
  BEFORE INSERT ON `shop`.`people`
  FOR EACH ROW
BEGIN
  DECLARE wrote_old BOOLEAN DEFAULT NOT (CONVERT(NEW.`name` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(NULL USING utf8mb4) COLLATE utf8mb4_0900_bin);
  DECLARE wrote_new BOOLEAN DEFAULT NOT (CONVERT(NEW.`first` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(NULL USING utf8mb4) COLLATE utf8mb4_0900_bin) OR NOT (CONVERT(NEW.`last` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(NULL USING utf8mb4) COLLATE utf8mb4_0900_bin);
  DECLARE agree BOOLEAN DEFAULT FALSE;
  IF wrote_new OR NOT wrote_old THEN
    BEGIN
      DECLARE EXIT HANDLER FOR SQLEXCEPTION SET agree = FALSE;
      SET agree = CASE WHEN NEW.`first` IS NULL AND NEW.`last` IS NULL THEN underpin.`up_34ec7464_split-column`(NEW.`name`) IS NULL AND underpin.`up_39db4868_split-column`(NEW.`name`) IS NULL WHEN CONVERT(NEW.`first` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`up_34ec7464_split-column`(NEW.`name`) USING utf8mb4) COLLATE utf8mb4_0900_bin AND CONVERT(NEW.`last` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`up_39db4868_split-column`(NEW.`name`) USING utf8mb4) COLLATE utf8mb4_0900_bin THEN TRUE ELSE CONVERT(NEW.`name` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`down_81ad27c5_split-column`(NEW.`first`, NEW.`last`) USING utf8mb4) COLLATE utf8mb4_0900_bin END;
    END;
  END IF;
  IF NOT agree THEN
    IF wrote_new AND NOT wrote_old THEN
      SET NEW.`name` = underpin.`down_81ad27c5_split-column`(NEW.`first`, NEW.`last`);
    ELSE
      BEGIN
        DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
          SET NEW.`first` = NULL;
          SET NEW.`last` = NULL;
        END;
        SET NEW.`first` = underpin.`up_34ec7464_split-column`(COALESCE(NEW.`name`, ''));
        SET NEW.`last` = underpin.`up_39db4868_split-column`(COALESCE(NEW.`name`, ''));
      END;
    END IF;
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'people'
      AND g.trigger_name = 'underpin_split-column_writes_insert'), 'done', 'absent'));

-- write every change to both name and first, last, on UPDATE (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_split-column_writes_update`
  BEFORE UPDATE ON `shop`.`people`
  FOR EACH ROW
BEGIN
  IF @@SESSION.max_points_in_geometry <> 786433 OR NOT (@underpin_walk_of <=> 'split-column') OR NOT (CONVERT(NEW.`name` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(OLD.`name` USING utf8mb4) COLLATE utf8mb4_0900_bin) THEN
    BEGIN
      DECLARE wrote_old BOOLEAN DEFAULT NOT (CONVERT(NEW.`name` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(OLD.`name` USING utf8mb4) COLLATE utf8mb4_0900_bin);
      DECLARE wrote_new BOOLEAN DEFAULT NOT (CONVERT(NEW.`first` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(OLD.`first` USING utf8mb4) COLLATE utf8mb4_0900_bin) OR NOT (CONVERT(NEW.`last` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(OLD.`last` USING utf8mb4) COLLATE utf8mb4_0900_bin);
      DECLARE agree BOOLEAN DEFAULT FALSE;
      IF wrote_new AND NOT wrote_old AND OLD.`first` IS NULL AND OLD.`last` IS NULL THEN
        IF NEW.`first` IS NULL THEN
          SET NEW.`first` = underpin.`up_34ec7464_split-column`(COALESCE(NEW.`name`, ''));
        END IF;
        IF NEW.`last` IS NULL THEN
          SET NEW.`last` = underpin.`up_39db4868_split-column`(COALESCE(NEW.`name`, ''));
        END IF;
      END IF;
      IF wrote_new OR NOT wrote_old THEN
        BEGIN
          DECLARE EXIT HANDLER FOR SQLEXCEPTION SET agree = FALSE;
          SET agree = CASE WHEN NEW.`first` IS NULL AND NEW.`last` IS NULL THEN underpin.`up_34ec7464_split-column`(NEW.`name`) IS NULL AND underpin.`up_39db4868_split-column`(NEW.`name`) IS NULL WHEN CONVERT(NEW.`first` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`up_34ec7464_split-column`(NEW.`name`) USING utf8mb4) COLLATE utf8mb4_0900_bin AND CONVERT(NEW.`last` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`up_39db4868_split-column`(NEW.`name`) USING utf8mb4) COLLATE utf8mb4_0900_bin THEN TRUE ELSE CONVERT(NEW.`name` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`down_81ad27c5_split-column`(NEW.`first`, NEW.`last`) USING utf8mb4) COLLATE utf8mb4_0900_bin END;
        END;
      END IF;
      IF NOT agree THEN
        IF wrote_new AND NOT wrote_old THEN
          IF NEW.`first` IS NULL AND NEW.`last` IS NULL AND NEW.`name` IS NOT NULL THEN
            SET NEW.`first` = OLD.`first`;
            SET NEW.`last` = OLD.`last`;
          ELSE
            SET NEW.`name` = underpin.`down_81ad27c5_split-column`(NEW.`first`, NEW.`last`);
          END IF;
        ELSE
          BEGIN
            DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
              SET NEW.`first` = NULL;
              SET NEW.`last` = NULL;
            END;
            SET NEW.`first` = underpin.`up_34ec7464_split-column`(COALESCE(NEW.`name`, ''));
            SET NEW.`last` = underpin.`up_39db4868_split-column`(COALESCE(NEW.`name`, ''));
          END;
        END IF;
      END IF;
    END;
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'people'
      AND g.trigger_name = 'underpin_split-column_writes_update'), 'done', 'absent'));

-- note rows whose name cannot be converted, on INSERT (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_split-column_refused_insert`
  AFTER INSERT ON `shop`.`people`
  FOR EACH ROW
BEGIN
  DECLARE state_now VARCHAR(5);
  DECLARE number_now BIGINT;
  DECLARE row_now TEXT CHARACTER SET utf8mb4;
  DECLARE converts BOOLEAN;
  IF NEW.`name` IS NOT NULL AND NEW.`first` IS NULL AND NEW.`last` IS NULL THEN
    BEGIN
      DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
        GET DIAGNOSTICS CONDITION 1 state_now = RETURNED_SQLSTATE, number_now = MYSQL_ERRNO;
        IF EXISTS (SELECT 1 FROM underpin.migration AS m WHERE m.name = 'split-column' AND m.status = 'running') THEN
          SET row_now = JSON_ARRAY(CAST(NEW.`id` AS CHAR));
          INSERT INTO underpin.stubborn_row (migration, row_key, key_hash, code)
          VALUES ('split-column', row_now, UNHEX(SHA2(row_now, 256)), CONCAT(state_now, '/', number_now)) AS s
          ON DUPLICATE KEY UPDATE code = s.code, attempts = stubborn_row.attempts + 1;
        END IF;
      END;
      SET converts = underpin.`up_34ec7464_split-column`(NEW.`name`) IS NULL;
      SET converts = underpin.`up_39db4868_split-column`(NEW.`name`) IS NULL;
    END;
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'people'
      AND g.trigger_name = 'underpin_split-column_refused_insert'), 'done', 'absent'));

-- note rows whose name cannot be converted, on UPDATE (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_split-column_refused_update`
  AFTER UPDATE ON `shop`.`people`
  FOR EACH ROW
BEGIN
  IF @@SESSION.max_points_in_geometry <> 786433 OR NOT (@underpin_walk_of <=> 'split-column') OR NOT (CONVERT(NEW.`name` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(OLD.`name` USING utf8mb4) COLLATE utf8mb4_0900_bin) THEN
    BEGIN
      DECLARE state_now VARCHAR(5);
      DECLARE number_now BIGINT;
      DECLARE row_now TEXT CHARACTER SET utf8mb4;
      DECLARE converts BOOLEAN;
      IF NEW.`name` IS NOT NULL AND NEW.`first` IS NULL AND NEW.`last` IS NULL THEN
        BEGIN
          DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
            GET DIAGNOSTICS CONDITION 1 state_now = RETURNED_SQLSTATE, number_now = MYSQL_ERRNO;
            IF EXISTS (SELECT 1 FROM underpin.migration AS m WHERE m.name = 'split-column' AND m.status = 'running') THEN
              SET row_now = JSON_ARRAY(CAST(NEW.`id` AS CHAR));
              INSERT INTO underpin.stubborn_row (migration, row_key, key_hash, code)
              VALUES ('split-column', row_now, UNHEX(SHA2(row_now, 256)), CONCAT(state_now, '/', number_now)) AS s
              ON DUPLICATE KEY UPDATE code = s.code, attempts = stubborn_row.attempts + 1;
            END IF;
          END;
          SET converts = underpin.`up_34ec7464_split-column`(NEW.`name`) IS NULL;
          SET converts = underpin.`up_39db4868_split-column`(NEW.`name`) IS NULL;
        END;
      END IF;
    END;
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'people'
      AND g.trigger_name = 'underpin_split-column_refused_update'), 'done', 'absent'));

---- undo of dual-write ----

-- drop the trigger underpin_split-column_refused_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_split-column_refused_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'people'
      AND g.trigger_name = 'underpin_split-column_refused_insert'), 'done', 'absent'));

-- drop the trigger underpin_split-column_refused_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_split-column_refused_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'people'
      AND g.trigger_name = 'underpin_split-column_refused_update'), 'done', 'absent'));

-- drop the trigger underpin_split-column_writes_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_split-column_writes_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'people'
      AND g.trigger_name = 'underpin_split-column_writes_insert'), 'done', 'absent'));

-- drop the trigger underpin_split-column_writes_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_split-column_writes_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'people'
      AND g.trigger_name = 'underpin_split-column_writes_update'), 'done', 'absent'));

-- drop the function up_34ec7464_split-column (lock: metadata; runs beside the traffic)
DROP FUNCTION IF EXISTS underpin.`up_34ec7464_split-column`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'up_34ec7464_split-column'), 'done', 'absent'));

-- drop the function up_39db4868_split-column (lock: metadata; runs beside the traffic)
DROP FUNCTION IF EXISTS underpin.`up_39db4868_split-column`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'up_39db4868_split-column'), 'done', 'absent'));

-- drop the function down_81ad27c5_split-column (lock: metadata; runs beside the traffic)
DROP FUNCTION IF EXISTS underpin.`down_81ad27c5_split-column`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'down_81ad27c5_split-column'), 'done', 'absent'));

---- phase verify ----

-- note that first, last take over (lock: none)

-- build by_first_last (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin split-column build by_first_last */
ALTER TABLE `shop`.`people`
  ADD INDEX `by_first_last` (`last`, `first`),
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN EXISTS (
    SELECT /*+ SET_VAR(group_concat_max_len = 65536) */ 1 FROM information_schema.statistics AS s
    WHERE s.table_schema = 'shop' AND s.table_name = 'people'
      AND s.index_name = 'by_first_last'
    GROUP BY s.index_name
    HAVING CONCAT(
  IF(MAX(s.index_type) IN ('FULLTEXT', 'SPATIAL'), CONCAT(MAX(s.index_type), ' '), ''),
  '(', GROUP_CONCAT(CONCAT(
    COALESCE(CONCAT('`', REPLACE(s.column_name, '`', '``'), '`'), CONCAT('(', REPLACE(s.expression, '\\''', ''''), ')')),
    COALESCE(CONCAT('(', s.sub_part, ')'), ''),
    IF(s.collation = 'D', ' DESC', '')) ORDER BY s.seq_in_index SEPARATOR ', '), ')',
  IF(MAX(s.index_comment) = '', '', CONCAT(' COMMENT ', QUOTE(MAX(s.index_comment)))),
  IF(MAX(s.is_visible) = 'NO', ' INVISIBLE', '')) = '(`last`, `first`)') THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin split-column build by_first_last */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

---- undo of verify ----

-- drop by_first_last (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin split-column drop by_first_last */
ALTER TABLE `shop`.`people`
  DROP INDEX `by_first_last`,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN NOT EXISTS (
    SELECT /*+ SET_VAR(group_concat_max_len = 65536) */ 1 FROM information_schema.statistics AS s
    WHERE s.table_schema = 'shop' AND s.table_name = 'people'
      AND s.index_name = 'by_first_last'
    GROUP BY s.index_name) THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin split-column drop by_first_last */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

---- phase read-switch ----

-- note that first, last win (lock: none)

-- let first, last win where a write disagrees, on INSERT (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_split-column_wins_insert`
  BEFORE INSERT ON `shop`.`people`
  FOR EACH ROW PRECEDES `underpin_split-column_writes_insert`
BEGIN
  DECLARE wrote_old BOOLEAN DEFAULT NOT (CONVERT(NEW.`name` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(NULL USING utf8mb4) COLLATE utf8mb4_0900_bin);
  DECLARE wrote_new BOOLEAN DEFAULT NOT (CONVERT(NEW.`first` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(NULL USING utf8mb4) COLLATE utf8mb4_0900_bin) OR NOT (CONVERT(NEW.`last` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(NULL USING utf8mb4) COLLATE utf8mb4_0900_bin);
  DECLARE agree BOOLEAN DEFAULT FALSE;
  IF wrote_new THEN
    BEGIN
      DECLARE EXIT HANDLER FOR SQLEXCEPTION SET agree = FALSE;
      SET agree = CASE WHEN NEW.`first` IS NULL AND NEW.`last` IS NULL THEN underpin.`up_34ec7464_split-column`(NEW.`name`) IS NULL AND underpin.`up_39db4868_split-column`(NEW.`name`) IS NULL WHEN CONVERT(NEW.`first` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`up_34ec7464_split-column`(NEW.`name`) USING utf8mb4) COLLATE utf8mb4_0900_bin AND CONVERT(NEW.`last` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`up_39db4868_split-column`(NEW.`name`) USING utf8mb4) COLLATE utf8mb4_0900_bin THEN TRUE ELSE CONVERT(NEW.`name` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`down_81ad27c5_split-column`(NEW.`first`, NEW.`last`) USING utf8mb4) COLLATE utf8mb4_0900_bin END;
    END;
  END IF;
  IF wrote_new AND NOT agree THEN
    SET NEW.`name` = underpin.`down_81ad27c5_split-column`(NEW.`first`, NEW.`last`);
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'people'
      AND g.trigger_name = 'underpin_split-column_wins_insert'), 'done', 'absent'));

-- let first, last win where a write disagrees, on UPDATE (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_split-column_wins_update`
  BEFORE UPDATE ON `shop`.`people`
  FOR EACH ROW PRECEDES `underpin_split-column_writes_update`
BEGIN
  DECLARE wrote_old BOOLEAN DEFAULT NOT (CONVERT(NEW.`name` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(OLD.`name` USING utf8mb4) COLLATE utf8mb4_0900_bin);
  DECLARE wrote_new BOOLEAN DEFAULT NOT (CONVERT(NEW.`first` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(OLD.`first` USING utf8mb4) COLLATE utf8mb4_0900_bin) OR NOT (CONVERT(NEW.`last` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(OLD.`last` USING utf8mb4) COLLATE utf8mb4_0900_bin);
  DECLARE agree BOOLEAN DEFAULT FALSE;
  IF wrote_new AND OLD.`first` IS NULL AND OLD.`last` IS NULL THEN
    IF NEW.`first` IS NULL THEN
      SET NEW.`first` = underpin.`up_34ec7464_split-column`(COALESCE(NEW.`name`, ''));
    END IF;
    IF NEW.`last` IS NULL THEN
      SET NEW.`last` = underpin.`up_39db4868_split-column`(COALESCE(NEW.`name`, ''));
    END IF;
  END IF;
  IF wrote_new THEN
    BEGIN
      DECLARE EXIT HANDLER FOR SQLEXCEPTION SET agree = FALSE;
      SET agree = CASE WHEN NEW.`first` IS NULL AND NEW.`last` IS NULL THEN underpin.`up_34ec7464_split-column`(NEW.`name`) IS NULL AND underpin.`up_39db4868_split-column`(NEW.`name`) IS NULL WHEN CONVERT(NEW.`first` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`up_34ec7464_split-column`(NEW.`name`) USING utf8mb4) COLLATE utf8mb4_0900_bin AND CONVERT(NEW.`last` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`up_39db4868_split-column`(NEW.`name`) USING utf8mb4) COLLATE utf8mb4_0900_bin THEN TRUE ELSE CONVERT(NEW.`name` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`down_81ad27c5_split-column`(NEW.`first`, NEW.`last`) USING utf8mb4) COLLATE utf8mb4_0900_bin END;
    END;
  END IF;
  IF wrote_new AND NOT agree THEN
    SET NEW.`name` = underpin.`down_81ad27c5_split-column`(NEW.`first`, NEW.`last`);
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'people'
      AND g.trigger_name = 'underpin_split-column_wins_update'), 'done', 'absent'));

---- undo of read-switch ----

-- drop the trigger underpin_split-column_wins_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_split-column_wins_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'people'
      AND g.trigger_name = 'underpin_split-column_wins_insert'), 'done', 'absent'));

-- drop the trigger underpin_split-column_wins_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_split-column_wins_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'people'
      AND g.trigger_name = 'underpin_split-column_wins_update'), 'done', 'absent'));

---- phase contract ----

-- drop the trigger underpin_split-column_refused_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_split-column_refused_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'people'
      AND g.trigger_name = 'underpin_split-column_refused_insert'), 'done', 'absent'));

-- drop the trigger underpin_split-column_refused_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_split-column_refused_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'people'
      AND g.trigger_name = 'underpin_split-column_refused_update'), 'done', 'absent'));

-- drop the trigger underpin_split-column_writes_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_split-column_writes_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'people'
      AND g.trigger_name = 'underpin_split-column_writes_insert'), 'done', 'absent'));

-- drop the trigger underpin_split-column_writes_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_split-column_writes_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'people'
      AND g.trigger_name = 'underpin_split-column_writes_update'), 'done', 'absent'));

-- drop by_name (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin split-column drop by_name */
ALTER TABLE `shop`.`people`
  DROP INDEX `by_name`,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN NOT EXISTS (
    SELECT /*+ SET_VAR(group_concat_max_len = 65536) */ 1 FROM information_schema.statistics AS s
    WHERE s.table_schema = 'shop' AND s.table_name = 'people'
      AND s.index_name = 'by_name'
    GROUP BY s.index_name) THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin split-column drop by_name */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

-- drop of_name (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin split-column drop of_name */
ALTER TABLE `shop`.`people`
  DROP INDEX `of_name`,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN NOT EXISTS (
    SELECT /*+ SET_VAR(group_concat_max_len = 65536) */ 1 FROM information_schema.statistics AS s
    WHERE s.table_schema = 'shop' AND s.table_name = 'people'
      AND s.index_name = 'of_name'
    GROUP BY s.index_name) THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin split-column drop of_name */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

-- let name be left out (lock: metadata)
ALTER TABLE `shop`.`people`
  ALTER COLUMN `name` SET DEFAULT '',
  ALGORITHM = INSTANT;

-- drop the trigger underpin_split-column_wins_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_split-column_wins_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'people'
      AND g.trigger_name = 'underpin_split-column_wins_insert'), 'done', 'absent'));

-- drop the trigger underpin_split-column_wins_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_split-column_wins_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'people'
      AND g.trigger_name = 'underpin_split-column_wins_update'), 'done', 'absent'));

-- drop the function up_34ec7464_split-column (lock: metadata; runs beside the traffic)
DROP FUNCTION IF EXISTS underpin.`up_34ec7464_split-column`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'up_34ec7464_split-column'), 'done', 'absent'));

-- drop the function up_39db4868_split-column (lock: metadata; runs beside the traffic)
DROP FUNCTION IF EXISTS underpin.`up_39db4868_split-column`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'up_39db4868_split-column'), 'done', 'absent'));

-- drop the function down_81ad27c5_split-column (lock: metadata; runs beside the traffic)
DROP FUNCTION IF EXISTS underpin.`down_81ad27c5_split-column`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'down_81ad27c5_split-column'), 'done', 'absent'));

-- drop name (lock: metadata)
ALTER TABLE `shop`.`people`
  DROP COLUMN `name`,
  ALGORITHM = INSTANT;

-- show first (lock: metadata)
ALTER TABLE `shop`.`people`
  ALTER COLUMN `first` SET VISIBLE,
  ALGORITHM = INSTANT;

-- show last (lock: metadata)
ALTER TABLE `shop`.`people`
  ALTER COLUMN `last` SET VISIBLE,
  ALGORITHM = INSTANT;

---- undo of contract ----

-- cannot be undone: people.name is gone

---- the walk over the rows, each statement one call ----

-- cut
CALL underpin.`cut_dce7b494`(:underpin_call, :migration, :purpose, :start, :n, :epoch, :shards, 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`people`
ORDER BY `id` LIMIT 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`people`
WHERE `id` > CAST(@underpin_lo_0 AS UNSIGNED)
ORDER BY `id` LIMIT 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`people`
ORDER BY `id` DESC LIMIT 1', 'SELECT JSON_ARRAY(CAST(FLOOR(CAST(MIN(`id`) AS DECIMAL(65, 0)) + (CAST(MAX(`id`) AS DECIMAL(65, 0)) - CAST(MIN(`id`) AS DECIMAL(65, 0))) * @underpin_shard / @underpin_shards) AS CHAR))
INTO @underpin_hi FROM `shop`.`people`');

-- batch
CALL underpin.`batch_13bb037e`(:underpin_call, :migration, :purpose, :start, :n, :shard, :epoch, :rows, :lock_timeout, 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`people`
WHERE `id` >= CAST(@underpin_lo_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS UNSIGNED)
ORDER BY `id` LIMIT ?, 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_next FROM `shop`.`people`
WHERE `id` > CAST(@underpin_hi_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS UNSIGNED)
ORDER BY `id` LIMIT 1', 'UPDATE /*+ SET_VAR(max_points_in_geometry = 786433) */ `shop`.`people`
SET `first` = underpin.`up_34ec7464_split-column`(`name`), `last` = underpin.`up_39db4868_split-column`(`name`), `touched` = `touched`
WHERE `id` >= CAST(@underpin_lo_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_hi_0 AS UNSIGNED)
  AND NOT (CASE WHEN `first` IS NULL AND `last` IS NULL THEN underpin.`up_34ec7464_split-column`(`name`) IS NULL AND underpin.`up_39db4868_split-column`(`name`) IS NULL WHEN CONVERT(`first` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`up_34ec7464_split-column`(`name`) USING utf8mb4) COLLATE utf8mb4_0900_bin AND CONVERT(`last` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`up_39db4868_split-column`(`name`) USING utf8mb4) COLLATE utf8mb4_0900_bin THEN TRUE ELSE CONVERT(`name` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`down_81ad27c5_split-column`(`first`, `last`) USING utf8mb4) COLLATE utf8mb4_0900_bin END)', 'SELECT COUNT(*) INTO @underpin_rows FROM `shop`.`people`
WHERE `id` >= CAST(@underpin_lo_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_hi_0 AS UNSIGNED)');

-- check
CALL underpin.`check_481da32d`(:underpin_call, :migration, :purpose, :start, :n, :shard, :epoch, :rows, :lock_timeout, 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`people`
WHERE `id` >= CAST(@underpin_lo_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS UNSIGNED)
ORDER BY `id` LIMIT ?, 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_next FROM `shop`.`people`
WHERE `id` > CAST(@underpin_hi_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS UNSIGNED)
ORDER BY `id` LIMIT 1', 'SELECT COUNT(*), COALESCE(SUM(NOT (CASE WHEN `first` IS NULL AND `last` IS NULL THEN underpin.`up_34ec7464_split-column`(`name`) IS NULL AND underpin.`up_39db4868_split-column`(`name`) IS NULL WHEN CONVERT(`first` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`up_34ec7464_split-column`(`name`) USING utf8mb4) COLLATE utf8mb4_0900_bin AND CONVERT(`last` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`up_39db4868_split-column`(`name`) USING utf8mb4) COLLATE utf8mb4_0900_bin THEN TRUE ELSE CONVERT(`name` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`down_81ad27c5_split-column`(`first`, `last`) USING utf8mb4) COLLATE utf8mb4_0900_bin END)), 0) INTO @underpin_rows, @underpin_changed
FROM `shop`.`people`
WHERE `id` >= CAST(@underpin_lo_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_hi_0 AS UNSIGNED)');

-- skip
CALL underpin.`skip_cc2a9f5f`(:underpin_call, :migration, :purpose, :start, :n, :shard, :epoch, :rows, :lock_timeout, 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`people`
WHERE `id` >= CAST(@underpin_lo_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS UNSIGNED)
ORDER BY `id` LIMIT ?, 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_next FROM `shop`.`people`
WHERE `id` > CAST(@underpin_hi_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS UNSIGNED)
ORDER BY `id` LIMIT 1', :sqlstate);

-- sweep
CALL underpin.`sweep_43380232`(:underpin_call, :migration, :epoch, :key, :lock_timeout, 'UPDATE /*+ SET_VAR(max_points_in_geometry = 786433) */ `shop`.`people`
SET `first` = underpin.`up_34ec7464_split-column`(`name`), `last` = underpin.`up_39db4868_split-column`(`name`), `touched` = `touched`
WHERE `id` = CAST(@underpin_lo_0 AS UNSIGNED)
  AND NOT (CASE WHEN `first` IS NULL AND `last` IS NULL THEN underpin.`up_34ec7464_split-column`(`name`) IS NULL AND underpin.`up_39db4868_split-column`(`name`) IS NULL WHEN CONVERT(`first` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`up_34ec7464_split-column`(`name`) USING utf8mb4) COLLATE utf8mb4_0900_bin AND CONVERT(`last` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`up_39db4868_split-column`(`name`) USING utf8mb4) COLLATE utf8mb4_0900_bin THEN TRUE ELSE CONVERT(`name` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`down_81ad27c5_split-column`(`first`, `last`) USING utf8mb4) COLLATE utf8mb4_0900_bin END)');

-- list
SELECT `id` FROM `shop`.`people` WHERE NOT (CASE WHEN `first` IS NULL AND `last` IS NULL THEN underpin.`up_34ec7464_split-column`(`name`) IS NULL AND underpin.`up_39db4868_split-column`(`name`) IS NULL WHEN CONVERT(`first` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`up_34ec7464_split-column`(`name`) USING utf8mb4) COLLATE utf8mb4_0900_bin AND CONVERT(`last` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`up_39db4868_split-column`(`name`) USING utf8mb4) COLLATE utf8mb4_0900_bin THEN TRUE ELSE CONVERT(`name` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`down_81ad27c5_split-column`(`first`, `last`) USING utf8mb4) COLLATE utf8mb4_0900_bin END) LIMIT 1000;
