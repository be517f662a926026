-- drop-not-null: what runs on MySQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: readers of customer.email meet NULL from then on; a rollback is refused while a row holds it

-- warning: let email be NULL: ALGORITHM = INPLACE, LOCK = NONE; it rewrites the table beside the traffic, which takes room for a second copy, and on replicas the same time once more. Refused was INSTANT: not supported for this operation

-- warning: set email NOT NULL: ALGORITHM = INPLACE, LOCK = NONE; it rewrites the table beside the traffic, which takes room for a second copy, and on replicas the same time once more. Refused was INSTANT: not supported for this operation

---- phase expand ----

-- let email be NULL (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin drop-not-null let email be NULL */
ALTER TABLE `shop`.`customer`
  MODIFY COLUMN `email` varchar(190) CHARACTER SET latin1 COLLATE latin1_german1_ci DEFAULT ''it\\''s \\\\ "x"'' COMMENT ''where it\\''s sent \\\\'' NULL,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN EXISTS (
    SELECT 1 FROM information_schema.columns AS c
    WHERE c.table_schema = 'shop' AND c.table_name = 'customer'
      AND c.column_name = 'email'
      AND c.column_type = 'varchar(190)' AND c.is_nullable = 'YES'
      AND c.collation_name <=> 'latin1_german1_ci') THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin drop-not-null let email be NULL */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

---- undo of expand ----

-- set email NOT NULL (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin drop-not-null set email NOT NULL */
ALTER TABLE `shop`.`customer`
  MODIFY COLUMN `email` varchar(190) CHARACTER SET latin1 COLLATE latin1_german1_ci DEFAULT ''it\\''s \\\\ "x"'' COMMENT ''where it\\''s sent \\\\'' NOT NULL,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN EXISTS (
    SELECT 1 FROM information_schema.columns AS c
    WHERE c.table_schema = 'shop' AND c.table_name = 'customer'
      AND c.column_name = 'email'
      AND c.column_type = 'varchar(190)' AND c.is_nullable = 'NO'
      AND c.collation_name <=> 'latin1_german1_ci') THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin drop-not-null set email NOT NULL */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);
