-- set-not-null-repaired: what runs on MySQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: from expand on the database refuses NULL in country: a writer that still does that fails at once; a row that is like that already stays as its writers have it until a worker repairs it

-- warning: a rollback keeps what was repaired in country

-- warning: INSERT … ON DUPLICATE KEY UPDATE and REPLACE are judged by the row that they bring, where the table has that row already, too: one that leaves country out brings its default, which may be NULL

-- warning: set country NOT NULL: ALGORITHM = INPLACE, LOCK = NONE; it rewrites the table beside the traffic, which takes room for a second copy, and on replicas the same time once more. Refused was INSTANT: not supported for this operation

-- warning: let country be NULL again: ALGORITHM = INPLACE, LOCK = NONE; it rewrites the table beside the traffic, which takes room for a second copy, and on replicas the same time once more. Refused was INSTANT: not supported for this operation

---- phase expand ----

-- note that country is repaired (lock: none)

-- compute country (lock: metadata; runs beside the traffic)
CREATE FUNCTION underpin.`repair_65f4b028_set-not-null-repaired`()
  RETURNS char(2) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci
  DETERMINISTIC NO SQL
  COMMENT 'underpin set-not-null-repaired'
BEGIN
  DECLARE underpin_value char(2) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci;
  DECLARE underpin_number INT DEFAULT 1644;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION, SQLWARNING BEGIN
    GET CURRENT DIAGNOSTICS CONDITION 1 underpin_number = MYSQL_ERRNO;
    SIGNAL SQLSTATE '22000' SET MYSQL_ERRNO = underpin_number, MESSAGE_TEXT = 'the conversion refuses a value';
  END;
  SET underpin_value = ('DE');
  RETURN underpin_value;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'repair_65f4b028_set-not-null-repaired'), 'done', 'absent'));

-- refuse: Column 'country' cannot be null, on INSERT (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_set-not-null-repaired_keeps_insert`
  BEFORE INSERT ON `shop`.`users`
  FOR EACH ROW
BEGIN
  IF NEW.`country` IS NULL THEN
    SIGNAL SQLSTATE '23000' SET MYSQL_ERRNO = 1048, MESSAGE_TEXT = 'Column ''country'' cannot be null';
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_set-not-null-repaired_keeps_insert'), 'done', 'absent'));

-- refuse: Column 'country' cannot be null, unless the row is like that already, on UPDATE (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_set-not-null-repaired_keeps_update`
  BEFORE UPDATE ON `shop`.`users`
  FOR EACH ROW
BEGIN
  IF NEW.`country` IS NULL AND (OLD.`country` IS NULL) IS NOT TRUE THEN
    SIGNAL SQLSTATE '23000' SET MYSQL_ERRNO = 1048, MESSAGE_TEXT = 'Column ''country'' cannot be null';
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_set-not-null-repaired_keeps_update'), 'done', 'absent'));

---- undo of expand ----

-- drop the trigger underpin_set-not-null-repaired_keeps_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_set-not-null-repaired_keeps_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_set-not-null-repaired_keeps_insert'), 'done', 'absent'));

-- drop the trigger underpin_set-not-null-repaired_keeps_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_set-not-null-repaired_keeps_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_set-not-null-repaired_keeps_update'), 'done', 'absent'));

-- drop the function repair_65f4b028_set-not-null-repaired (lock: metadata; runs beside the traffic)
DROP FUNCTION IF EXISTS underpin.`repair_65f4b028_set-not-null-repaired`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'repair_65f4b028_set-not-null-repaired'), 'done', 'absent'));

---- phase verify ----

-- note that NOT NULL of country comes (lock: none)

-- set country NOT NULL (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin set-not-null-repaired set country NOT NULL */
ALTER TABLE `shop`.`users`
  MODIFY COLUMN `country` char(2) NOT NULL,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN EXISTS (
    SELECT 1 FROM information_schema.columns AS c
    WHERE c.table_schema = 'shop' AND c.table_name = 'users'
      AND c.column_name = 'country'
      AND c.column_type = 'char(2)' AND c.is_nullable = 'NO'
      AND c.collation_name <=> 'utf8mb4_0900_ai_ci') THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin set-not-null-repaired set country NOT NULL */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

-- drop the trigger underpin_set-not-null-repaired_keeps_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_set-not-null-repaired_keeps_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_set-not-null-repaired_keeps_insert'), 'done', 'absent'));

-- drop the trigger underpin_set-not-null-repaired_keeps_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_set-not-null-repaired_keeps_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_set-not-null-repaired_keeps_update'), 'done', 'absent'));

-- drop the function repair_65f4b028_set-not-null-repaired (lock: metadata; runs beside the traffic)
DROP FUNCTION IF EXISTS underpin.`repair_65f4b028_set-not-null-repaired`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = 'repair_65f4b028_set-not-null-repaired'), 'done', 'absent'));

---- undo of verify ----

-- let country be NULL again (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin set-not-null-repaired let country be NULL again */
ALTER TABLE `shop`.`users`
  MODIFY COLUMN `country` char(2) NULL,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN EXISTS (
    SELECT 1 FROM information_schema.columns AS c
    WHERE c.table_schema = 'shop' AND c.table_name = 'users'
      AND c.column_name = 'country'
      AND c.column_type = 'char(2)' AND c.is_nullable = 'YES'
      AND c.collation_name <=> 'utf8mb4_0900_ai_ci') THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin set-not-null-repaired let country be NULL again */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

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
SET `country` = underpin.`repair_65f4b028_set-not-null-repaired`(), `touched` = `touched`
WHERE `id` >= CAST(@underpin_lo_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_hi_0 AS UNSIGNED)
  AND `country` IS NULL', 'SELECT COUNT(*) INTO @underpin_rows FROM `shop`.`users`
WHERE `id` >= CAST(@underpin_lo_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_hi_0 AS UNSIGNED)');

-- check
CALL underpin.`check_481da32d`(:underpin_call, :migration, :purpose, :start, :n, :shard, :epoch, :rows, :lock_timeout, 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`users`
WHERE `id` >= CAST(@underpin_lo_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS UNSIGNED)
ORDER BY `id` LIMIT ?, 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_next FROM `shop`.`users`
WHERE `id` > CAST(@underpin_hi_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS UNSIGNED)
ORDER BY `id` LIMIT 1', 'SELECT COUNT(*), COALESCE(SUM(`country` IS NULL), 0) INTO @underpin_rows, @underpin_changed
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
SET `country` = underpin.`repair_65f4b028_set-not-null-repaired`(), `touched` = `touched`
WHERE `id` = CAST(@underpin_lo_0 AS UNSIGNED)
  AND `country` IS NULL');

-- list
SELECT `id` FROM `shop`.`users` WHERE `country` IS NULL LIMIT 1000;
