-- own-sql: what runs on MySQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: run statement 1 of the author: ALGORITHM = INPLACE, LOCK = NONE; it writes no row anew. Refused was INSTANT: not supported for this operation

-- warning: run statement 2 of the author: ALGORITHM = INPLACE, LOCK = NONE; it writes no row anew. Refused was INSTANT: not supported for this operation

-- warning: undo by statement 2 of the author: ALGORITHM = INPLACE, LOCK = NONE; it writes no row anew. Refused was INSTANT: not supported for this operation

-- warning: undo by statement 3 of the author: ALGORITHM = INPLACE, LOCK = NONE; it writes no row anew. Refused was INSTANT: not supported for this operation

---- phase expand ----

-- run statement 1 of the author (lock: metadata)
ALTER TABLE `shop`.`item`
  COMMENT = 'what is sold',
  ALGORITHM = INPLACE, LOCK = NONE;

-- run statement 2 of the author (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin own-sql run statement 2 of the author */
ALTER TABLE `shop`.`item`
  ADD INDEX `by_hits` (hits),
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN EXISTS (
    SELECT /*+ SET_VAR(group_concat_max_len = 65536) */ 1 FROM information_schema.statistics AS s
    WHERE s.table_schema = 'shop' AND s.table_name = 'item'
      AND s.index_name = 'by_hits'
    GROUP BY s.index_name
    HAVING CONCAT(
  IF(MAX(s.index_type) IN ('FULLTEXT', 'SPATIAL'), CONCAT(MAX(s.index_type), ' '), ''),
  '(', GROUP_CONCAT(CONCAT(
    COALESCE(CONCAT('`', REPLACE(s.column_name, '`', '``'), '`'), CONCAT('(', REPLACE(s.expression, '\\''', ''''), ')')),
    COALESCE(CONCAT('(', s.sub_part, ')'), ''),
    IF(s.collation = 'D', ' DESC', '')) ORDER BY s.seq_in_index SEPARATOR ', '), ')',
  IF(MAX(s.index_comment) = '', '', CONCAT(' COMMENT ', QUOTE(MAX(s.index_comment)))),
  IF(MAX(s.is_visible) = 'NO', ' INVISIBLE', '')) = '(`hits`)') THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin own-sql run statement 2 of the author */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

-- run statement 3 of the author (lock: none)
INSERT INTO shop.note VALUES (9, 'nine');

---- undo of expand ----

-- undo by statement 1 of the author (lock: none)
DELETE FROM shop.note WHERE id = 9;

-- undo by statement 2 of the author (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin own-sql undo by statement 2 of the author */
ALTER TABLE `shop`.`item`
  DROP INDEX `by_hits`,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN NOT EXISTS (
    SELECT /*+ SET_VAR(group_concat_max_len = 65536) */ 1 FROM information_schema.statistics AS s
    WHERE s.table_schema = 'shop' AND s.table_name = 'item'
      AND s.index_name = 'by_hits'
    GROUP BY s.index_name) THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin own-sql undo by statement 2 of the author */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

-- undo by statement 3 of the author (lock: metadata)
ALTER TABLE `shop`.`item`
  COMMENT = '',
  ALGORITHM = INPLACE, LOCK = NONE;

---- phase verify ----

-- check that the verify query returns no row (lock: none)
CALL underpin.`must_be_empty_4d449cb3`('SELECT 1 FROM shop.item WHERE hits < 0');

---- undo of verify ----
