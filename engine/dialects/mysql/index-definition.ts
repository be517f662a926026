/**
 * What stands behind the name of an index in ADD INDEX, of its rows `s` in information_schema.statistics, grouped. Needs room
 * in group_concat_max_len.
 */
export const indexDefinition = `CONCAT(
  IF(MAX(s.index_type) IN ('FULLTEXT', 'SPATIAL'), CONCAT(MAX(s.index_type), ' '), ''),
  '(', GROUP_CONCAT(CONCAT(
    COALESCE(CONCAT('\`', REPLACE(s.column_name, '\`', '\`\`'), '\`'), CONCAT('(', REPLACE(s.expression, '\\\\''', ''''), ')')),
    COALESCE(CONCAT('(', s.sub_part, ')'), ''),
    IF(s.collation = 'D', ' DESC', '')) ORDER BY s.seq_in_index SEPARATOR ', '), ')',
  IF(MAX(s.index_comment) = '', '', CONCAT(' COMMENT ', QUOTE(MAX(s.index_comment)))),
  IF(MAX(s.is_visible) = 'NO', ' INVISIBLE', ''))`;
