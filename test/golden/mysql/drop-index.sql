-- drop-index: what runs on MySQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: by_note was not used by any query on this server since YYYY-MM-DD; replicas count for themselves

-- warning: drop by_note: ALGORITHM = INPLACE, LOCK = NONE; it writes no row anew. Refused was INSTANT: not supported for this operation

-- warning: build by_note: ALGORITHM = INPLACE, LOCK = NONE; it writes no row anew. Refused was INSTANT: not supported for this operation

---- phase verify ----

-- note that by_note is dropped (lock: none)

-- drop by_note (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin drop-index drop by_note */
ALTER TABLE `shop`.`reviewed`
  DROP INDEX `by_note`,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN NOT EXISTS (
    SELECT /*+ SET_VAR(group_concat_max_len = 65536) */ 1 FROM information_schema.statistics AS s
    WHERE s.table_schema = 'shop' AND s.table_name = 'reviewed'
      AND s.index_name = 'by_note'
    GROUP BY s.index_name) THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin drop-index drop by_note */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

---- undo of verify ----

-- build by_note (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin drop-index build by_note */
ALTER TABLE `shop`.`reviewed`
  ADD INDEX `by_note` (`note`(10) DESC, `hits`) COMMENT ''it\\''s seldom'' INVISIBLE,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN EXISTS (
    SELECT /*+ SET_VAR(group_concat_max_len = 65536) */ 1 FROM information_schema.statistics AS s
    WHERE s.table_schema = 'shop' AND s.table_name = 'reviewed'
      AND s.index_name = 'by_note'
    GROUP BY s.index_name
    HAVING CONCAT(
  IF(MAX(s.index_type) IN ('FULLTEXT', 'SPATIAL'), CONCAT(MAX(s.index_type), ' '), ''),
  '(', GROUP_CONCAT(CONCAT(
    COALESCE(CONCAT('`', REPLACE(s.column_name, '`', '``'), '`'), CONCAT('(', REPLACE(s.expression, '\\''', ''''), ')')),
    COALESCE(CONCAT('(', s.sub_part, ')'), ''),
    IF(s.collation = 'D', ' DESC', '')) ORDER BY s.seq_in_index SEPARATOR ', '), ')',
  IF(MAX(s.index_comment) = '', '', CONCAT(' COMMENT ', QUOTE(MAX(s.index_comment)))),
  IF(MAX(s.is_visible) = 'NO', ' INVISIBLE', '')) = '(`note`(10) DESC, `hits`) COMMENT ''it\\''s seldom'' INVISIBLE') THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin drop-index build by_note */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);
