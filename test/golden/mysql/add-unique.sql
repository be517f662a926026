-- add-unique: what runs on MySQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: equal rows that are written while the index is built stop the build, and the migration rolls back: no writer may make any

-- warning: build uq_subscriber: ALGORITHM = INPLACE, LOCK = NONE; it writes no row anew. Refused was INSTANT: not supported for this operation

-- warning: drop uq_subscriber: ALGORITHM = INPLACE, LOCK = NONE; it writes no row anew. Refused was INSTANT: not supported for this operation

---- phase verify ----

-- note that uq_subscriber is built (lock: none)

-- build uq_subscriber (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin add-unique build uq_subscriber */
ALTER TABLE `shop`.`subscriber`
  ADD UNIQUE INDEX `uq_subscriber` (`email`, `plan`),
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN EXISTS (
    SELECT /*+ SET_VAR(group_concat_max_len = 65536) */ 1 FROM information_schema.statistics AS s
    WHERE s.table_schema = 'shop' AND s.table_name = 'subscriber'
      AND s.index_name = 'uq_subscriber'
    GROUP BY s.index_name
    HAVING CONCAT(
  IF(MAX(s.index_type) IN ('FULLTEXT', 'SPATIAL'), CONCAT(MAX(s.index_type), ' '), ''),
  '(', GROUP_CONCAT(CONCAT(
    COALESCE(CONCAT('`', REPLACE(s.column_name, '`', '``'), '`'), CONCAT('(', REPLACE(s.expression, '\\''', ''''), ')')),
    COALESCE(CONCAT('(', s.sub_part, ')'), ''),
    IF(s.collation = 'D', ' DESC', '')) ORDER BY s.seq_in_index SEPARATOR ', '), ')',
  IF(MAX(s.index_comment) = '', '', CONCAT(' COMMENT ', QUOTE(MAX(s.index_comment)))),
  IF(MAX(s.is_visible) = 'NO', ' INVISIBLE', '')) = '(`email`, `plan`)' AND MIN(s.non_unique) = 0) THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin add-unique build uq_subscriber */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

---- undo of verify ----

-- drop uq_subscriber (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin add-unique drop uq_subscriber */
ALTER TABLE `shop`.`subscriber`
  DROP INDEX `uq_subscriber`,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN NOT EXISTS (
    SELECT /*+ SET_VAR(group_concat_max_len = 65536) */ 1 FROM information_schema.statistics AS s
    WHERE s.table_schema = 'shop' AND s.table_name = 'subscriber'
      AND s.index_name = 'uq_subscriber'
    GROUP BY s.index_name) THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin add-unique drop uq_subscriber */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);
