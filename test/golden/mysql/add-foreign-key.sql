-- add-foreign-key: what runs on MySQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: from expand on the database refuses rows whose team_id is not in shop.team: a writer that still does that fails at once

-- warning: add member_of_team: ALGORITHM = INPLACE, LOCK = NONE, with foreign_key_checks = 0 in its own session; MySQL reads no row then, and every row is compared in verify. Whoever switches foreign_key_checks off can still write what refers to nothing

-- warning: shop.team is locked too, for milliseconds: when member_of_team comes, and when a rollback drops it. It waits for whoever has used either table in a transaction that is open, no longer than the lock timeout, and who comes behind it waits as long

---- phase expand ----

-- note that member_of_team comes (lock: none)

-- add member_of_team (lock: metadata)
SET SESSION foreign_key_checks = 0;
ALTER TABLE `shop`.`member`
  ADD CONSTRAINT `member_of_team` FOREIGN KEY (`team_id`) REFERENCES `shop`.`team` (`id`) ON DELETE CASCADE,
  ALGORITHM = INPLACE, LOCK = NONE;
SET SESSION foreign_key_checks = 1;

---- undo of expand ----

-- drop member_of_team (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin add-foreign-key drop member_of_team */
ALTER TABLE `shop`.`member`
  DROP FOREIGN KEY `member_of_team`,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN NOT EXISTS (
    SELECT 1 FROM information_schema.key_column_usage AS k
    WHERE k.table_schema = 'shop' AND k.table_name = 'member' AND k.constraint_name = 'member_of_team'
      AND k.referenced_table_schema = 'shop' AND k.referenced_table_name = 'team'
      AND (k.column_name, k.referenced_column_name) IN (('team_id', 'id'))) THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin add-foreign-key drop member_of_team */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

---- the comparison of every row, each statement one call ----

-- cut
CALL underpin.`cut_dce7b494`(:underpin_call, :migration, :purpose, :start, :n, :epoch, :shards, 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`member`
ORDER BY `id` LIMIT 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`member`
WHERE `id` > CAST(@underpin_lo_0 AS SIGNED)
ORDER BY `id` LIMIT 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`member`
ORDER BY `id` DESC LIMIT 1', 'SELECT JSON_ARRAY(CAST(FLOOR(CAST(MIN(`id`) AS DECIMAL(65, 0)) + (CAST(MAX(`id`) AS DECIMAL(65, 0)) - CAST(MIN(`id`) AS DECIMAL(65, 0))) * @underpin_shard / @underpin_shards) AS CHAR))
INTO @underpin_hi FROM `shop`.`member`');

-- check
CALL underpin.`check_481da32d`(:underpin_call, :migration, :purpose, :start, :n, :shard, :epoch, :rows, :lock_timeout, 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`member`
WHERE `id` >= CAST(@underpin_lo_0 AS SIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS SIGNED)
ORDER BY `id` LIMIT ?, 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_next FROM `shop`.`member`
WHERE `id` > CAST(@underpin_hi_0 AS SIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS SIGNED)
ORDER BY `id` LIMIT 1', 'SELECT COUNT(*), COALESCE(SUM(`member`.`team_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `shop`.`team` AS `underpin referenced` WHERE `underpin referenced`.`id` = `member`.`team_id`)), 0) INTO @underpin_rows, @underpin_changed
FROM `shop`.`member`
WHERE `id` >= CAST(@underpin_lo_0 AS SIGNED)
  AND `id` <= CAST(@underpin_hi_0 AS SIGNED)');

-- skip
CALL underpin.`skip_cc2a9f5f`(:underpin_call, :migration, :purpose, :start, :n, :shard, :epoch, :rows, :lock_timeout, 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_hi FROM `shop`.`member`
WHERE `id` >= CAST(@underpin_lo_0 AS SIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS SIGNED)
ORDER BY `id` LIMIT ?, 1', 'SELECT JSON_ARRAY(CAST(`id` AS CHAR)) INTO @underpin_next FROM `shop`.`member`
WHERE `id` > CAST(@underpin_hi_0 AS SIGNED)
  AND `id` <= CAST(@underpin_upper_0 AS SIGNED)
ORDER BY `id` LIMIT 1', :sqlstate);

-- list
SELECT `id` FROM `shop`.`member` WHERE `member`.`team_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `shop`.`team` AS `underpin referenced` WHERE `underpin referenced`.`id` = `member`.`team_id`) LIMIT 1000;
