-- rename-column: what runs on MySQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: add mail: ALGORITHM = INSTANT, at once

-- warning: drop mail: ALGORITHM = INSTANT, at once

-- warning: give mail its default: ALGORITHM = INSTANT, at once

-- warning: take the default from mail: ALGORITHM = INSTANT, at once

-- warning: set mail NOT NULL: ALGORITHM = INPLACE, LOCK = NONE; it rewrites the table beside the traffic, which takes room for a second copy, and on replicas the same time once more. Refused was INSTANT: not supported for this operation

-- warning: build by_mail: ALGORITHM = INPLACE, LOCK = NONE; it writes no row anew. Refused was INSTANT: not supported for this operation

-- warning: drop by_mail: ALGORITHM = INPLACE, LOCK = NONE; it writes no row anew. Refused was INSTANT: not supported for this operation

-- warning: let mail be NULL again: ALGORITHM = INPLACE, LOCK = NONE; it rewrites the table beside the traffic, which takes room for a second copy, and on replicas the same time once more. Refused was INSTANT: not supported for this operation

-- warning: drop by_email: ALGORITHM = INPLACE, LOCK = NONE; it writes no row anew. Refused was INSTANT: not supported for this operation

-- warning: drop email: ALGORITHM = INSTANT, at once

-- warning: show mail: ALGORITHM = INSTANT, at once

-- warning: from the contract on INSERT INTO shop.users VALUES (…) without a list of columns, INSERT INTO … SELECT * FROM shop.users and SELECT * have the columns in another order: values land in other columns. Name the columns before the contract

---- phase expand ----

-- add mail (lock: metadata)
ALTER TABLE `shop`.`users`
  ADD COLUMN `mail` varchar(190) NULL COMMENT 'it\'s theirs' INVISIBLE,
  ALGORITHM = INSTANT;

---- undo of expand ----

-- drop mail (lock: metadata)
ALTER TABLE `shop`.`users`
  DROP COLUMN `mail`,
  ALGORITHM = INSTANT;

---- phase dual-write ----

-- note that the dual write begins (lock: none)

-- give mail its default (lock: metadata)
ALTER TABLE `shop`.`users`
  ALTER COLUMN `mail` SET DEFAULT 'none',
  ALGORITHM = INSTANT;

-- write every change to both email and mail, on INSERT (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_rename-column_writes_insert`
  BEFORE INSERT ON `shop`.`users`
  FOR EACH ROW
BEGIN
  DECLARE wrote_old BOOLEAN DEFAULT NOT (CONVERT(NEW.`email` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT('none' USING utf8mb4) COLLATE utf8mb4_0900_bin);
  DECLARE wrote_new BOOLEAN DEFAULT NOT (CONVERT(NEW.`mail` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT('none' USING utf8mb4) COLLATE utf8mb4_0900_bin);
  IF wrote_new AND NOT wrote_old THEN
    SET NEW.`email` = NEW.`mail`;
  ELSE
    SET NEW.`mail` = COALESCE(NEW.`email`, '');
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_rename-column_writes_insert'), 'done', 'absent'));

-- write every change to both email and mail, on UPDATE (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_rename-column_writes_update`
  BEFORE UPDATE ON `shop`.`users`
  FOR EACH ROW
BEGIN
  IF @@SESSION.max_points_in_geometry <> 786433 OR NOT (@underpin_walk_of <=> 'rename-column') OR NOT (CONVERT(NEW.`email` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(OLD.`email` USING utf8mb4) COLLATE utf8mb4_0900_bin) THEN
    BEGIN
      DECLARE wrote_old BOOLEAN DEFAULT NOT (CONVERT(NEW.`email` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(OLD.`email` USING utf8mb4) COLLATE utf8mb4_0900_bin);
      DECLARE wrote_new BOOLEAN DEFAULT NOT (CONVERT(NEW.`mail` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(OLD.`mail` USING utf8mb4) COLLATE utf8mb4_0900_bin);
      IF wrote_new AND NOT wrote_old AND (NEW.`email` IS NULL OR NEW.`mail` IS NOT NULL) THEN
        SET NEW.`email` = NEW.`mail`;
      ELSE
        SET NEW.`mail` = COALESCE(NEW.`email`, '');
      END IF;
    END;
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_rename-column_writes_update'), 'done', 'absent'));

---- undo of dual-write ----

-- drop the trigger underpin_rename-column_writes_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_rename-column_writes_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_rename-column_writes_insert'), 'done', 'absent'));

-- drop the trigger underpin_rename-column_writes_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_rename-column_writes_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_rename-column_writes_update'), 'done', 'absent'));

-- take the default from mail (lock: metadata)
ALTER TABLE `shop`.`users`
  ALTER COLUMN `mail` SET DEFAULT NULL,
  ALGORITHM = INSTANT;

---- phase verify ----

-- note that mail takes over (lock: none)

-- set mail NOT NULL (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin rename-column set mail NOT NULL */
ALTER TABLE `shop`.`users`
  MODIFY COLUMN `mail` varchar(190) DEFAULT ''none'' COMMENT ''it\\''s theirs'' INVISIBLE NOT NULL,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN EXISTS (
    SELECT 1 FROM information_schema.columns AS c
    WHERE c.table_schema = 'shop' AND c.table_name = 'users'
      AND c.column_name = 'mail'
      AND c.column_type = 'varchar(190)' AND c.is_nullable = 'NO'
      AND c.collation_name <=> 'utf8mb4_0900_ai_ci') THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin rename-column set mail NOT NULL */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

-- build by_mail (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin rename-column build by_mail */
ALTER TABLE `shop`.`users`
  ADD UNIQUE INDEX `by_mail` (`mail`),
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN EXISTS (
    SELECT /*+ SET_VAR(group_concat_max_len = 65536) */ 1 FROM information_schema.statistics AS s
    WHERE s.table_schema = 'shop' AND s.table_name = 'users'
      AND s.index_name = 'by_mail'
    GROUP BY s.index_name
    HAVING CONCAT(
  IF(MAX(s.index_type) IN ('FULLTEXT', 'SPATIAL'), CONCAT(MAX(s.index_type), ' '), ''),
  '(', GROUP_CONCAT(CONCAT(
    COALESCE(CONCAT('`', REPLACE(s.column_name, '`', '``'), '`'), CONCAT('(', REPLACE(s.expression, '\\''', ''''), ')')),
    COALESCE(CONCAT('(', s.sub_part, ')'), ''),
    IF(s.collation = 'D', ' DESC', '')) ORDER BY s.seq_in_index SEPARATOR ', '), ')',
  IF(MAX(s.index_comment) = '', '', CONCAT(' COMMENT ', QUOTE(MAX(s.index_comment)))),
  IF(MAX(s.is_visible) = 'NO', ' INVISIBLE', '')) = '(`mail`)' AND MIN(s.non_unique) = 0) THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin rename-column build by_mail */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

---- undo of verify ----

-- drop by_mail (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin rename-column drop by_mail */
ALTER TABLE `shop`.`users`
  DROP INDEX `by_mail`,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN NOT EXISTS (
    SELECT /*+ SET_VAR(group_concat_max_len = 65536) */ 1 FROM information_schema.statistics AS s
    WHERE s.table_schema = 'shop' AND s.table_name = 'users'
      AND s.index_name = 'by_mail'
    GROUP BY s.index_name) THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin rename-column drop by_mail */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

-- let mail be NULL again (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin rename-column let mail be NULL again */
ALTER TABLE `shop`.`users`
  MODIFY COLUMN `mail` varchar(190) DEFAULT ''none'' COMMENT ''it\\''s theirs'' INVISIBLE NULL,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN EXISTS (
    SELECT 1 FROM information_schema.columns AS c
    WHERE c.table_schema = 'shop' AND c.table_name = 'users'
      AND c.column_name = 'mail'
      AND c.column_type = 'varchar(190)' AND c.is_nullable = 'YES'
      AND c.collation_name <=> 'utf8mb4_0900_ai_ci') THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin rename-column let mail be NULL again */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

---- phase read-switch ----

-- note that mail wins (lock: none)

-- let mail win where a write disagrees, on INSERT (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_rename-column_wins_insert`
  BEFORE INSERT ON `shop`.`users`
  FOR EACH ROW PRECEDES `underpin_rename-column_writes_insert`
BEGIN
  DECLARE wrote_old BOOLEAN DEFAULT NOT (CONVERT(NEW.`email` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT('none' USING utf8mb4) COLLATE utf8mb4_0900_bin);
  DECLARE wrote_new BOOLEAN DEFAULT NOT (CONVERT(NEW.`mail` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT('none' USING utf8mb4) COLLATE utf8mb4_0900_bin);
  IF wrote_new THEN
    SET NEW.`email` = NEW.`mail`;
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_rename-column_wins_insert'), 'done', 'absent'));

-- let mail win where a write disagrees, on UPDATE (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_rename-column_wins_update`
  BEFORE UPDATE ON `shop`.`users`
  FOR EACH ROW PRECEDES `underpin_rename-column_writes_update`
BEGIN
  DECLARE wrote_old BOOLEAN DEFAULT NOT (CONVERT(NEW.`email` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(OLD.`email` USING utf8mb4) COLLATE utf8mb4_0900_bin);
  DECLARE wrote_new BOOLEAN DEFAULT NOT (CONVERT(NEW.`mail` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(OLD.`mail` USING utf8mb4) COLLATE utf8mb4_0900_bin);
  IF wrote_new THEN
    SET NEW.`email` = NEW.`mail`;
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_rename-column_wins_update'), 'done', 'absent'));

---- undo of read-switch ----

-- drop the trigger underpin_rename-column_wins_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_rename-column_wins_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_rename-column_wins_insert'), 'done', 'absent'));

-- drop the trigger underpin_rename-column_wins_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_rename-column_wins_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_rename-column_wins_update'), 'done', 'absent'));

---- phase contract ----

-- drop the trigger underpin_rename-column_writes_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_rename-column_writes_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_rename-column_writes_insert'), 'done', 'absent'));

-- drop the trigger underpin_rename-column_writes_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_rename-column_writes_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_rename-column_writes_update'), 'done', 'absent'));

-- drop by_email (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin rename-column drop by_email */
ALTER TABLE `shop`.`users`
  DROP INDEX `by_email`,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN NOT EXISTS (
    SELECT /*+ SET_VAR(group_concat_max_len = 65536) */ 1 FROM information_schema.statistics AS s
    WHERE s.table_schema = 'shop' AND s.table_name = 'users'
      AND s.index_name = 'by_email'
    GROUP BY s.index_name) THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin rename-column drop by_email */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

-- drop the trigger underpin_rename-column_wins_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_rename-column_wins_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_rename-column_wins_insert'), 'done', 'absent'));

-- drop the trigger underpin_rename-column_wins_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_rename-column_wins_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'users'
      AND g.trigger_name = 'underpin_rename-column_wins_update'), 'done', 'absent'));

-- drop email (lock: metadata)
ALTER TABLE `shop`.`users`
  DROP COLUMN `email`,
  ALGORITHM = INSTANT;

-- show mail (lock: metadata)
ALTER TABLE `shop`.`users`
  ALTER COLUMN `mail` SET VISIBLE,
  ALGORITHM = INSTANT;

---- undo of contract ----

-- cannot be undone: users.email is gone

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
ORDER BY `id` LIMIT 1', 'UPDATE /*+ SET_VAR(max_points_in_geometry = 786433) */ `shop`.`users`
SET `mail` = `email`, `touched` = `touched`
WHERE `id` >= CAST(@underpin_lo_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_hi_0 AS UNSIGNED)
  AND NOT (CONVERT(`mail` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(`email` USING utf8mb4) COLLATE utf8mb4_0900_bin)', 'SELECT COUNT(*) INTO @underpin_rows FROM `shop`.`users`
WHERE `id` >= CAST(@underpin_lo_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_hi_0 AS UNSIGNED)');

-- check
CALL underpin.`check_481da32d`(:underpin_call, :migration, :purpose, :start, :n, :shard, :epoch, :rows, :lock_timeout, 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`users`
WHERE `id` >= CAST(@underpin_lo_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS UNSIGNED)
ORDER BY `id` LIMIT ?, 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_next FROM `shop`.`users`
WHERE `id` > CAST(@underpin_hi_0 AS UNSIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS UNSIGNED)
ORDER BY `id` LIMIT 1', 'SELECT COUNT(*), COALESCE(SUM(NOT (CONVERT(`mail` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(`email` USING utf8mb4) COLLATE utf8mb4_0900_bin)), 0) INTO @underpin_rows, @underpin_changed
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
CALL underpin.`sweep_43380232`(:underpin_call, :migration, :epoch, :key, :lock_timeout, 'UPDATE /*+ SET_VAR(max_points_in_geometry = 786433) */ `shop`.`users`
SET `mail` = `email`, `touched` = `touched`
WHERE `id` = CAST(@underpin_lo_0 AS UNSIGNED)
  AND NOT (CONVERT(`mail` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(`email` USING utf8mb4) COLLATE utf8mb4_0900_bin)');

-- list
SELECT `id` FROM `shop`.`users` WHERE NOT (CONVERT(`mail` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(`email` USING utf8mb4) COLLATE utf8mb4_0900_bin) LIMIT 1000;
