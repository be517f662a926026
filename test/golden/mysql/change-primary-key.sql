-- change-primary-key: what runs on MySQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: a transaction at REPEATABLE READ or SERIALIZABLE that began before orders_underpin_new was made, and then writes shop.orders, fails with 1412, and is to be tried again

-- warning: TRUNCATE TABLE fires no trigger: do not run it on shop.orders from the start until the contract. The rows would stay in the other table; the comparison before each gate finds them

-- warning: do not change shop.orders from the start until the contract: orders_underpin_new would not have it, and the gate before the swap stays shut until both are alike again

-- warning: until the contract the old table is kept fresh, and a value of id that int does not hold is refused (1264)

-- warning: each row takes its space twice until the contract, and from dual-write until then each write is done twice

---- phase expand ----

-- note that orders_underpin_new is to be made (lock: none)

-- make orders_underpin_new, empty, with id as bigint (lock: none)
CREATE TABLE `shop`.`orders_underpin_new` LIKE `shop`.`orders`;
ALTER TABLE `shop`.`orders_underpin_new`
  MODIFY COLUMN `id` bigint NOT NULL AUTO_INCREMENT COMMENT 'as printed';

-- make orders_underpin_side, which says who has the name (lock: none)
CREATE TABLE `shop`.`orders_underpin_side` (side CHAR(3) CHARACTER SET ascii PRIMARY KEY) ENGINE = InnoDB COMMENT = 'underpin: the old table has the name';
INSERT IGNORE INTO `shop`.`orders_underpin_side` VALUES ('old');

-- make orders_underpin_old, which takes its place then (lock: none)
CREATE TABLE `shop`.`orders_underpin_old` (side CHAR(3) CHARACTER SET ascii PRIMARY KEY) ENGINE = InnoDB COMMENT = 'underpin: the new table has the name';
INSERT IGNORE INTO `shop`.`orders_underpin_old` VALUES ('new');

---- undo of expand ----

-- drop orders_underpin_new (lock: metadata)
CALL underpin.`drop_made_9aef1b79`('change-primary-key', 1, 'shop', 'orders_underpin_new');

-- drop orders_underpin_old (lock: metadata)
CALL underpin.`drop_made_9aef1b79`('change-primary-key', NULL, 'shop', 'orders_underpin_old');

-- drop orders_underpin_side (lock: metadata)
CALL underpin.`drop_made_9aef1b79`('change-primary-key', NULL, 'shop', 'orders_underpin_side');

---- phase dual-write ----

-- note that the dual write begins (lock: none)

-- write every DELETE of orders to orders_underpin_new too (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_change-primary-key_copies_delete`
  AFTER DELETE ON `shop`.`orders`
  FOR EACH ROW
BEGIN
  IF (SELECT m.side FROM `shop`.`orders_underpin_side` AS m) = 'old' THEN
    BEGIN
      DECLARE EXIT HANDLER FOR 1062
        REPLACE INTO `shop`.`orders_underpin_new` (`id`, `email`, `total`, `state`, `seen`, `due`, `hidden`)
        VALUES (OLD.`id`, OLD.`email`, OLD.`total`, OLD.`state`, OLD.`seen`, OLD.`due`, OLD.`hidden`);
      INSERT INTO `shop`.`orders_underpin_new` (`id`, `email`, `total`, `state`, `seen`, `due`, `hidden`)
      VALUES (OLD.`id`, OLD.`email`, OLD.`total`, OLD.`state`, OLD.`seen`, OLD.`due`, OLD.`hidden`)
      ON DUPLICATE KEY UPDATE `id` = OLD.`id`;
    END;
    DELETE FROM `shop`.`orders_underpin_new` WHERE `id` = OLD.`id`;
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-primary-key_copies_delete'), 'done', 'absent'));

-- write every UPDATE of orders to orders_underpin_new too (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_change-primary-key_copies_update`
  AFTER UPDATE ON `shop`.`orders`
  FOR EACH ROW
BEGIN
  IF (SELECT m.side FROM `shop`.`orders_underpin_side` AS m) = 'old' THEN
    IF NOT (NEW.`id` <=> OLD.`id`) THEN
      BEGIN
        DECLARE EXIT HANDLER FOR 1062
          REPLACE INTO `shop`.`orders_underpin_new` (`id`, `email`, `total`, `state`, `seen`, `due`, `hidden`)
          VALUES (OLD.`id`, OLD.`email`, OLD.`total`, OLD.`state`, OLD.`seen`, OLD.`due`, OLD.`hidden`);
        INSERT INTO `shop`.`orders_underpin_new` (`id`, `email`, `total`, `state`, `seen`, `due`, `hidden`)
        VALUES (OLD.`id`, OLD.`email`, OLD.`total`, OLD.`state`, OLD.`seen`, OLD.`due`, OLD.`hidden`)
        ON DUPLICATE KEY UPDATE `id` = OLD.`id`;
      END;
      DELETE FROM `shop`.`orders_underpin_new` WHERE `id` = OLD.`id`;
    END IF;
    BEGIN
      DECLARE EXIT HANDLER FOR 1062
        REPLACE INTO `shop`.`orders_underpin_new` (`id`, `email`, `total`, `state`, `seen`, `due`, `hidden`)
        VALUES (NEW.`id`, NEW.`email`, NEW.`total`, NEW.`state`, NEW.`seen`, NEW.`due`, NEW.`hidden`);
      INSERT INTO `shop`.`orders_underpin_new` (`id`, `email`, `total`, `state`, `seen`, `due`, `hidden`)
      VALUES (NEW.`id`, NEW.`email`, NEW.`total`, NEW.`state`, NEW.`seen`, NEW.`due`, NEW.`hidden`)
      ON DUPLICATE KEY UPDATE `id` = NEW.`id`, `email` = NEW.`email`, `total` = NEW.`total`, `state` = NEW.`state`, `seen` = NEW.`seen`, `due` = NEW.`due`, `hidden` = NEW.`hidden`;
    END;
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-primary-key_copies_update'), 'done', 'absent'));

-- write every INSERT of orders to orders_underpin_new too (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_change-primary-key_copies_insert`
  AFTER INSERT ON `shop`.`orders`
  FOR EACH ROW
BEGIN
  IF (SELECT m.side FROM `shop`.`orders_underpin_side` AS m) = 'old' THEN
    BEGIN
      DECLARE EXIT HANDLER FOR 1062
        REPLACE INTO `shop`.`orders_underpin_new` (`id`, `email`, `total`, `state`, `seen`, `due`, `hidden`)
        VALUES (NEW.`id`, NEW.`email`, NEW.`total`, NEW.`state`, NEW.`seen`, NEW.`due`, NEW.`hidden`);
      INSERT INTO `shop`.`orders_underpin_new` (`id`, `email`, `total`, `state`, `seen`, `due`, `hidden`)
      VALUES (NEW.`id`, NEW.`email`, NEW.`total`, NEW.`state`, NEW.`seen`, NEW.`due`, NEW.`hidden`)
      ON DUPLICATE KEY UPDATE `id` = NEW.`id`, `email` = NEW.`email`, `total` = NEW.`total`, `state` = NEW.`state`, `seen` = NEW.`seen`, `due` = NEW.`due`, `hidden` = NEW.`hidden`;
    END;
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-primary-key_copies_insert'), 'done', 'absent'));

-- let orders_underpin_new draw no number that orders has drawn (lock: metadata)
CALL underpin.`carry_counter_76817236`('shop', 'orders', 'orders_underpin_new');

---- undo of dual-write ----

-- drop the trigger underpin_change-primary-key_copies_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_change-primary-key_copies_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-primary-key_copies_insert'), 'done', 'absent'));

-- drop the trigger underpin_change-primary-key_copies_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_change-primary-key_copies_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-primary-key_copies_update'), 'done', 'absent'));

-- drop the trigger underpin_change-primary-key_copies_delete (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_change-primary-key_copies_delete`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-primary-key_copies_delete'), 'done', 'absent'));

---- phase verify ----

-- count what orders_underpin_new holds, for the planner (lock: none)
ANALYZE TABLE `shop`.`orders_underpin_new`;

---- undo of verify ----

---- phase swap ----

-- note that both tables are to exchange their names (lock: none)

-- refuse what int does not hold, on UPDATE, until the contract (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_change-primary-key_fits_update`
  BEFORE UPDATE ON `shop`.`orders_underpin_new`
  FOR EACH ROW
BEGIN
  IF NEW.`id` < -2147483648 OR NEW.`id` > 2147483647 THEN
    SIGNAL SQLSTATE '22003' SET MYSQL_ERRNO = 1264, MESSAGE_TEXT = 'out of range for what the old table holds: not before the contract';
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders_underpin_new'
      AND g.trigger_name = 'underpin_change-primary-key_fits_update'), 'done', 'absent'));

-- refuse what int does not hold, on INSERT, until the contract (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_change-primary-key_fits_insert`
  BEFORE INSERT ON `shop`.`orders_underpin_new`
  FOR EACH ROW
BEGIN
  IF NEW.`id` < -2147483648 OR NEW.`id` > 2147483647 THEN
    SIGNAL SQLSTATE '22003' SET MYSQL_ERRNO = 1264, MESSAGE_TEXT = 'out of range for what the old table holds: not before the contract';
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders_underpin_new'
      AND g.trigger_name = 'underpin_change-primary-key_fits_insert'), 'done', 'absent'));

-- write every DELETE of orders to orders_underpin_old too, once it has the name (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_change-primary-key_returns_delete`
  AFTER DELETE ON `shop`.`orders_underpin_new`
  FOR EACH ROW
BEGIN
  IF (SELECT m.side FROM `shop`.`orders_underpin_side` AS m) = 'new' THEN
    BEGIN
      DECLARE EXIT HANDLER FOR 1062
        REPLACE INTO `shop`.`orders_underpin_old` (`id`, `email`, `total`, `state`, `seen`, `due`, `hidden`)
        VALUES (OLD.`id`, OLD.`email`, OLD.`total`, OLD.`state`, OLD.`seen`, OLD.`due`, OLD.`hidden`);
      INSERT INTO `shop`.`orders_underpin_old` (`id`, `email`, `total`, `state`, `seen`, `due`, `hidden`)
      VALUES (OLD.`id`, OLD.`email`, OLD.`total`, OLD.`state`, OLD.`seen`, OLD.`due`, OLD.`hidden`)
      ON DUPLICATE KEY UPDATE `id` = OLD.`id`;
    END;
    DELETE FROM `shop`.`orders_underpin_old` WHERE `id` = OLD.`id`;
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders_underpin_new'
      AND g.trigger_name = 'underpin_change-primary-key_returns_delete'), 'done', 'absent'));

-- write every UPDATE of orders to orders_underpin_old too, once it has the name (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_change-primary-key_returns_update`
  AFTER UPDATE ON `shop`.`orders_underpin_new`
  FOR EACH ROW
BEGIN
  IF (SELECT m.side FROM `shop`.`orders_underpin_side` AS m) = 'new' THEN
    IF NOT (NEW.`id` <=> OLD.`id`) THEN
      BEGIN
        DECLARE EXIT HANDLER FOR 1062
          REPLACE INTO `shop`.`orders_underpin_old` (`id`, `email`, `total`, `state`, `seen`, `due`, `hidden`)
          VALUES (OLD.`id`, OLD.`email`, OLD.`total`, OLD.`state`, OLD.`seen`, OLD.`due`, OLD.`hidden`);
        INSERT INTO `shop`.`orders_underpin_old` (`id`, `email`, `total`, `state`, `seen`, `due`, `hidden`)
        VALUES (OLD.`id`, OLD.`email`, OLD.`total`, OLD.`state`, OLD.`seen`, OLD.`due`, OLD.`hidden`)
        ON DUPLICATE KEY UPDATE `id` = OLD.`id`;
      END;
      DELETE FROM `shop`.`orders_underpin_old` WHERE `id` = OLD.`id`;
    END IF;
    BEGIN
      DECLARE EXIT HANDLER FOR 1062
        REPLACE INTO `shop`.`orders_underpin_old` (`id`, `email`, `total`, `state`, `seen`, `due`, `hidden`)
        VALUES (NEW.`id`, NEW.`email`, NEW.`total`, NEW.`state`, NEW.`seen`, NEW.`due`, NEW.`hidden`);
      INSERT INTO `shop`.`orders_underpin_old` (`id`, `email`, `total`, `state`, `seen`, `due`, `hidden`)
      VALUES (NEW.`id`, NEW.`email`, NEW.`total`, NEW.`state`, NEW.`seen`, NEW.`due`, NEW.`hidden`)
      ON DUPLICATE KEY UPDATE `id` = NEW.`id`, `email` = NEW.`email`, `total` = NEW.`total`, `state` = NEW.`state`, `seen` = NEW.`seen`, `due` = NEW.`due`, `hidden` = NEW.`hidden`;
    END;
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders_underpin_new'
      AND g.trigger_name = 'underpin_change-primary-key_returns_update'), 'done', 'absent'));

-- write every INSERT of orders to orders_underpin_old too, once it has the name (lock: metadata; runs beside the traffic)
CREATE TRIGGER `shop`.`underpin_change-primary-key_returns_insert`
  AFTER INSERT ON `shop`.`orders_underpin_new`
  FOR EACH ROW
BEGIN
  IF (SELECT m.side FROM `shop`.`orders_underpin_side` AS m) = 'new' THEN
    BEGIN
      DECLARE EXIT HANDLER FOR 1062
        REPLACE INTO `shop`.`orders_underpin_old` (`id`, `email`, `total`, `state`, `seen`, `due`, `hidden`)
        VALUES (NEW.`id`, NEW.`email`, NEW.`total`, NEW.`state`, NEW.`seen`, NEW.`due`, NEW.`hidden`);
      INSERT INTO `shop`.`orders_underpin_old` (`id`, `email`, `total`, `state`, `seen`, `due`, `hidden`)
      VALUES (NEW.`id`, NEW.`email`, NEW.`total`, NEW.`state`, NEW.`seen`, NEW.`due`, NEW.`hidden`)
      ON DUPLICATE KEY UPDATE `id` = NEW.`id`, `email` = NEW.`email`, `total` = NEW.`total`, `state` = NEW.`state`, `seen` = NEW.`seen`, `due` = NEW.`due`, `hidden` = NEW.`hidden`;
    END;
  END IF;
END;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders_underpin_new'
      AND g.trigger_name = 'underpin_change-primary-key_returns_insert'), 'done', 'absent'));

-- orders is the copy with id as bigint from now on; the old table is kept fresh as orders_underpin_old (lock: metadata; runs beside the traffic)
RENAME TABLE
  `shop`.`orders_underpin_old` TO `shop`.`orders_underpin_spare`,
  `shop`.`orders` TO `shop`.`orders_underpin_old`,
  `shop`.`orders_underpin_new` TO `shop`.`orders`,
  `shop`.`orders_underpin_side` TO `shop`.`orders_underpin_new`,
  `shop`.`orders_underpin_spare` TO `shop`.`orders_underpin_side`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.tables AS t
    WHERE t.table_schema = 'shop' AND t.table_name = 'orders_underpin_side'
      AND t.table_comment = 'underpin: the new table has the name'), 'done', 'absent'));

---- undo of swap ----

-- orders is the old table again; the copy is kept fresh as orders_underpin_new (lock: metadata; runs beside the traffic)
RENAME TABLE
  `shop`.`orders_underpin_side` TO `shop`.`orders_underpin_spare`,
  `shop`.`orders_underpin_new` TO `shop`.`orders_underpin_side`,
  `shop`.`orders` TO `shop`.`orders_underpin_new`,
  `shop`.`orders_underpin_old` TO `shop`.`orders`,
  `shop`.`orders_underpin_spare` TO `shop`.`orders_underpin_old`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(EXISTS (
    SELECT 1 FROM information_schema.tables AS t
    WHERE t.table_schema = 'shop' AND t.table_name = 'orders_underpin_side'
      AND t.table_comment = 'underpin: the old table has the name'), 'done', 'absent'));

-- drop the trigger underpin_change-primary-key_returns_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_change-primary-key_returns_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders_underpin_new'
      AND g.trigger_name = 'underpin_change-primary-key_returns_insert'), 'done', 'absent'));

-- drop the trigger underpin_change-primary-key_returns_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_change-primary-key_returns_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders_underpin_new'
      AND g.trigger_name = 'underpin_change-primary-key_returns_update'), 'done', 'absent'));

-- drop the trigger underpin_change-primary-key_returns_delete (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_change-primary-key_returns_delete`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders_underpin_new'
      AND g.trigger_name = 'underpin_change-primary-key_returns_delete'), 'done', 'absent'));

-- drop the trigger underpin_change-primary-key_fits_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_change-primary-key_fits_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders_underpin_new'
      AND g.trigger_name = 'underpin_change-primary-key_fits_update'), 'done', 'absent'));

-- drop the trigger underpin_change-primary-key_fits_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_change-primary-key_fits_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders_underpin_new'
      AND g.trigger_name = 'underpin_change-primary-key_fits_insert'), 'done', 'absent'));

---- phase contract ----

-- note that there is no way back any more (lock: none)

-- drop the trigger underpin_change-primary-key_returns_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_change-primary-key_returns_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-primary-key_returns_insert'), 'done', 'absent'));

-- drop the trigger underpin_change-primary-key_returns_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_change-primary-key_returns_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-primary-key_returns_update'), 'done', 'absent'));

-- drop the trigger underpin_change-primary-key_returns_delete (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_change-primary-key_returns_delete`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-primary-key_returns_delete'), 'done', 'absent'));

-- drop the trigger underpin_change-primary-key_fits_update (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_change-primary-key_fits_update`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-primary-key_fits_update'), 'done', 'absent'));

-- drop the trigger underpin_change-primary-key_fits_insert (lock: metadata; runs beside the traffic)
DROP TRIGGER IF EXISTS `shop`.`underpin_change-primary-key_fits_insert`;
-- … is watched by:
SELECT JSON_OBJECT('state', IF(NOT EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = 'shop' AND g.event_object_table = 'orders'
      AND g.trigger_name = 'underpin_change-primary-key_fits_insert'), 'done', 'absent'));

-- drop orders_underpin_old, which was orders (lock: metadata)
DROP TABLE `shop`.`orders_underpin_old`;

-- drop orders_underpin_new (lock: metadata)
CALL underpin.`drop_made_9aef1b79`('change-primary-key', NULL, 'shop', 'orders_underpin_new');

-- drop orders_underpin_side (lock: metadata)
CALL underpin.`drop_made_9aef1b79`('change-primary-key', NULL, 'shop', 'orders_underpin_side');

---- undo of contract ----

-- cannot be undone: shop.orders is the copy, and the old table is gone

---- the walk over the rows, each statement one call ----

-- cut
CALL underpin.`cut_dce7b494`(:underpin_call, :migration, :purpose, :start, :n, :epoch, :shards, 'SELECT JSON_ARRAY(CAST(u.`id` AS CHAR)) INTO @underpin_hi FROM (
  (SELECT s.`id` FROM `shop`.`orders` AS s ORDER BY s.`id` LIMIT 1)
  UNION ALL
  (SELECT s.`id` FROM `shop`.`orders_underpin_new` AS s ORDER BY s.`id` LIMIT 1)
) AS u
ORDER BY u.`id` LIMIT 1', 'SELECT JSON_ARRAY(CAST(u.`id` AS CHAR)) INTO @underpin_hi FROM (
  (SELECT s.`id` FROM `shop`.`orders` AS s WHERE s.`id` > CAST(@underpin_lo_0 AS SIGNED) ORDER BY s.`id` LIMIT 1)
  UNION ALL
  (SELECT s.`id` FROM `shop`.`orders_underpin_new` AS s WHERE s.`id` > CAST(@underpin_lo_0 AS SIGNED) ORDER BY s.`id` LIMIT 1)
) AS u
ORDER BY u.`id` LIMIT 1', 'SELECT JSON_ARRAY(CAST(u.`id` AS CHAR)) INTO @underpin_hi FROM (
  (SELECT s.`id` FROM `shop`.`orders` AS s ORDER BY s.`id` DESC LIMIT 1)
  UNION ALL
  (SELECT s.`id` FROM `shop`.`orders_underpin_new` AS s ORDER BY s.`id` DESC LIMIT 1)
) AS u
ORDER BY u.`id` DESC LIMIT 1', 'SELECT JSON_ARRAY(CAST(FLOOR(MIN(u.least) + (MAX(u.most) - MIN(u.least)) * @underpin_shard / @underpin_shards) AS CHAR))
INTO @underpin_hi FROM (
  SELECT CAST(MIN(s.`id`) AS DECIMAL(65, 0)) AS least, CAST(MAX(s.`id`) AS DECIMAL(65, 0)) AS most FROM `shop`.`orders` AS s
  UNION ALL
  SELECT CAST(MIN(s.`id`) AS DECIMAL(65, 0)) AS least, CAST(MAX(s.`id`) AS DECIMAL(65, 0)) AS most FROM `shop`.`orders_underpin_new` AS s
) AS u');

-- batch
CALL underpin.`batch_13bb037e`(:underpin_call, :migration, :purpose, :start, :n, :shard, :epoch, :rows, :lock_timeout, 'SELECT JSON_ARRAY(CAST(s.`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`orders` AS s
WHERE s.`id` >= CAST(@underpin_lo_0 AS SIGNED)
  AND s.`id` <= CAST(@underpin_upper_0 AS SIGNED)
ORDER BY s.`id` LIMIT ?, 1', 'SELECT JSON_ARRAY(CAST(s.`id` AS CHAR)) INTO @underpin_next FROM `shop`.`orders` AS s
WHERE s.`id` > CAST(@underpin_hi_0 AS SIGNED)
  AND s.`id` <= CAST(@underpin_upper_0 AS SIGNED)
ORDER BY s.`id` LIMIT 1', 'INSERT /*+ SET_VAR(sql_mode = ''STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'') */ INTO `shop`.`orders_underpin_new` (`id`, `email`, `total`, `state`, `seen`, `due`, `hidden`)
SELECT s.`id`, s.`email`, s.`total`, s.`state`, s.`seen`, s.`due`, s.`hidden`
FROM `shop`.`orders` AS s
WHERE s.`id` >= CAST(@underpin_lo_0 AS SIGNED)
  AND s.`id` <= CAST(@underpin_hi_0 AS SIGNED)
ORDER BY s.`id`
FOR SHARE
ON DUPLICATE KEY UPDATE `id` = s.`id`, `email` = s.`email`, `total` = s.`total`, `state` = s.`state`, `seen` = s.`seen`, `due` = s.`due`, `hidden` = s.`hidden`', 'SELECT COUNT(*) INTO @underpin_rows FROM `shop`.`orders` AS s
WHERE s.`id` >= CAST(@underpin_lo_0 AS SIGNED)
  AND s.`id` <= CAST(@underpin_hi_0 AS SIGNED)');

-- check
CALL underpin.`check_481da32d`(:underpin_call, :migration, :purpose, :start, :n, :shard, :epoch, :rows, :lock_timeout, 'SELECT JSON_ARRAY(CAST(s.`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`orders` AS s
WHERE s.`id` >= CAST(@underpin_lo_0 AS SIGNED)
  AND s.`id` <= CAST(@underpin_upper_0 AS SIGNED)
ORDER BY s.`id` LIMIT ?, 1', 'SELECT JSON_ARRAY(CAST(s.`id` AS CHAR)) INTO @underpin_next FROM `shop`.`orders` AS s
WHERE s.`id` > CAST(@underpin_hi_0 AS SIGNED)
  AND s.`id` <= CAST(@underpin_upper_0 AS SIGNED)
ORDER BY s.`id` LIMIT 1', 'SELECT l.total, l.wrong + r.more INTO @underpin_rows, @underpin_changed
FROM (
  SELECT COUNT(*) AS total, COALESCE(SUM(NOT (s.`id` <=> t.`id`
    AND CONVERT(s.`email` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(t.`email` USING utf8mb4) COLLATE utf8mb4_0900_bin
    AND s.`total` <=> t.`total`
    AND CONVERT(s.`state` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(t.`state` USING utf8mb4) COLLATE utf8mb4_0900_bin
    AND UNIX_TIMESTAMP(s.`seen`) <=> UNIX_TIMESTAMP(t.`seen`)
    AND s.`due` <=> t.`due`
    AND s.`hidden` <=> t.`hidden`)), 0) AS wrong
  FROM `shop`.`orders` AS s LEFT JOIN `shop`.`orders_underpin_new` AS t ON s.`id` = t.`id`
  WHERE s.`id` >= CAST(@underpin_lo_0 AS SIGNED)
    AND s.`id` <= CAST(@underpin_end_0 AS SIGNED)
    AND NOT (@underpin_next IS NOT NULL AND s.`id` = CAST(@underpin_end_0 AS SIGNED))
) AS l CROSS JOIN (
  SELECT COUNT(*) AS more
  FROM `shop`.`orders_underpin_new` AS t LEFT JOIN `shop`.`orders` AS s ON s.`id` = t.`id`
  WHERE t.`id` >= CAST(@underpin_lo_0 AS SIGNED)
    AND t.`id` <= CAST(@underpin_end_0 AS SIGNED)
    AND NOT (@underpin_next IS NOT NULL AND t.`id` = CAST(@underpin_end_0 AS SIGNED))
    AND s.`id` IS NULL
) AS r');

-- skip
CALL underpin.`skip_cc2a9f5f`(:underpin_call, :migration, :purpose, :start, :n, :shard, :epoch, :rows, :lock_timeout, 'SELECT JSON_ARRAY(CAST(s.`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`orders` AS s
WHERE s.`id` >= CAST(@underpin_lo_0 AS SIGNED)
  AND s.`id` <= CAST(@underpin_upper_0 AS SIGNED)
ORDER BY s.`id` LIMIT ?, 1', 'SELECT JSON_ARRAY(CAST(s.`id` AS CHAR)) INTO @underpin_next FROM `shop`.`orders` AS s
WHERE s.`id` > CAST(@underpin_hi_0 AS SIGNED)
  AND s.`id` <= CAST(@underpin_upper_0 AS SIGNED)
ORDER BY s.`id` LIMIT 1', :sqlstate);

-- sweep
CALL underpin.`sweep_43380232`(:underpin_call, :migration, :epoch, :key, :lock_timeout, 'INSERT /*+ SET_VAR(sql_mode = ''STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'') */ INTO `shop`.`orders_underpin_new` (`id`, `email`, `total`, `state`, `seen`, `due`, `hidden`)
SELECT s.`id`, s.`email`, s.`total`, s.`state`, s.`seen`, s.`due`, s.`hidden`
FROM `shop`.`orders` AS s
WHERE s.`id` = CAST(@underpin_lo_0 AS SIGNED)
ORDER BY s.`id`
FOR SHARE
ON DUPLICATE KEY UPDATE `id` = s.`id`, `email` = s.`email`, `total` = s.`total`, `state` = s.`state`, `seen` = s.`seen`, `due` = s.`due`, `hidden` = s.`hidden`');

-- list
SELECT s.`id`
FROM `shop`.`orders` AS s LEFT JOIN `shop`.`orders_underpin_new` AS t ON s.`id` = t.`id`
WHERE NOT (s.`id` <=> t.`id`
    AND CONVERT(s.`email` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(t.`email` USING utf8mb4) COLLATE utf8mb4_0900_bin
    AND s.`total` <=> t.`total`
    AND CONVERT(s.`state` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(t.`state` USING utf8mb4) COLLATE utf8mb4_0900_bin
    AND UNIX_TIMESTAMP(s.`seen`) <=> UNIX_TIMESTAMP(t.`seen`)
    AND s.`due` <=> t.`due`
    AND s.`hidden` <=> t.`hidden`)
UNION ALL
SELECT t.`id`
FROM `shop`.`orders_underpin_new` AS t LEFT JOIN `shop`.`orders` AS s ON s.`id` = t.`id`
WHERE s.`id` IS NULL
LIMIT 1000;

---- the comparison once the names are exchanged ----

-- cut
CALL underpin.`cut_dce7b494`(:underpin_call, :migration, :purpose, :start, :n, :epoch, :shards, 'SELECT JSON_ARRAY(CAST(u.`id` AS CHAR)) INTO @underpin_hi FROM (
  (SELECT s.`id` FROM `shop`.`orders` AS s ORDER BY s.`id` LIMIT 1)
  UNION ALL
  (SELECT s.`id` FROM `shop`.`orders_underpin_old` AS s ORDER BY s.`id` LIMIT 1)
) AS u
ORDER BY u.`id` LIMIT 1', 'SELECT JSON_ARRAY(CAST(u.`id` AS CHAR)) INTO @underpin_hi FROM (
  (SELECT s.`id` FROM `shop`.`orders` AS s WHERE s.`id` > CAST(@underpin_lo_0 AS SIGNED) ORDER BY s.`id` LIMIT 1)
  UNION ALL
  (SELECT s.`id` FROM `shop`.`orders_underpin_old` AS s WHERE s.`id` > CAST(@underpin_lo_0 AS SIGNED) ORDER BY s.`id` LIMIT 1)
) AS u
ORDER BY u.`id` LIMIT 1', 'SELECT JSON_ARRAY(CAST(u.`id` AS CHAR)) INTO @underpin_hi FROM (
  (SELECT s.`id` FROM `shop`.`orders` AS s ORDER BY s.`id` DESC LIMIT 1)
  UNION ALL
  (SELECT s.`id` FROM `shop`.`orders_underpin_old` AS s ORDER BY s.`id` DESC LIMIT 1)
) AS u
ORDER BY u.`id` DESC LIMIT 1', 'SELECT JSON_ARRAY(CAST(FLOOR(MIN(u.least) + (MAX(u.most) - MIN(u.least)) * @underpin_shard / @underpin_shards) AS CHAR))
INTO @underpin_hi FROM (
  SELECT CAST(MIN(s.`id`) AS DECIMAL(65, 0)) AS least, CAST(MAX(s.`id`) AS DECIMAL(65, 0)) AS most FROM `shop`.`orders` AS s
  UNION ALL
  SELECT CAST(MIN(s.`id`) AS DECIMAL(65, 0)) AS least, CAST(MAX(s.`id`) AS DECIMAL(65, 0)) AS most FROM `shop`.`orders_underpin_old` AS s
) AS u');

-- check
CALL underpin.`check_481da32d`(:underpin_call, :migration, :purpose, :start, :n, :shard, :epoch, :rows, :lock_timeout, 'SELECT JSON_ARRAY(CAST(s.`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`orders` AS s
WHERE s.`id` >= CAST(@underpin_lo_0 AS SIGNED)
  AND s.`id` <= CAST(@underpin_upper_0 AS SIGNED)
ORDER BY s.`id` LIMIT ?, 1', 'SELECT JSON_ARRAY(CAST(s.`id` AS CHAR)) INTO @underpin_next FROM `shop`.`orders` AS s
WHERE s.`id` > CAST(@underpin_hi_0 AS SIGNED)
  AND s.`id` <= CAST(@underpin_upper_0 AS SIGNED)
ORDER BY s.`id` LIMIT 1', 'SELECT l.total, l.wrong + r.more INTO @underpin_rows, @underpin_changed
FROM (
  SELECT COUNT(*) AS total, COALESCE(SUM(NOT (s.`id` <=> t.`id`
    AND CONVERT(s.`email` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(t.`email` USING utf8mb4) COLLATE utf8mb4_0900_bin
    AND s.`total` <=> t.`total`
    AND CONVERT(s.`state` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(t.`state` USING utf8mb4) COLLATE utf8mb4_0900_bin
    AND UNIX_TIMESTAMP(s.`seen`) <=> UNIX_TIMESTAMP(t.`seen`)
    AND s.`due` <=> t.`due`
    AND s.`hidden` <=> t.`hidden`)), 0) AS wrong
  FROM `shop`.`orders` AS s LEFT JOIN `shop`.`orders_underpin_old` AS t ON s.`id` = t.`id`
  WHERE s.`id` >= CAST(@underpin_lo_0 AS SIGNED)
    AND s.`id` <= CAST(@underpin_end_0 AS SIGNED)
    AND NOT (@underpin_next IS NOT NULL AND s.`id` = CAST(@underpin_end_0 AS SIGNED))
) AS l CROSS JOIN (
  SELECT COUNT(*) AS more
  FROM `shop`.`orders_underpin_old` AS t LEFT JOIN `shop`.`orders` AS s ON s.`id` = t.`id`
  WHERE t.`id` >= CAST(@underpin_lo_0 AS SIGNED)
    AND t.`id` <= CAST(@underpin_end_0 AS SIGNED)
    AND NOT (@underpin_next IS NOT NULL AND t.`id` = CAST(@underpin_end_0 AS SIGNED))
    AND s.`id` IS NULL
) AS r');

-- skip
CALL underpin.`skip_cc2a9f5f`(:underpin_call, :migration, :purpose, :start, :n, :shard, :epoch, :rows, :lock_timeout, 'SELECT JSON_ARRAY(CAST(s.`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`orders` AS s
WHERE s.`id` >= CAST(@underpin_lo_0 AS SIGNED)
  AND s.`id` <= CAST(@underpin_upper_0 AS SIGNED)
ORDER BY s.`id` LIMIT ?, 1', 'SELECT JSON_ARRAY(CAST(s.`id` AS CHAR)) INTO @underpin_next FROM `shop`.`orders` AS s
WHERE s.`id` > CAST(@underpin_hi_0 AS SIGNED)
  AND s.`id` <= CAST(@underpin_upper_0 AS SIGNED)
ORDER BY s.`id` LIMIT 1', :sqlstate);

-- list
SELECT s.`id`
FROM `shop`.`orders` AS s LEFT JOIN `shop`.`orders_underpin_old` AS t ON s.`id` = t.`id`
WHERE NOT (s.`id` <=> t.`id`
    AND CONVERT(s.`email` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(t.`email` USING utf8mb4) COLLATE utf8mb4_0900_bin
    AND s.`total` <=> t.`total`
    AND CONVERT(s.`state` USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(t.`state` USING utf8mb4) COLLATE utf8mb4_0900_bin
    AND UNIX_TIMESTAMP(s.`seen`) <=> UNIX_TIMESTAMP(t.`seen`)
    AND s.`due` <=> t.`due`
    AND s.`hidden` <=> t.`hidden`)
UNION ALL
SELECT t.`id`
FROM `shop`.`orders_underpin_old` AS t LEFT JOIN `shop`.`orders` AS s ON s.`id` = t.`id`
WHERE s.`id` IS NULL
LIMIT 1000;
