-- add-column-filled: what runs on MySQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: add locale: ALGORITHM = INSTANT, at once

-- warning: drop locale: ALGORITHM = INSTANT, at once

-- warning: give locale its default: ALGORITHM = INSTANT, at once

-- warning: take the default from locale: ALGORITHM = INSTANT, at once

-- warning: set locale NOT NULL: ALGORITHM = INPLACE, LOCK = NONE; it rewrites the table beside the traffic, which takes room for a second copy, and on replicas the same time once more. Refused was INSTANT: not supported for this operation

-- warning: let locale be NULL again: ALGORITHM = INPLACE, LOCK = NONE; it rewrites the table beside the traffic, which takes room for a second copy, and on replicas the same time once more. Refused was INSTANT: not supported for this operation

-- warning: INSERT INTO shop.users VALUES (…) without a list of columns fails from expand on (1136, ER_WRONG_VALUE_COUNT_ON_ROW), and so does INSERT INTO … SELECT * FROM shop.users; SELECT * gives one column more. Name the columns before the start

---- phase expand ----

-- add locale (lock: metadata)
ALTER TABLE `shop`.`users`
  ADD COLUMN `locale` varchar(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci NULL,
  ALGORITHM = INSTANT;

---- undo of expand ----

-- drop locale (lock: metadata)
ALTER TABLE `shop`.`users`
  DROP COLUMN `locale`,
  ALGORITHM = INSTANT;

---- phase dual-write ----

-- note that locale is filled (lock: none)

-- give locale its default (lock: metadata)
ALTER TABLE `shop`.`users`
  ALTER COLUMN `locale` SET DEFAULT 'en',
  ALGORITHM = INSTANT;

-- compute locale from country (lock: metadata; runs beside the traffic)
CREATE FUNCTION underpin.`fill_b7a7a402_add-column-filled`(`country` char(2) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci)
  RETURNS varchar(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci
  DETERMINISTIC NO SQL
  COMMENT 'underpin add-column-filled'
BEGIN
  DECLARE underpin_value varchar(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci;
  DECLARE underpin_number INT DEFAULT 1644;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION, SQLWARNING BEGIN
    GET CURRENT DIAGNOSTICS CONDITION 1 underpin_number = MYSQL_ERRNO;
    SIGNAL SQLSTATE '22000' SET MYSQL_ERRNO = underpin_number, MESSAGE_TEXT = 'the conversion refuses a value';
  END;
  SET underpin_value = (LOWER(COALESCE(country, 'en')));
  RETURN underpin_value;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'fill_b7a7a402_add-column-filled'), 'done', 'absent'));

-- fill locale for writers that do not know it, on INSERT (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_add-column-filled_fills_insert`
  BEFORE INSERT ON `shop`.`users`
  FOR EACH ROW
BEGIN
  IF NEW.`locale` IS NULL THEN
    BEGIN
      DECLARE EXIT HANDLER FOR SQLEXCEPTION SET NEW.`locale` = NULL;
      SET NEW.`locale` = underpin.`fill_b7a7a402_add-column-filled`(NEW.`country`);
    END;
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_add-column-filled_fills_insert'), 'done', 'absent'));

-- fill locale for writers that do not know it, on UPDATE (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_add-column-filled_fills_update`
  BEFORE UPDATE ON `shop`.`users`
  FOR EACH ROW
BEGIN
  IF NEW.`locale` IS NULL THEN
    BEGIN
      DECLARE EXIT HANDLER FOR SQLEXCEPTION SET NEW.`locale` = NULL;
      SET NEW.`locale` = underpin.`fill_b7a7a402_add-column-filled`(NEW.`country`);
    END;
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_add-column-filled_fills_update'), 'done', 'absent'));

-- note rows whose locale cannot be computed, on INSERT (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_add-column-filled_refused_insert`
  AFTER INSERT ON `shop`.`users`
  FOR EACH ROW
BEGIN
  DECLARE state_now VARCHAR(5);
  DECLARE number_now BIGINT;
  DECLARE row_now TEXT CHARACTER SET utf8mb4;
  DECLARE converts BOOLEAN;
  IF NEW.`locale` IS NULL THEN
    BEGIN
      DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
        GET DIAGNOSTICS CONDITION 1 state_now = RETURNED_SQLSTATE, number_now = MYSQL_ERRNO;
        IF EXISTS (SELECT 1 FROM underpin.migration AS m WHERE m.name = 'add-column-filled' AND m.status = 'running') THEN
          SET row_now = JSON_ARRAY(CAST(NEW.`id` AS CHAR));
          INSERT INTO underpin.stubborn_row (migration, row_key, key_hash, code)
          VALUES ('add-column-filled', row_now, UNHEX(SHA2(row_now, 256)), CONCAT(state_now, '/', number_now)) AS s
          ON DUPLICATE KEY UPDATE code = s.code, attempts = stubborn_row.attempts + 1;
        END IF;
      END;
      SET converts = underpin.`fill_b7a7a402_add-column-filled`(NEW.`country`) IS NULL;
    END;
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_add-column-filled_refused_insert'), 'done', 'absent'));

-- note rows whose locale cannot be computed, on UPDATE (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_add-column-filled_refused_update`
  AFTER UPDATE ON `shop`.`users`
  FOR EACH ROW
BEGIN
  DECLARE state_now VARCHAR(5);
  DECLARE number_now BIGINT;
  DECLARE row_now TEXT CHARACTER SET utf8mb4;
  DECLARE converts BOOLEAN;
  IF NEW.`locale` IS NULL THEN
    BEGIN
      DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
        GET DIAGNOSTICS CONDITION 1 state_now = RETURNED_SQLSTATE, number_now = MYSQL_ERRNO;
        IF EXISTS (SELECT 1 FROM underpin.migration AS m WHERE m.name = 'add-column-filled' AND m.status = 'running') THEN
          SET row_now = JSON_ARRAY(CAST(NEW.`id` AS CHAR));
          INSERT INTO underpin.stubborn_row (migration, row_key, key_hash, code)
          VALUES ('add-column-filled', row_now, UNHEX(SHA2(row_now, 256)), CONCAT(state_now, '/', number_now)) AS s
          ON DUPLICATE KEY UPDATE code = s.code, attempts = stubborn_row.attempts + 1;
        END IF;
      END;
      SET converts = underpin.`fill_b7a7a402_add-column-filled`(NEW.`country`) IS NULL;
    END;
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_add-column-filled_refused_update'), 'done', 'absent'));

---- undo of dual-write ----

-- drop the trigger underpin_add-column-filled_refused_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_add-column-filled_refused_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_add-column-filled_refused_insert'), 'done', 'absent'));

-- drop the trigger underpin_add-column-filled_refused_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_add-column-filled_refused_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_add-column-filled_refused_update'), 'done', 'absent'));

-- drop the trigger underpin_add-column-filled_fills_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_add-column-filled_fills_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_add-column-filled_fills_insert'), 'done', 'absent'));

-- drop the trigger underpin_add-column-filled_fills_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_add-column-filled_fills_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_add-column-filled_fills_update'), 'done', 'absent'));

-- drop the function fill_b7a7a402_add-column-filled (lock: metadata; runs beside the traffic)
DROP FUNCTION IF EXISTS underpin.`fill_b7a7a402_add-column-filled`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'fill_b7a7a402_add-column-filled'), 'done', 'absent'));

-- take the default from locale (lock: metadata)
ALTER TABLE `shop`.`users`
  ALTER COLUMN `locale` SET DEFAULT NULL,
  ALGORITHM = INSTANT;

---- phase verify ----

-- note that locale becomes NOT NULL (lock: none)

-- set locale NOT NULL (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin add-column-filled set locale NOT NULL */
ALTER TABLE `shop`.`users`
  MODIFY COLUMN `locale` varchar(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci DEFAULT ''en'' NOT NULL,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN EXISTS (
    SELECT 1 FROM information_schema.columns AS c
    WHERE c.table_schema = 'shop' AND c.table_name = 'users'
      AND c.column_name = 'locale'
      AND c.column_type = 'varchar(8)' AND c.is_nullable = 'NO'
      AND c.collation_name <=> 'utf8mb4_0900_ai_ci') THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin add-column-filled set locale NOT NULL */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

---- undo of verify ----

-- let locale be NULL again (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin add-column-filled let locale be NULL again */
ALTER TABLE `shop`.`users`
  MODIFY COLUMN `locale` varchar(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci DEFAULT ''en'' NULL,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN EXISTS (
    SELECT 1 FROM information_schema.columns AS c
    WHERE c.table_schema = 'shop' AND c.table_name = 'users'
      AND c.column_name = 'locale'
      AND c.column_type = 'varchar(8)' AND c.is_nullable = 'YES'
      AND c.collation_name <=> 'utf8mb4_0900_ai_ci') THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin add-column-filled let locale be NULL again */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

---- phase contract ----

-- drop the trigger underpin_add-column-filled_refused_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_add-column-filled_refused_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_add-column-filled_refused_insert'), 'done', 'absent'));

-- drop the trigger underpin_add-column-filled_refused_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_add-column-filled_refused_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_add-column-filled_refused_update'), 'done', 'absent'));

-- drop the trigger underpin_add-column-filled_fills_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_add-column-filled_fills_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_add-column-filled_fills_insert'), 'done', 'absent'));

-- drop the trigger underpin_add-column-filled_fills_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_add-column-filled_fills_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_add-column-filled_fills_update'), 'done', 'absent'));

-- drop the function fill_b7a7a402_add-column-filled (lock: metadata; runs beside the traffic)
DROP FUNCTION IF EXISTS underpin.`fill_b7a7a402_add-column-filled`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'fill_b7a7a402_add-column-filled'), 'done', 'absent'));

---- undo of contract ----

-- cannot be undone: writers must set users.locale themselves now

---- the walk over the rows, each statement one call ----

-- cut
CALL underpin.`cut_dce7b494`(:underpin_call, :migration, :purpose, :start, :n, :epoch, :shards, 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`users`
ORDER BY `id` LIMIT 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`users`
WHERE `id` > CAST(@underpin_lo_0 AS UNSIGNED)
ORDER BY `id` LIMIT 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`users`
ORDER BY `id` DESC LIMIT 1', 'SELECT JSON_ARRAY(CAST(FLOOR(CAST(MIN(`id`) AS DECIMAL(65, 0)) + (CAST(MAX(`id`) AS DECIMAL(65, 0)) - CAST(MIN(`id`) AS DECIMAL(65, 0))) * @underpin_shard / @underpin_shards) AS CHAR))
INTO @underpin_hi FROM `shop`.`users`');

-- batch
CALL underpin.`batch_13bb037e`(:underpin_call, :migration, :purpose, :start, :n, :shard, :epoch, :rows, :lock_timeout, 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`users`
WHERE `id` >= CAST(@underpin_lo_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS UNSIGNED)
ORDER BY `id` LIMIT ?, 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_next FROM `shop`.`users`
WHERE `id` > CAST(@underpin_hi_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS UNSIGNED)
ORDER BY `id` LIMIT 1', 'UPDATE `shop`.`users`
SET `locale` = underpin.`fill_b7a7a402_add-column-filled`(`country`), `touched` = `touched`
WHERE `id` >= CAST(@underpin_lo_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_hi_0 AS UNSIGNED)
  AND `locale` IS NULL AND underpin.`fill_b7a7a402_add-column-filled`(`country`) IS NOT NULL', 'SELECT COUNT(*) INTO @underpin_rows FROM `shop`.`users`
WHERE `id` >= CAST(@underpin_lo_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_hi_0 AS UNSIGNED)');

-- check
CALL underpin.`check_481da32d`(:underpin_call, :migration, :purpose, :start, :n, :shard, :epoch, :rows, :lock_timeout, 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`users`
WHERE `id` >= CAST(@underpin_lo_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS UNSIGNED)
ORDER BY `id` LIMIT ?, 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_next FROM `shop`.`users`
WHERE `id` > CAST(@underpin_hi_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS UNSIGNED)
ORDER BY `id` LIMIT 1', 'SELECT COUNT(*), COALESCE(SUM(`locale` IS NULL AND underpin.`fill_b7a7a402_add-column-filled`(`country`) IS NOT NULL), 0) INTO @underpin_rows, @underpin_changed
FROM `shop`.`users`
WHERE `id` >= CAST(@underpin_lo_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_hi_0 AS UNSIGNED)');

-- skip
CALL underpin.`skip_cc2a9f5f`(:underpin_call, :migration, :purpose, :start, :n, :shard, :epoch, :rows, :lock_timeout, 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`users`
WHERE `id` >= CAST(@underpin_lo_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS UNSIGNED)
ORDER BY `id` LIMIT ?, 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_next FROM `shop`.`users`
WHERE `id` > CAST(@underpin_hi_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS UNSIGNED)
ORDER BY `id` LIMIT 1', :sqlstate);

-- sweep
CALL underpin.`sweep_43380232`(:underpin_call, :migration, :epoch, :key, :lock_timeout, 'UPDATE `shop`.`users`
SET `locale` = underpin.`fill_b7a7a402_add-column-filled`(`country`), `touched` = `touched`
WHERE `id` = CAST(@underpin_lo_0 AS UNSIGNED)
  AND `locale` IS NULL AND underpin.`fill_b7a7a402_add-column-filled`(`country`) IS NOT NULL');

-- list
SELECT `id` FROM `shop`.`users` WHERE `locale` IS NULL AND underpin.`fill_b7a7a402_add-column-filled`(`country`) IS NOT NULL LIMIT 1000;
