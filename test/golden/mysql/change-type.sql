-- change-type: what runs on MySQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: reviewed.note is changed in the catalog alone: no row is written or read, so there is nothing to copy, to compare or to wait for

-- warning: a rollback leaves reviewed.note as varchar(63) COLLATE utf8mb4_0900_ai_ci, which holds all that varchar(60) COLLATE utf8mb4_0900_ai_ci does: the way back would rewrite the whole table

-- warning: make note varchar(63) COLLATE utf8mb4_0900_ai_ci: ALGORITHM = INPLACE, LOCK = NONE; it writes no row anew. Refused was INSTANT: not supported for this operation

---- phase expand ----

-- make note varchar(63) COLLATE utf8mb4_0900_ai_ci (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin change-type make note varchar(63) COLLATE utf8mb4_0900_ai_ci */
ALTER TABLE `shop`.`reviewed`
  MODIFY COLUMN `note` varchar(63) COLLATE utf8mb4_0900_ai_ci NULL,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN EXISTS (
    SELECT 1 FROM information_schema.columns AS c
    WHERE c.table_schema = 'shop' AND c.table_name = 'reviewed'
      AND c.column_name = 'note'
      AND c.column_type = 'varchar(63)' AND c.is_nullable = 'YES'
      AND c.collation_name <=> 'utf8mb4_0900_ai_ci') THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin change-type make note varchar(63) COLLATE utf8mb4_0900_ai_ci */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

---- undo of expand ----
