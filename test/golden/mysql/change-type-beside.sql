-- change-type-beside: what runs on MySQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: add euros: ALGORITHM = INSTANT, at once

-- warning: drop euros: ALGORITHM = INSTANT, at once

-- warning: give euros its default: ALGORITHM = INSTANT, at once

-- warning: take the default from euros: ALGORITHM = INSTANT, at once

-- warning: set euros NOT NULL: ALGORITHM = INPLACE, LOCK = NONE; it rewrites the table beside the traffic, which takes room for a second copy, and on replicas the same time once more. Refused was INSTANT: not supported for this operation

-- warning: build by_euros: ALGORITHM = INPLACE, LOCK = NONE; it writes no row anew. Refused was INSTANT: not supported for this operation

-- warning: drop by_euros: ALGORITHM = INPLACE, LOCK = NONE; it writes no row anew. Refused was INSTANT: not supported for this operation

-- warning: let euros be NULL again: ALGORITHM = INPLACE, LOCK = NONE; it rewrites the table beside the traffic, which takes room for a second copy, and on replicas the same time once more. Refused was INSTANT: not supported for this operation

-- warning: drop by_amount: ALGORITHM = INPLACE, LOCK = NONE; it writes no row anew. Refused was INSTANT: not supported for this operation

-- warning: drop amount: ALGORITHM = INSTANT, at once

-- warning: show euros: ALGORITHM = INSTANT, at once

---- phase expand ----

-- add euros (lock: metadata)
ALTER TABLE `shop`.`orders`
  ADD COLUMN `euros` decimal(14,2) NULL COMMENT 'cents' INVISIBLE,
  ALGORITHM = INSTANT;

---- undo of expand ----

-- drop euros (lock: metadata)
ALTER TABLE `shop`.`orders`
  DROP COLUMN `euros`,
  ALGORITHM = INSTANT;

---- phase dual-write ----

-- note that the dual write begins (lock: none)

-- give euros its default (lock: metadata)
ALTER TABLE `shop`.`orders`
  ALTER COLUMN `euros` SET DEFAULT 0.0000,
  ALGORITHM = INSTANT;

-- compute euros from amount (lock: metadata; runs beside the traffic)
CREATE FUNCTION underpin.`up_678e815f_change-type-beside`(`amount` int)
  RETURNS decimal(14,2)
  DETERMINISTIC NO SQL
  COMMENT 'underpin change-type-beside'
BEGIN
  DECLARE underpin_value decimal(14,2);
  DECLARE underpin_number INT DEFAULT 1644;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION, SQLWARNING BEGIN
    GET CURRENT DIAGNOSTICS CONDITION 1 underpin_number = MYSQL_ERRNO;
    SIGNAL SQLSTATE '22000' SET MYSQL_ERRNO = underpin_number, MESSAGE_TEXT = 'the conversion refuses a value';
  END;
  SET underpin_value = (amount / 100);
  RETURN underpin_value;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'up_678e815f_change-type-beside'), 'done', 'absent'));

-- compute amount from euros (lock: metadata; runs beside the traffic)
CREATE FUNCTION underpin.`down_19c3cdc9_change-type-beside`(`euros` decimal(14,2))
  RETURNS int
  DETERMINISTIC NO SQL
  COMMENT 'underpin change-type-beside'
BEGIN
  DECLARE underpin_value int;
  DECLARE underpin_number INT DEFAULT 1644;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION, SQLWARNING BEGIN
    GET CURRENT DIAGNOSTICS CONDITION 1 underpin_number = MYSQL_ERRNO;
    SIGNAL SQLSTATE '22000' SET MYSQL_ERRNO = underpin_number, MESSAGE_TEXT = 'the conversion refuses a value';
  END;
  SET underpin_value = (ROUND(euros * 100));
  RETURN underpin_value;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'down_19c3cdc9_change-type-beside'), 'done', 'absent'));

-- write every change to both amount and euros, on INSERT (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_change-type-beside_writes_insert`
  BEFORE INSERT ON `shop`.`orders`
  FOR EACH ROW
BEGIN
  DECLARE wrote_old BOOLEAN DEFAULT NOT (NEW.`amount` <=> 0);
  DECLARE wrote_new BOOLEAN DEFAULT NOT (NEW.`euros` <=> 0.0000);
  DECLARE agree BOOLEAN DEFAULT FALSE;
  IF wrote_new OR NOT wrote_old THEN
    BEGIN
      DECLARE EXIT HANDLER FOR SQLEXCEPTION SET agree = FALSE;
      SET agree = CASE WHEN NEW.`euros` IS NULL THEN underpin.`up_678e815f_change-type-beside`(NEW.`amount`) IS NULL WHEN NEW.`euros` <=> underpin.`up_678e815f_change-type-beside`(NEW.`amount`) THEN TRUE ELSE NEW.`amount` <=> underpin.`down_19c3cdc9_change-type-beside`(NEW.`euros`) END;
    END;
  END IF;
  IF NOT agree THEN
    IF wrote_new AND NOT wrote_old THEN
      SET NEW.`amount` = underpin.`down_19c3cdc9_change-type-beside`(NEW.`euros`);
    ELSE
      BEGIN
        DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
          SET NEW.`euros` = NULL;
        END;
        SET NEW.`euros` = underpin.`up_678e815f_change-type-beside`(COALESCE(NEW.`amount`, 0));
      END;
    END IF;
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-type-beside_writes_insert'), 'done', 'absent'));

-- write every change to both amount and euros, on UPDATE (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_change-type-beside_writes_update`
  BEFORE UPDATE ON `shop`.`orders`
  FOR EACH ROW
BEGIN
  IF @@SESSION.max_points_in_geometry <> 786433 OR NOT (@underpin_walk_of <=> 'change-type-beside') OR NOT (NEW.`amount` <=> OLD.`amount`) THEN
    BEGIN
      DECLARE wrote_old BOOLEAN DEFAULT NOT (NEW.`amount` <=> OLD.`amount`);
      DECLARE wrote_new BOOLEAN DEFAULT NOT (NEW.`euros` <=> OLD.`euros`);
      DECLARE agree BOOLEAN DEFAULT FALSE;
      IF wrote_new OR NOT wrote_old THEN
        BEGIN
          DECLARE EXIT HANDLER FOR SQLEXCEPTION SET agree = FALSE;
          SET agree = CASE WHEN NEW.`euros` IS NULL THEN underpin.`up_678e815f_change-type-beside`(NEW.`amount`) IS NULL WHEN NEW.`euros` <=> underpin.`up_678e815f_change-type-beside`(NEW.`amount`) THEN TRUE ELSE NEW.`amount` <=> underpin.`down_19c3cdc9_change-type-beside`(NEW.`euros`) END;
        END;
      END IF;
      IF NOT agree THEN
        IF wrote_new AND NOT wrote_old THEN
          IF NEW.`euros` IS NULL AND NEW.`amount` IS NOT NULL THEN
            SET NEW.`euros` = OLD.`euros`;
          ELSE
            SET NEW.`amount` = underpin.`down_19c3cdc9_change-type-beside`(NEW.`euros`);
          END IF;
        ELSE
          BEGIN
            DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
              SET NEW.`euros` = NULL;
            END;
            SET NEW.`euros` = underpin.`up_678e815f_change-type-beside`(COALESCE(NEW.`amount`, 0));
          END;
        END IF;
      END IF;
    END;
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-type-beside_writes_update'), 'done', 'absent'));

-- note rows whose amount cannot be converted, on INSERT (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_change-type-beside_refused_insert`
  AFTER INSERT ON `shop`.`orders`
  FOR EACH ROW
BEGIN
  DECLARE state_now VARCHAR(5);
  DECLARE number_now BIGINT;
  DECLARE row_now TEXT CHARACTER SET utf8mb4;
  DECLARE converts BOOLEAN;
  IF NEW.`amount` IS NOT NULL AND NEW.`euros` IS NULL THEN
    BEGIN
      DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
        GET DIAGNOSTICS CONDITION 1 state_now = RETURNED_SQLSTATE, number_now = MYSQL_ERRNO;
        IF EXISTS (SELECT 1 FROM underpin.migration AS m WHERE m.name = 'change-type-beside' AND m.status = 'running') THEN
          SET row_now = JSON_ARRAY(CAST(NEW.`id` AS CHAR));
          INSERT INTO underpin.stubborn_row (migration, row_key, key_hash, code)
          VALUES ('change-type-beside', row_now, UNHEX(SHA2(row_now, 256)), CONCAT(state_now, '/', number_now)) AS s
          ON DUPLICATE KEY UPDATE code = s.code, attempts = stubborn_row.attempts + 1;
        END IF;
      END;
      SET converts = underpin.`up_678e815f_change-type-beside`(NEW.`amount`) IS NULL;
    END;
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-type-beside_refused_insert'), 'done', 'absent'));

-- note rows whose amount cannot be converted, on UPDATE (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_change-type-beside_refused_update`
  AFTER UPDATE ON `shop`.`orders`
  FOR EACH ROW
BEGIN
  IF @@SESSION.max_points_in_geometry <> 786433 OR NOT (@underpin_walk_of <=> 'change-type-beside') OR NOT (NEW.`amount` <=> OLD.`amount`) THEN
    BEGIN
      DECLARE state_now VARCHAR(5);
      DECLARE number_now BIGINT;
      DECLARE row_now TEXT CHARACTER SET utf8mb4;
      DECLARE converts BOOLEAN;
      IF NEW.`amount` IS NOT NULL AND NEW.`euros` IS NULL THEN
        BEGIN
          DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
            GET DIAGNOSTICS CONDITION 1 state_now = RETURNED_SQLSTATE, number_now = MYSQL_ERRNO;
            IF EXISTS (SELECT 1 FROM underpin.migration AS m WHERE m.name = 'change-type-beside' AND m.status = 'running') THEN
              SET row_now = JSON_ARRAY(CAST(NEW.`id` AS CHAR));
              INSERT INTO underpin.stubborn_row (migration, row_key, key_hash, code)
              VALUES ('change-type-beside', row_now, UNHEX(SHA2(row_now, 256)), CONCAT(state_now, '/', number_now)) AS s
              ON DUPLICATE KEY UPDATE code = s.code, attempts = stubborn_row.attempts + 1;
            END IF;
          END;
          SET converts = underpin.`up_678e815f_change-type-beside`(NEW.`amount`) IS NULL;
        END;
      END IF;
    END;
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-type-beside_refused_update'), 'done', 'absent'));

---- undo of dual-write ----

-- drop the trigger underpin_change-type-beside_refused_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_change-type-beside_refused_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-type-beside_refused_insert'), 'done', 'absent'));

-- drop the trigger underpin_change-type-beside_refused_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_change-type-beside_refused_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-type-beside_refused_update'), 'done', 'absent'));

-- drop the trigger underpin_change-type-beside_writes_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_change-type-beside_writes_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-type-beside_writes_insert'), 'done', 'absent'));

-- drop the trigger underpin_change-type-beside_writes_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_change-type-beside_writes_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-type-beside_writes_update'), 'done', 'absent'));

-- drop the function up_678e815f_change-type-beside (lock: metadata; runs beside the traffic)
DROP FUNCTION IF EXISTS underpin.`up_678e815f_change-type-beside`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'up_678e815f_change-type-beside'), 'done', 'absent'));

-- drop the function down_19c3cdc9_change-type-beside (lock: metadata; runs beside the traffic)
DROP FUNCTION IF EXISTS underpin.`down_19c3cdc9_change-type-beside`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'down_19c3cdc9_change-type-beside'), 'done', 'absent'));

-- take the default from euros (lock: metadata)
ALTER TABLE `shop`.`orders`
  ALTER COLUMN `euros` SET DEFAULT NULL,
  ALGORITHM = INSTANT;

---- phase verify ----

-- note that euros takes over (lock: none)

-- set euros NOT NULL (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin change-type-beside set euros NOT NULL */
ALTER TABLE `shop`.`orders`
  MODIFY COLUMN `euros` decimal(14,2) DEFAULT 0.0000 COMMENT ''cents'' INVISIBLE NOT NULL,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN EXISTS (
    SELECT 1 FROM information_schema.columns AS c
    WHERE c.table_schema = 'shop' AND c.table_name = 'orders'
      AND c.column_name = 'euros'
      AND c.column_type = 'decimal(14,2)' AND c.is_nullable = 'NO'
      AND c.collation_name <=> NULL) THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin change-type-beside set euros NOT NULL */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

-- build by_euros (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin change-type-beside build by_euros */
ALTER TABLE `shop`.`orders`
  ADD INDEX `by_euros` (`euros`),
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN EXISTS (
    SELECT /*+ SET_VAR(group_concat_max_len = 65536) */ 1 FROM information_schema.statistics AS s
    WHERE s.table_schema = 'shop' AND s.table_name = 'orders'
      AND s.index_name = 'by_euros'
    GROUP BY s.index_name
    HAVING CONCAT(
  IF(MAX(s.index_type) IN ('FULLTEXT', 'SPATIAL'), CONCAT(MAX(s.index_type), ' '), ''),
  '(', GROUP_CONCAT(CONCAT(
    COALESCE(CONCAT('`', REPLACE(s.column_name, '`', '``'), '`'), CONCAT('(', REPLACE(s.expression, '\\''', ''''), ')')),
    COALESCE(CONCAT('(', s.sub_part, ')'), ''),
    IF(s.collation = 'D', ' DESC', '')) ORDER BY s.seq_in_index SEPARATOR ', '), ')',
  IF(MAX(s.index_comment) = '', '', CONCAT(' COMMENT ', QUOTE(MAX(s.index_comment)))),
  IF(MAX(s.is_visible) = 'NO', ' INVISIBLE', '')) = '(`euros`)') THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin change-type-beside build by_euros */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

---- undo of verify ----

-- drop by_euros (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin change-type-beside drop by_euros */
ALTER TABLE `shop`.`orders`
  DROP INDEX `by_euros`,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN NOT EXISTS (
    SELECT /*+ SET_VAR(group_concat_max_len = 65536) */ 1 FROM information_schema.statistics AS s
    WHERE s.table_schema = 'shop' AND s.table_name = 'orders'
      AND s.index_name = 'by_euros'
    GROUP BY s.index_name) THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin change-type-beside drop by_euros */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

-- let euros be NULL again (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin change-type-beside let euros be NULL again */
ALTER TABLE `shop`.`orders`
  MODIFY COLUMN `euros` decimal(14,2) DEFAULT 0.0000 COMMENT ''cents'' INVISIBLE NULL,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN EXISTS (
    SELECT 1 FROM information_schema.columns AS c
    WHERE c.table_schema = 'shop' AND c.table_name = 'orders'
      AND c.column_name = 'euros'
      AND c.column_type = 'decimal(14,2)' AND c.is_nullable = 'YES'
      AND c.collation_name <=> NULL) THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin change-type-beside let euros be NULL again */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

---- phase read-switch ----

-- note that euros wins (lock: none)

-- let euros win where a write disagrees, on INSERT (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_change-type-beside_wins_insert`
  BEFORE INSERT ON `shop`.`orders`
  FOR EACH ROW PRECEDES `underpin_change-type-beside_writes_insert`
BEGIN
  DECLARE wrote_old BOOLEAN DEFAULT NOT (NEW.`amount` <=> 0);
  DECLARE wrote_new BOOLEAN DEFAULT NOT (NEW.`euros` <=> 0.0000);
  DECLARE agree BOOLEAN DEFAULT FALSE;
  IF wrote_new THEN
    BEGIN
      DECLARE EXIT HANDLER FOR SQLEXCEPTION SET agree = FALSE;
      SET agree = CASE WHEN NEW.`euros` IS NULL THEN underpin.`up_678e815f_change-type-beside`(NEW.`amount`) IS NULL WHEN NEW.`euros` <=> underpin.`up_678e815f_change-type-beside`(NEW.`amount`) THEN TRUE ELSE NEW.`amount` <=> underpin.`down_19c3cdc9_change-type-beside`(NEW.`euros`) END;
    END;
  END IF;
  IF wrote_new AND NOT agree THEN
    SET NEW.`amount` = underpin.`down_19c3cdc9_change-type-beside`(NEW.`euros`);
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-type-beside_wins_insert'), 'done', 'absent'));

-- let euros win where a write disagrees, on UPDATE (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_change-type-beside_wins_update`
  BEFORE UPDATE ON `shop`.`orders`
  FOR EACH ROW PRECEDES `underpin_change-type-beside_writes_update`
BEGIN
  DECLARE wrote_old BOOLEAN DEFAULT NOT (NEW.`amount` <=> OLD.`amount`);
  DECLARE wrote_new BOOLEAN DEFAULT NOT (NEW.`euros` <=> OLD.`euros`);
  DECLARE agree BOOLEAN DEFAULT FALSE;
  IF wrote_new THEN
    BEGIN
      DECLARE EXIT HANDLER FOR SQLEXCEPTION SET agree = FALSE;
      SET agree = CASE WHEN NEW.`euros` IS NULL THEN underpin.`up_678e815f_change-type-beside`(NEW.`amount`) IS NULL WHEN NEW.`euros` <=> underpin.`up_678e815f_change-type-beside`(NEW.`amount`) THEN TRUE ELSE NEW.`amount` <=> underpin.`down_19c3cdc9_change-type-beside`(NEW.`euros`) END;
    END;
  END IF;
  IF wrote_new AND NOT agree THEN
    SET NEW.`amount` = underpin.`down_19c3cdc9_change-type-beside`(NEW.`euros`);
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-type-beside_wins_update'), 'done', 'absent'));

---- undo of read-switch ----

-- drop the trigger underpin_change-type-beside_wins_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_change-type-beside_wins_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-type-beside_wins_insert'), 'done', 'absent'));

-- drop the trigger underpin_change-type-beside_wins_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_change-type-beside_wins_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-type-beside_wins_update'), 'done', 'absent'));

---- phase contract ----

-- drop the trigger underpin_change-type-beside_refused_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_change-type-beside_refused_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-type-beside_refused_insert'), 'done', 'absent'));

-- drop the trigger underpin_change-type-beside_refused_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_change-type-beside_refused_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-type-beside_refused_update'), 'done', 'absent'));

-- drop the trigger underpin_change-type-beside_writes_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_change-type-beside_writes_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-type-beside_writes_insert'), 'done', 'absent'));

-- drop the trigger underpin_change-type-beside_writes_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_change-type-beside_writes_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-type-beside_writes_update'), 'done', 'absent'));

-- drop by_amount (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin change-type-beside drop by_amount */
ALTER TABLE `shop`.`orders`
  DROP INDEX `by_amount`,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN NOT EXISTS (
    SELECT /*+ SET_VAR(group_concat_max_len = 65536) */ 1 FROM information_schema.statistics AS s
    WHERE s.table_schema = 'shop' AND s.table_name = 'orders'
      AND s.index_name = 'by_amount'
    GROUP BY s.index_name) THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin change-type-beside drop by_amount */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

-- drop the trigger underpin_change-type-beside_wins_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_change-type-beside_wins_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-type-beside_wins_insert'), 'done', 'absent'));

-- drop the trigger underpin_change-type-beside_wins_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_change-type-beside_wins_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-type-beside_wins_update'), 'done', 'absent'));

-- drop the function up_678e815f_change-type-beside (lock: metadata; runs beside the traffic)
DROP FUNCTION IF EXISTS underpin.`up_678e815f_change-type-beside`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'up_678e815f_change-type-beside'), 'done', 'absent'));

-- drop the function down_19c3cdc9_change-type-beside (lock: metadata; runs beside the traffic)
DROP FUNCTION IF EXISTS underpin.`down_19c3cdc9_change-type-beside`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'down_19c3cdc9_change-type-beside'), 'done', 'absent'));

-- drop amount (lock: metadata)
ALTER TABLE `shop`.`orders`
  DROP COLUMN `amount`,
  ALGORITHM = INSTANT;

-- show euros (lock: metadata)
ALTER TABLE `shop`.`orders`
  ALTER COLUMN `euros` SET VISIBLE,
  ALGORITHM = INSTANT;

---- undo of contract ----

-- cannot be undone: orders.amount is gone

---- the walk over the rows, each statement one call ----

-- cut
CALL underpin.`cut_dce7b494`(:underpin_call, :migration, :purpose, :start, :n, :epoch, :shards, 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`orders`
ORDER BY `id` LIMIT 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`orders`
WHERE `id` > CAST(@underpin_lo_0 AS UNSIGNED)
ORDER BY `id` LIMIT 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`orders`
ORDER BY `id` DESC LIMIT 1', 'SELECT JSON_ARRAY(CAST(FLOOR(CAST(MIN(`id`) AS DECIMAL(65, 0)) + (CAST(MAX(`id`) AS DECIMAL(65, 0)) - CAST(MIN(`id`) AS DECIMAL(65, 0))) * @underpin_shard / @underpin_shards) AS CHAR))
INTO @underpin_hi FROM `shop`.`orders`');

-- batch
CALL underpin.`batch_13bb037e`(:underpin_call, :migration, :purpose, :start, :n, :shard, :epoch, :rows, :lock_timeout, 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`orders`
WHERE `id` >= CAST(@underpin_lo_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS UNSIGNED)
ORDER BY `id` LIMIT ?, 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_next FROM `shop`.`orders`
WHERE `id` > CAST(@underpin_hi_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS UNSIGNED)
ORDER BY `id` LIMIT 1', 'UPDATE /*+ SET_VAR(max_points_in_geometry = 786433) */ `shop`.`orders`
SET `euros` = underpin.`up_678e815f_change-type-beside`(`amount`)
WHERE `id` >= CAST(@underpin_lo_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_hi_0 AS UNSIGNED)
  AND NOT (CASE WHEN `euros` IS NULL THEN underpin.`up_678e815f_change-type-beside`(`amount`) IS NULL WHEN `euros` <=> underpin.`up_678e815f_change-type-beside`(`amount`) THEN TRUE ELSE `amount` <=> underpin.`down_19c3cdc9_change-type-beside`(`euros`) END)', 'SELECT COUNT(*) INTO @underpin_rows FROM `shop`.`orders`
WHERE `id` >= CAST(@underpin_lo_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_hi_0 AS UNSIGNED)');

-- check
CALL underpin.`check_481da32d`(:underpin_call, :migration, :purpose, :start, :n, :shard, :epoch, :rows, :lock_timeout, 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`orders`
WHERE `id` >= CAST(@underpin_lo_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS UNSIGNED)
ORDER BY `id` LIMIT ?, 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_next FROM `shop`.`orders`
WHERE `id` > CAST(@underpin_hi_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS UNSIGNED)
ORDER BY `id` LIMIT 1', 'SELECT COUNT(*), COALESCE(SUM(NOT (CASE WHEN `euros` IS NULL THEN underpin.`up_678e815f_change-type-beside`(`amount`) IS NULL WHEN `euros` <=> underpin.`up_678e815f_change-type-beside`(`amount`) THEN TRUE ELSE `amount` <=> underpin.`down_19c3cdc9_change-type-beside`(`euros`) END)), 0) INTO @underpin_rows, @underpin_changed
FROM `shop`.`orders`
WHERE `id` >= CAST(@underpin_lo_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_hi_0 AS UNSIGNED)');

-- skip
CALL underpin.`skip_cc2a9f5f`(:underpin_call, :migration, :purpose, :start, :n, :shard, :epoch, :rows, :lock_timeout, 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`orders`
WHERE `id` >= CAST(@underpin_lo_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS UNSIGNED)
ORDER BY `id` LIMIT ?, 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_next FROM `shop`.`orders`
WHERE `id` > CAST(@underpin_hi_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS UNSIGNED)
ORDER BY `id` LIMIT 1', :sqlstate);

-- sweep
CALL underpin.`sweep_43380232`(:underpin_call, :migration, :epoch, :key, :lock_timeout, 'UPDATE /*+ SET_VAR(max_points_in_geometry = 786433) */ `shop`.`orders`
SET `euros` = underpin.`up_678e815f_change-type-beside`(`amount`)
WHERE `id` = CAST(@underpin_lo_0 AS UNSIGNED)
  AND NOT (CASE WHEN `euros` IS NULL THEN underpin.`up_678e815f_change-type-beside`(`amount`) IS NULL WHEN `euros` <=> underpin.`up_678e815f_change-type-beside`(`amount`) THEN TRUE ELSE `amount` <=> underpin.`down_19c3cdc9_change-type-beside`(`euros`) END)');

-- list
SELECT `id` FROM `shop`.`orders` WHERE NOT (CASE WHEN `euros` IS NULL THEN underpin.`up_678e815f_change-type-beside`(`amount`) IS NULL WHEN `euros` <=> underpin.`up_678e815f_change-type-beside`(`amount`) THEN TRUE ELSE `amount` <=> underpin.`down_19c3cdc9_change-type-beside`(`euros`) END) LIMIT 1000;
