-- set-not-null: what runs on MySQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: from the end of verify on the database refuses NULL in sku; a writer that writes one while it runs makes it fail

-- warning: set sku NOT NULL: ALGORITHM = INPLACE, LOCK = NONE; it rewrites the table beside the traffic, which takes room for a second copy, and on replicas the same time once more. Refused was INSTANT: not supported for this operation

-- warning: let sku be NULL again: ALGORITHM = INPLACE, LOCK = NONE; it rewrites the table beside the traffic, which takes room for a second copy, and on replicas the same time once more. Refused was INSTANT: not supported for this operation

---- phase verify ----

-- set sku NOT NULL (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin set-not-null set sku NOT NULL */
ALTER TABLE `shop`.`reviewed`
  MODIFY COLUMN `sku` varchar(40) CHARACTER SET latin1 COLLATE latin1_german1_ci DEFAULT ''it\\''s'' COMMENT ''what  it is'' NOT NULL,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN EXISTS (
    SELECT 1 FROM information_schema.columns AS c
    WHERE c.table_schema = 'shop' AND c.table_name = 'reviewed'
      AND c.column_name = 'sku'
      AND c.column_type = 'varchar(40)' AND c.is_nullable = 'NO'
      AND c.collation_name <=> 'latin1_german1_ci') THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin set-not-null set sku NOT NULL */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

---- undo of verify ----

-- let sku be NULL again (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin set-not-null let sku be NULL again */
ALTER TABLE `shop`.`reviewed`
  MODIFY COLUMN `sku` varchar(40) CHARACTER SET latin1 COLLATE latin1_german1_ci DEFAULT ''it\\''s'' COMMENT ''what  it is'' NULL,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN EXISTS (
    SELECT 1 FROM information_schema.columns AS c
    WHERE c.table_schema = 'shop' AND c.table_name = 'reviewed'
      AND c.column_name = 'sku'
      AND c.column_type = 'varchar(40)' AND c.is_nullable = 'YES'
      AND c.collation_name <=> 'latin1_german1_ci') THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin set-not-null let sku be NULL again */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);
