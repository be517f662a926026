-- add-index: what runs on MySQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: build by_state: ALGORITHM = INPLACE, LOCK = NONE; it writes no row anew. Refused was INSTANT: not supported for this operation

-- warning: drop by_state: ALGORITHM = INPLACE, LOCK = NONE; it writes no row anew. Refused was INSTANT: not supported for this operation

---- phase verify ----

-- note that by_state is built (lock: none)

-- build by_state (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin add-index build by_state */
ALTER TABLE `shop`.`reviewed`
  ADD INDEX `by_state` (`state`, `note`(5) DESC),
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN EXISTS (
    SELECT /*+ SET_VAR(group_concat_max_len = 65536) */ 1 FROM information_schema.statistics AS s
    WHERE s.table_schema = 'shop' AND s.table_name = 'reviewed'
      AND s.index_name = 'by_state'
    GROUP BY s.index_name
    HAVING CONCAT(
  IF(MAX(s.index_type) IN ('FULLTEXT', 'SPATIAL'), CONCAT(MAX(s.index_type), ' '), ''),
  '(', GROUP_CONCAT(CONCAT(
    COALESCE(CONCAT('`', REPLACE(s.column_name, '`', '``'), '`'), CONCAT('(', REPLACE(s.expression, '\\''', ''''), ')')),
    COALESCE(CONCAT('(', s.sub_part, ')'), ''),
    IF(s.collation = 'D', ' DESC', '')) ORDER BY s.seq_in_index SEPARATOR ', '), ')',
  IF(MAX(s.index_comment) = '', '', CONCAT(' COMMENT ', QUOTE(MAX(s.index_comment)))),
  IF(MAX(s.is_visible) = 'NO', ' INVISIBLE', '')) = '(`state`, `note`(5) DESC)') THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin add-index build by_state */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

---- undo of verify ----

-- drop by_state (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin add-index drop by_state */
ALTER TABLE `shop`.`reviewed`
  DROP INDEX `by_state`,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN NOT EXISTS (
    SELECT /*+ SET_VAR(group_concat_max_len = 65536) */ 1 FROM information_schema.statistics AS s
    WHERE s.table_schema = 'shop' AND s.table_name = 'reviewed'
      AND s.index_name = 'by_state'
    GROUP BY s.index_name) THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin add-index drop by_state */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);
