-- merge-columns: what runs on MySQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: add address: ALGORITHM = INSTANT, at once

-- warning: drop address: ALGORITHM = INSTANT, at once

-- warning: let street be left out: ALGORITHM = INSTANT, at once

-- warning: drop street: ALGORITHM = INSTANT, at once

-- warning: drop city: ALGORITHM = INSTANT, at once

-- warning: show address: ALGORITHM = INSTANT, at once

-- warning: until reads move, an UPDATE that sets address to NULL and leaves street, city as it is gets the value of street, city: MySQL does not tell which columns a statement names. A version that means NULL writes it into both until then

---- phase expand ----

-- add address (lock: metadata)
ALTER TABLE `shop`.`places`
  ADD COLUMN `address` varchar(90) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci NULL INVISIBLE,
  ALGORITHM = INSTANT;

---- undo of expand ----

-- drop address (lock: metadata)
ALTER TABLE `shop`.`places`
  DROP COLUMN `address`,
  ALGORITHM = INSTANT;

---- phase dual-write ----

-- note that the dual write begins (lock: none)

-- compute address from street, city (lock: metadata; runs beside the traffic)
CREATE FUNCTION underpin.`up_9ee8c07c_merge-columns`(`street` varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci, `city` varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci)
  RETURNS varchar(90) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci
  DETERMINISTIC NO SQL
  COMMENT 'underpin merge-columns'
BEGIN
  DECLARE underpin_value varchar(90) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci;
  DECLARE underpin_number INT DEFAULT 1644;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION, SQLWARNING BEGIN
    GET CURRENT DIAGNOSTICS CONDITION 1 underpin_number = MYSQL_ERRNO;
    SIGNAL SQLSTATE '22000' SET MYSQL_ERRNO = underpin_number, MESSAGE_TEXT = 'the conversion refuses a value';
  END;
  SET underpin_value = (NULLIF(CONCAT_WS('/', street, city), ''));
  RETURN underpin_value;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'up_9ee8c07c_merge-columns'), 'done', 'absent'));

-- compute street from address (lock: metadata; runs beside the traffic)
CREATE FUNCTION underpin.`down_6107979a_merge-columns`(`address` varchar(90) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci)
  RETURNS varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci
  DETERMINISTIC NO SQL
  COMMENT 'underpin merge-columns'
BEGIN
  DECLARE underpin_value varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci;
  DECLARE underpin_number INT DEFAULT 1644;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION, SQLWARNING BEGIN
    GET CURRENT DIAGNOSTICS CONDITION 1 underpin_number = MYSQL_ERRNO;
    SIGNAL SQLSTATE '22000' SET MYSQL_ERRNO = underpin_number, MESSAGE_TEXT = 'the conversion refuses a value';
  END;
  SET underpin_value = (SUBSTRING_INDEX(address, '/', 1));
  RETURN underpin_value;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'down_6107979a_merge-columns'), 'done', 'absent'));

-- compute city from address (lock: metadata; runs beside the traffic)
CREATE FUNCTION underpin.`down_2b5e0b14_merge-columns`(`address` varchar(90) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci)
  RETURNS varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci
  DETERMINISTIC NO SQL
  COMMENT 'underpin merge-columns'
BEGIN
  DECLARE underpin_value varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci;
  DECLARE underpin_number INT DEFAULT 1644;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION, SQLWARNING BEGIN
    GET CURRENT DIAGNOSTICS CONDITION 1 underpin_number = MYSQL_ERRNO;
    SIGNAL SQLSTATE '22000' SET MYSQL_ERRNO = underpin_number, MESSAGE_TEXT = 'the conversion refuses a value';
  END;
  SET underpin_value = (IF(LOCATE('/', address) = 0, '', SUBSTRING(address, LOCATE('/', address) + 1)));
  RETURN underpin_value;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'down_2b5e0b14_merge-columns'), 'done', 'absent'));

-- write every change to both street, city and address, on INSERT (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_merge-columns_writes_insert`
  BEFORE INSERT ON `shop`.`places`
  FOR EACH ROW
BEGIN
  DECLARE wrote_old BOOLEAN DEFAULT NOT (CONVERT(NEW.`street` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(NULL USING utf8mb4) COLLATE utf8mb4_0900_bin) OR NOT (CONVERT(NEW.`city` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(NULL USING utf8mb4) COLLATE utf8mb4_0900_bin);
  DECLARE wrote_new BOOLEAN DEFAULT NOT (CONVERT(NEW.`address` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(NULL USING utf8mb4) COLLATE utf8mb4_0900_bin);
  DECLARE agree BOOLEAN DEFAULT FALSE;
  IF wrote_new OR NOT wrote_old THEN
    BEGIN
      DECLARE EXIT HANDLER FOR SQLEXCEPTION SET agree = FALSE;
      SET agree = CASE WHEN NEW.`address` IS NULL THEN underpin.`up_9ee8c07c_merge-columns`(NEW.`street`, NEW.`city`) IS NULL WHEN CONVERT(NEW.`address` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`up_9ee8c07c_merge-columns`(NEW.`street`, NEW.`city`) USING utf8mb4) COLLATE utf8mb4_0900_bin THEN TRUE ELSE CONVERT(NEW.`street` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`down_6107979a_merge-columns`(NEW.`address`) USING utf8mb4) COLLATE utf8mb4_0900_bin AND CONVERT(NEW.`city` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`down_2b5e0b14_merge-columns`(NEW.`address`) USING utf8mb4) COLLATE utf8mb4_0900_bin END;
    END;
  END IF;
  IF NOT agree THEN
    IF wrote_new AND NOT wrote_old THEN
      SET NEW.`street` = underpin.`down_6107979a_merge-columns`(NEW.`address`);
      SET NEW.`city` = underpin.`down_2b5e0b14_merge-columns`(NEW.`address`);
    ELSE
      BEGIN
        DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
          SET NEW.`address` = NULL;
        END;
        SET NEW.`address` = underpin.`up_9ee8c07c_merge-columns`(COALESCE(NEW.`street`, ''), NEW.`city`);
      END;
    END IF;
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'places'
      AND g.trigger_name = 'underpin_merge-columns_writes_insert'), 'done', 'absent'));

-- write every change to both street, city and address, on UPDATE (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_merge-columns_writes_update`
  BEFORE UPDATE ON `shop`.`places`
  FOR EACH ROW
BEGIN
  IF @@SESSION.max_points_in_geometry <> 786433 OR NOT (@underpin_walk_of <=> 'merge-columns') OR NOT (CONVERT(NEW.`street` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(OLD.`street` USING utf8mb4) COLLATE utf8mb4_0900_bin) OR NOT (CONVERT(NEW.`city` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(OLD.`city` USING utf8mb4) COLLATE utf8mb4_0900_bin) THEN
    BEGIN
      DECLARE wrote_old BOOLEAN DEFAULT NOT (CONVERT(NEW.`street` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(OLD.`street` USING utf8mb4) COLLATE utf8mb4_0900_bin) OR NOT (CONVERT(NEW.`city` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(OLD.`city` USING utf8mb4) COLLATE utf8mb4_0900_bin);
      DECLARE wrote_new BOOLEAN DEFAULT NOT (CONVERT(NEW.`address` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(OLD.`address` USING utf8mb4) COLLATE utf8mb4_0900_bin);
      DECLARE agree BOOLEAN DEFAULT FALSE;
      IF wrote_new OR NOT wrote_old THEN
        BEGIN
          DECLARE EXIT HANDLER FOR SQLEXCEPTION SET agree = FALSE;
          SET agree = CASE WHEN NEW.`address` IS NULL THEN underpin.`up_9ee8c07c_merge-columns`(NEW.`street`, NEW.`city`) IS NULL WHEN CONVERT(NEW.`address` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`up_9ee8c07c_merge-columns`(NEW.`street`, NEW.`city`) USING utf8mb4) COLLATE utf8mb4_0900_bin THEN TRUE ELSE CONVERT(NEW.`street` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`down_6107979a_merge-columns`(NEW.`address`) USING utf8mb4) COLLATE utf8mb4_0900_bin AND CONVERT(NEW.`city` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`down_2b5e0b14_merge-columns`(NEW.`address`) USING utf8mb4) COLLATE utf8mb4_0900_bin END;
        END;
      END IF;
      IF NOT agree THEN
        IF wrote_new AND NOT wrote_old THEN
          IF NEW.`address` IS NULL AND (NEW.`street` IS NOT NULL OR NEW.`city` IS NOT NULL) THEN
            SET NEW.`address` = OLD.`address`;
          ELSE
            SET NEW.`street` = underpin.`down_6107979a_merge-columns`(NEW.`address`);
            SET NEW.`city` = underpin.`down_2b5e0b14_merge-columns`(NEW.`address`);
          END IF;
        ELSE
          BEGIN
            DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
              SET NEW.`address` = NULL;
            END;
            SET NEW.`address` = underpin.`up_9ee8c07c_merge-columns`(COALESCE(NEW.`street`, ''), NEW.`city`);
          END;
        END IF;
      END IF;
    END;
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'places'
      AND g.trigger_name = 'underpin_merge-columns_writes_update'), 'done', 'absent'));

-- note rows whose street, city cannot be converted, on INSERT (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_merge-columns_refused_insert`
  AFTER INSERT ON `shop`.`places`
  FOR EACH ROW
BEGIN
  DECLARE state_now VARCHAR(5);
  DECLARE number_now BIGINT;
  DECLARE row_now TEXT CHARACTER SET utf8mb4;
  DECLARE converts BOOLEAN;
  IF (NEW.`street` IS NOT NULL OR NEW.`city` IS NOT NULL) AND NEW.`address` IS NULL THEN
    BEGIN
      DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
        GET DIAGNOSTICS CONDITION 1 state_now = RETURNED_SQLSTATE, number_now = MYSQL_ERRNO;
        IF EXISTS (SELECT 1 FROM underpin.migration AS m WHERE m.name = 'merge-columns' AND m.status = 'running') THEN
          SET row_now = JSON_ARRAY(CAST(NEW.`id` AS CHAR));
          INSERT INTO underpin.stubborn_row (migration, row_key, key_hash, code)
          VALUES ('merge-columns', row_now, UNHEX(SHA2(row_now, 256)), CONCAT(state_now, '/', number_now)) AS s
          ON DUPLICATE KEY UPDATE code = s.code, attempts = stubborn_row.attempts + 1;
        END IF;
      END;
      SET converts = underpin.`up_9ee8c07c_merge-columns`(NEW.`street`, NEW.`city`) IS NULL;
    END;
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'places'
      AND g.trigger_name = 'underpin_merge-columns_refused_insert'), 'done', 'absent'));

-- note rows whose street, city cannot be converted, on UPDATE (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_merge-columns_refused_update`
  AFTER UPDATE ON `shop`.`places`
  FOR EACH ROW
BEGIN
  IF @@SESSION.max_points_in_geometry <> 786433 OR NOT (@underpin_walk_of <=> 'merge-columns') OR NOT (CONVERT(NEW.`street` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(OLD.`street` USING utf8mb4) COLLATE utf8mb4_0900_bin) OR NOT (CONVERT(NEW.`city` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(OLD.`city` USING utf8mb4) COLLATE utf8mb4_0900_bin) THEN
    BEGIN
      DECLARE state_now VARCHAR(5);
      DECLARE number_now BIGINT;
      DECLARE row_now TEXT CHARACTER SET utf8mb4;
      DECLARE converts BOOLEAN;
      IF (NEW.`street` IS NOT NULL OR NEW.`city` IS NOT NULL) AND NEW.`address` IS NULL THEN
        BEGIN
          DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
            GET DIAGNOSTICS CONDITION 1 state_now = RETURNED_SQLSTATE, number_now = MYSQL_ERRNO;
            IF EXISTS (SELECT 1 FROM underpin.migration AS m WHERE m.name = 'merge-columns' AND m.status = 'running') THEN
              SET row_now = JSON_ARRAY(CAST(NEW.`id` AS CHAR));
              INSERT INTO underpin.stubborn_row (migration, row_key, key_hash, code)
              VALUES ('merge-columns', row_now, UNHEX(SHA2(row_now, 256)), CONCAT(state_now, '/', number_now)) AS s
              ON DUPLICATE KEY UPDATE code = s.code, attempts = stubborn_row.attempts + 1;
            END IF;
          END;
          SET converts = underpin.`up_9ee8c07c_merge-columns`(NEW.`street`, NEW.`city`) IS NULL;
        END;
      END IF;
    END;
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'places'
      AND g.trigger_name = 'underpin_merge-columns_refused_update'), 'done', 'absent'));

---- undo of dual-write ----

-- drop the trigger underpin_merge-columns_refused_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_merge-columns_refused_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'places'
      AND g.trigger_name = 'underpin_merge-columns_refused_insert'), 'done', 'absent'));

-- drop the trigger underpin_merge-columns_refused_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_merge-columns_refused_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'places'
      AND g.trigger_name = 'underpin_merge-columns_refused_update'), 'done', 'absent'));

-- drop the trigger underpin_merge-columns_writes_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_merge-columns_writes_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'places'
      AND g.trigger_name = 'underpin_merge-columns_writes_insert'), 'done', 'absent'));

-- drop the trigger underpin_merge-columns_writes_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_merge-columns_writes_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'places'
      AND g.trigger_name = 'underpin_merge-columns_writes_update'), 'done', 'absent'));

-- drop the function up_9ee8c07c_merge-columns (lock: metadata; runs beside the traffic)
DROP FUNCTION IF EXISTS underpin.`up_9ee8c07c_merge-columns`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'up_9ee8c07c_merge-columns'), 'done', 'absent'));

-- drop the function down_6107979a_merge-columns (lock: metadata; runs beside the traffic)
DROP FUNCTION IF EXISTS underpin.`down_6107979a_merge-columns`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'down_6107979a_merge-columns'), 'done', 'absent'));

-- drop the function down_2b5e0b14_merge-columns (lock: metadata; runs beside the traffic)
DROP FUNCTION IF EXISTS underpin.`down_2b5e0b14_merge-columns`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'down_2b5e0b14_merge-columns'), 'done', 'absent'));

---- phase verify ----

-- note that address takes over (lock: none)

---- undo of verify ----

---- phase read-switch ----

-- note that address wins (lock: none)

-- let address win where a write disagrees, on INSERT (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_merge-columns_wins_insert`
  BEFORE INSERT ON `shop`.`places`
  FOR EACH ROW PRECEDES `underpin_merge-columns_writes_insert`
BEGIN
  DECLARE wrote_old BOOLEAN DEFAULT NOT (CONVERT(NEW.`street` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(NULL USING utf8mb4) COLLATE utf8mb4_0900_bin) OR NOT (CONVERT(NEW.`city` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(NULL USING utf8mb4) COLLATE utf8mb4_0900_bin);
  DECLARE wrote_new BOOLEAN DEFAULT NOT (CONVERT(NEW.`address` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(NULL USING utf8mb4) COLLATE utf8mb4_0900_bin);
  DECLARE agree BOOLEAN DEFAULT FALSE;
  IF wrote_new THEN
    BEGIN
      DECLARE EXIT HANDLER FOR SQLEXCEPTION SET agree = FALSE;
      SET agree = CASE WHEN NEW.`address` IS NULL THEN underpin.`up_9ee8c07c_merge-columns`(NEW.`street`, NEW.`city`) IS NULL WHEN CONVERT(NEW.`address` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`up_9ee8c07c_merge-columns`(NEW.`street`, NEW.`city`) USING utf8mb4) COLLATE utf8mb4_0900_bin THEN TRUE ELSE CONVERT(NEW.`street` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`down_6107979a_merge-columns`(NEW.`address`) USING utf8mb4) COLLATE utf8mb4_0900_bin AND CONVERT(NEW.`city` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`down_2b5e0b14_merge-columns`(NEW.`address`) USING utf8mb4) COLLATE utf8mb4_0900_bin END;
    END;
  END IF;
  IF wrote_new AND NOT agree THEN
    SET NEW.`street` = underpin.`down_6107979a_merge-columns`(NEW.`address`);
    SET NEW.`city` = underpin.`down_2b5e0b14_merge-columns`(NEW.`address`);
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'places'
      AND g.trigger_name = 'underpin_merge-columns_wins_insert'), 'done', 'absent'));

-- let address win where a write disagrees, on UPDATE (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_merge-columns_wins_update`
  BEFORE UPDATE ON `shop`.`places`
  FOR EACH ROW PRECEDES `underpin_merge-columns_writes_update`
BEGIN
  DECLARE wrote_old BOOLEAN DEFAULT NOT (CONVERT(NEW.`street` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(OLD.`street` USING utf8mb4) COLLATE utf8mb4_0900_bin) OR NOT (CONVERT(NEW.`city` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(OLD.`city` USING utf8mb4) COLLATE utf8mb4_0900_bin);
  DECLARE wrote_new BOOLEAN DEFAULT NOT (CONVERT(NEW.`address` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(OLD.`address` USING utf8mb4) COLLATE utf8mb4_0900_bin);
  DECLARE agree BOOLEAN DEFAULT FALSE;
  IF wrote_new THEN
    BEGIN
      DECLARE EXIT HANDLER FOR SQLEXCEPTION SET agree = FALSE;
      SET agree = CASE WHEN NEW.`address` IS NULL THEN underpin.`up_9ee8c07c_merge-columns`(NEW.`street`, NEW.`city`) IS NULL WHEN CONVERT(NEW.`address` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`up_9ee8c07c_merge-columns`(NEW.`street`, NEW.`city`) USING utf8mb4) COLLATE utf8mb4_0900_bin THEN TRUE ELSE CONVERT(NEW.`street` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`down_6107979a_merge-columns`(NEW.`address`) USING utf8mb4) COLLATE utf8mb4_0900_bin AND CONVERT(NEW.`city` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`down_2b5e0b14_merge-columns`(NEW.`address`) USING utf8mb4) COLLATE utf8mb4_0900_bin END;
    END;
  END IF;
  IF wrote_new AND NOT agree THEN
    SET NEW.`street` = underpin.`down_6107979a_merge-columns`(NEW.`address`);
    SET NEW.`city` = underpin.`down_2b5e0b14_merge-columns`(NEW.`address`);
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'places'
      AND g.trigger_name = 'underpin_merge-columns_wins_update'), 'done', 'absent'));

---- undo of read-switch ----

-- drop the trigger underpin_merge-columns_wins_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_merge-columns_wins_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'places'
      AND g.trigger_name = 'underpin_merge-columns_wins_insert'), 'done', 'absent'));

-- drop the trigger underpin_merge-columns_wins_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_merge-columns_wins_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'places'
      AND g.trigger_name = 'underpin_merge-columns_wins_update'), 'done', 'absent'));

---- phase contract ----

-- drop the trigger underpin_merge-columns_refused_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_merge-columns_refused_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'places'
      AND g.trigger_name = 'underpin_merge-columns_refused_insert'), 'done', 'absent'));

-- drop the trigger underpin_merge-columns_refused_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_merge-columns_refused_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'places'
      AND g.trigger_name = 'underpin_merge-columns_refused_update'), 'done', 'absent'));

-- drop the trigger underpin_merge-columns_writes_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_merge-columns_writes_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'places'
      AND g.trigger_name = 'underpin_merge-columns_writes_insert'), 'done', 'absent'));

-- drop the trigger underpin_merge-columns_writes_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_merge-columns_writes_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'places'
      AND g.trigger_name = 'underpin_merge-columns_writes_update'), 'done', 'absent'));

-- let street be left out (lock: metadata)
ALTER TABLE `shop`.`places`
  ALTER COLUMN `street` SET DEFAULT '',
  ALGORITHM = INSTANT;

-- drop the trigger underpin_merge-columns_wins_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_merge-columns_wins_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'places'
      AND g.trigger_name = 'underpin_merge-columns_wins_insert'), 'done', 'absent'));

-- drop the trigger underpin_merge-columns_wins_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_merge-columns_wins_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'places'
      AND g.trigger_name = 'underpin_merge-columns_wins_update'), 'done', 'absent'));

-- drop the function up_9ee8c07c_merge-columns (lock: metadata; runs beside the traffic)
DROP FUNCTION IF EXISTS underpin.`up_9ee8c07c_merge-columns`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'up_9ee8c07c_merge-columns'), 'done', 'absent'));

-- drop the function down_6107979a_merge-columns (lock: metadata; runs beside the traffic)
DROP FUNCTION IF EXISTS underpin.`down_6107979a_merge-columns`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'down_6107979a_merge-columns'), 'done', 'absent'));

-- drop the function down_2b5e0b14_merge-columns (lock: metadata; runs beside the traffic)
DROP FUNCTION IF EXISTS underpin.`down_2b5e0b14_merge-columns`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'down_2b5e0b14_merge-columns'), 'done', 'absent'));

-- drop street (lock: metadata)
ALTER TABLE `shop`.`places`
  DROP COLUMN `street`,
  ALGORITHM = INSTANT;

-- drop city (lock: metadata)
ALTER TABLE `shop`.`places`
  DROP COLUMN `city`,
  ALGORITHM = INSTANT;

-- show address (lock: metadata)
ALTER TABLE `shop`.`places`
  ALTER COLUMN `address` SET VISIBLE,
  ALGORITHM = INSTANT;

---- undo of contract ----

-- cannot be undone: places.street, places.city are gone

---- the walk over the rows, each statement one call ----

-- cut
CALL underpin.`cut_dce7b494`(:underpin_call, :migration, :purpose, :start, :n, :epoch, :shards, 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`places`
ORDER BY `id` LIMIT 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`places`
WHERE `id` > CAST(@underpin_lo_0 AS SIGNED)
ORDER BY `id` LIMIT 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`places`
ORDER BY `id` DESC LIMIT 1', 'SELECT JSON_ARRAY(CAST(FLOOR(CAST(MIN(`id`) AS DECIMAL(65, 0)) + (CAST(MAX(`id`) AS DECIMAL(65, 0)) - CAST(MIN(`id`) AS DECIMAL(65, 0))) * @underpin_shard / @underpin_shards) AS CHAR))
INTO @underpin_hi FROM `shop`.`places`');

-- batch
CALL underpin.`batch_13bb037e`(:underpin_call, :migration, :purpose, :start, :n, :shard, :epoch, :rows, :lock_timeout, 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`places`
WHERE `id` >= CAST(@underpin_lo_0 AS SIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS SIGNED)
ORDER BY `id` LIMIT ?, 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_next FROM `shop`.`places`
WHERE `id` > CAST(@underpin_hi_0 AS SIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS SIGNED)
ORDER BY `id` LIMIT 1', 'UPDATE /*+ SET_VAR(max_points_in_geometry = 786433) */ `shop`.`places`
SET `address` = underpin.`up_9ee8c07c_merge-columns`(`street`, `city`)
WHERE `id` >= CAST(@underpin_lo_0 AS SIGNED)
  AND `id` <= CAST(@underpin_hi_0 AS SIGNED)
  AND NOT (CASE WHEN `address` IS NULL THEN underpin.`up_9ee8c07c_merge-columns`(`street`, `city`) IS NULL WHEN CONVERT(`address` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`up_9ee8c07c_merge-columns`(`street`, `city`) USING utf8mb4) COLLATE utf8mb4_0900_bin THEN TRUE ELSE CONVERT(`street` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`down_6107979a_merge-columns`(`address`) USING utf8mb4) COLLATE utf8mb4_0900_bin AND CONVERT(`city` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`down_2b5e0b14_merge-columns`(`address`) USING utf8mb4) COLLATE utf8mb4_0900_bin END)', 'SELECT COUNT(*) INTO @underpin_rows FROM `shop`.`places`
WHERE `id` >= CAST(@underpin_lo_0 AS SIGNED)
  AND `id` <= CAST(@underpin_hi_0 AS SIGNED)');

-- check
CALL underpin.`check_481da32d`(:underpin_call, :migration, :purpose, :start, :n, :shard, :epoch, :rows, :lock_timeout, 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`places`
WHERE `id` >= CAST(@underpin_lo_0 AS SIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS SIGNED)
ORDER BY `id` LIMIT ?, 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_next FROM `shop`.`places`
WHERE `id` > CAST(@underpin_hi_0 AS SIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS SIGNED)
ORDER BY `id` LIMIT 1', 'SELECT COUNT(*), COALESCE(SUM(NOT (CASE WHEN `address` IS NULL THEN underpin.`up_9ee8c07c_merge-columns`(`street`, `city`) IS NULL WHEN CONVERT(`address` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`up_9ee8c07c_merge-columns`(`street`, `city`) USING utf8mb4) COLLATE utf8mb4_0900_bin THEN TRUE ELSE CONVERT(`street` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`down_6107979a_merge-columns`(`address`) USING utf8mb4) COLLATE utf8mb4_0900_bin AND CONVERT(`city` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`down_2b5e0b14_merge-columns`(`address`) USING utf8mb4) COLLATE utf8mb4_0900_bin END)), 0) INTO @underpin_rows, @underpin_changed
FROM `shop`.`places`
WHERE `id` >= CAST(@underpin_lo_0 AS SIGNED)
  AND `id` <= CAST(@underpin_hi_0 AS SIGNED)');

-- skip
CALL underpin.`skip_cc2a9f5f`(:underpin_call, :migration, :purpose, :start, :n, :shard, :epoch, :rows, :lock_timeout, 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`places`
WHERE `id` >= CAST(@underpin_lo_0 AS SIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS SIGNED)
ORDER BY `id` LIMIT ?, 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_next FROM `shop`.`places`
WHERE `id` > CAST(@underpin_hi_0 AS SIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS SIGNED)
ORDER BY `id` LIMIT 1', :sqlstate);

-- sweep
CALL underpin.`sweep_43380232`(:underpin_call, :migration, :epoch, :key, :lock_timeout, 'UPDATE /*+ SET_VAR(max_points_in_geometry = 786433) */ `shop`.`places`
SET `address` = underpin.`up_9ee8c07c_merge-columns`(`street`, `city`)
WHERE `id` = CAST(@underpin_lo_0 AS SIGNED)
  AND NOT (CASE WHEN `address` IS NULL THEN underpin.`up_9ee8c07c_merge-columns`(`street`, `city`) IS NULL WHEN CONVERT(`address` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`up_9ee8c07c_merge-columns`(`street`, `city`) USING utf8mb4) COLLATE utf8mb4_0900_bin THEN TRUE ELSE CONVERT(`street` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`down_6107979a_merge-columns`(`address`) USING utf8mb4) COLLATE utf8mb4_0900_bin AND CONVERT(`city` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`down_2b5e0b14_merge-columns`(`address`) USING utf8mb4) COLLATE utf8mb4_0900_bin END)');

-- list
SELECT `id` FROM `shop`.`places` WHERE NOT (CASE WHEN `address` IS NULL THEN underpin.`up_9ee8c07c_merge-columns`(`street`, `city`) IS NULL WHEN CONVERT(`address` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`up_9ee8c07c_merge-columns`(`street`, `city`) USING utf8mb4) COLLATE utf8mb4_0900_bin THEN TRUE ELSE CONVERT(`street` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`down_6107979a_merge-columns`(`address`) USING utf8mb4) COLLATE utf8mb4_0900_bin AND CONVERT(`city` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(underpin.`down_2b5e0b14_merge-columns`(`address`) USING utf8mb4) COLLATE utf8mb4_0900_bin END) LIMIT 1000;
