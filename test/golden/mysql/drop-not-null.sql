-- email-may-be-null: what runs on MySQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: readers of customer.email meet NULL from then on; a rollback is refused while a row holds it

---- phase expand ----

-- let email be NULL (lock: none; runs beside the traffic)
CALL underpin.`online_4a79d8ec`(2, '/* underpin email-may-be-null email NULL */
ALTER TABLE `shop`.`customer`
  MODIFY COLUMN `email` varchar(190) CHARACTER SET latin1 COLLATE latin1_german1_ci DEFAULT ''it\\''s \\\\ "x"'' COMMENT ''where it\\''s sent \\\\'' NULL,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN c.is_nullable = 'YES' THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin email-may-be-null email NULL */', p.info) > 0) THEN 'running'
  ELSE 'absent' END)
FROM information_schema.columns AS c
WHERE c.table_schema = 'shop' AND c.table_name = 'customer'
  AND c.column_name = 'email';

---- undo of expand ----

-- set email NOT NULL (lock: none; runs beside the traffic)
CALL underpin.`online_4a79d8ec`(2, '/* underpin email-may-be-null email NOT NULL */
ALTER TABLE `shop`.`customer`
  MODIFY COLUMN `email` varchar(190) CHARACTER SET latin1 COLLATE latin1_german1_ci DEFAULT ''it\\''s \\\\ "x"'' COMMENT ''where it\\''s sent \\\\'' NOT NULL,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN c.is_nullable = 'NO' THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin email-may-be-null email NOT NULL */', p.info) > 0) THEN 'running'
  ELSE 'absent' END)
FROM information_schema.columns AS c
WHERE c.table_schema = 'shop' AND c.table_name = 'customer'
  AND c.column_name = 'email';
