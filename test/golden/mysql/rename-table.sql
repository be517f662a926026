-- rename-table: what runs on MySQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: not checked which statements would fail through the view: statements of MySQL are not looked at for what a view refuses

-- warning: while shop.address is a view, these fail by that name: TRUNCATE, ALTER TABLE, CREATE INDEX and TRIGGER, a foreign key to it, OPTIMIZE and ANALYZE, HANDLER, index hints (USE, FORCE and IGNORE INDEX), PARTITION (…), and INSERT … SELECT or UPDATE that reads the same table by its other name

-- warning: tools that ask the catalog for the table shop.address find a view without keys and indexes: ORMs that read its primary key at their start, schema comparisons, dumps of that table alone

-- warning: rights that somebody has on shop.address alone, and not on shop, are for that name: grant them on shop.place before its readers move

-- warning: indexes and the constraints that were given one of shop.address keep their names

---- phase expand ----

-- make the view that is to be called address (lock: none)
CREATE VIEW `shop`.`place` AS
  SELECT NULL AS `id`, NULL AS `street`, NULL AS `n`;
CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY DEFINER VIEW `shop`.`underpin_view_address` AS
  SELECT `id` AS `id`, `street` AS `street`, `n` AS `n` FROM `shop`.`place`;
DROP VIEW `shop`.`place`;

-- rename address to place, and put a view in its place (lock: metadata; runs beside the traffic)
CALL underpin.`take_name_d684ddfe`('/* underpin rename-table rename address to place, and put a view in its place */
RENAME TABLE `shop`.`address` TO `shop`.`place`, `shop`.`underpin_view_address` TO `shop`.`address`', '/* underpin rename-table rename address to place, and put a view in its place */
RENAME TABLE `shop`.`address` TO `shop`.`underpin_view_address`, `shop`.`place` TO `shop`.`address`', '/* underpin rename-table rename address to place, and put a view in its place */
DO SLEEP(1)', 'SELECT EXISTS (
    SELECT 1 FROM information_schema.tables AS t
    WHERE t.table_schema = ''shop'' AND t.table_name = ''place'' AND t.table_type = ''BASE TABLE'')
    AND EXISTS (
    SELECT 1 FROM information_schema.tables AS t
    WHERE t.table_schema = ''shop'' AND t.table_name = ''address'' AND t.table_type = ''VIEW'') INTO @underpin_is_there', 'SELECT GROUP_CONCAT(d.what SEPARATOR '', '') INTO @underpin_unlike FROM (
  SELECT CONCAT(''column '', c.column_name, '' is new'') AS what
  FROM information_schema.columns AS c WHERE c.table_schema = ''shop'' AND c.table_name = ''address'' AND (c.column_name NOT IN (''id'', ''street'', ''n'') OR c.extra LIKE ''%INVISIBLE%'')
  UNION ALL
  SELECT CONCAT(''column '', p.name, '' is gone'')
  FROM JSON_TABLE(''["id","street","n"]'', ''$[*]'' COLUMNS (name VARCHAR(64) CHARACTER SET utf8mb4 PATH ''$'')) AS p
  WHERE NOT EXISTS (SELECT 1 FROM information_schema.columns AS c WHERE c.table_schema = ''shop'' AND c.table_name = ''address'' AND c.column_name = p.name)
) AS d', 'SELECT GROUP_CONCAT(d.what SEPARATOR '', '') INTO @underpin_unlike FROM (
  SELECT CONCAT(''column '', c.column_name, '' is new'') AS what
  FROM information_schema.columns AS c WHERE c.table_schema = ''shop'' AND c.table_name = ''place'' AND (c.column_name NOT IN (''id'', ''street'', ''n'') OR c.extra LIKE ''%INVISIBLE%'')
  UNION ALL
  SELECT CONCAT(''column '', p.name, '' is gone'')
  FROM JSON_TABLE(''["id","street","n"]'', ''$[*]'' COLUMNS (name VARCHAR(64) CHARACTER SET utf8mb4 PATH ''$'')) AS p
  WHERE NOT EXISTS (SELECT 1 FROM information_schema.columns AS c WHERE c.table_schema = ''shop'' AND c.table_name = ''place'' AND c.column_name = p.name)
) AS d');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN EXISTS (
    SELECT 1 FROM information_schema.tables AS t
    WHERE t.table_schema = 'shop' AND t.table_name = 'place' AND t.table_type = 'BASE TABLE')
    AND EXISTS (
    SELECT 1 FROM information_schema.tables AS t
    WHERE t.table_schema = 'shop' AND t.table_name = 'address' AND t.table_type = 'VIEW')
    AND NOT EXISTS (SELECT 1 FROM (
  SELECT CONCAT('column ', c.column_name, ' is new') AS what
  FROM information_schema.columns AS c WHERE c.table_schema = 'shop' AND c.table_name = 'place' AND (c.column_name NOT IN ('id', 'street', 'n') OR c.extra LIKE '%INVISIBLE%')
  UNION ALL
  SELECT CONCAT('column ', p.name, ' is gone')
  FROM JSON_TABLE('["id","street","n"]', '$[*]' COLUMNS (name VARCHAR(64) CHARACTER SET utf8mb4 PATH '$')) AS p
  WHERE NOT EXISTS (SELECT 1 FROM information_schema.columns AS c WHERE c.table_schema = 'shop' AND c.table_name = 'place' AND c.column_name = p.name)
) AS d) THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin rename-table rename address to place, and put a view in its place */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

---- undo of expand ----

-- drop the view, and rename place to address (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin rename-table drop the view, and rename place to address */
RENAME TABLE `shop`.`address` TO `shop`.`underpin_view_address`, `shop`.`place` TO `shop`.`address`');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN EXISTS (
    SELECT 1 FROM information_schema.tables AS t
    WHERE t.table_schema = 'shop' AND t.table_name = 'address' AND t.table_type = 'BASE TABLE') THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin rename-table drop the view, and rename place to address */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

-- drop the view that was called address (lock: none)
DROP VIEW IF EXISTS `shop`.`underpin_view_address`;

---- phase quarantine ----

-- hide the view address (lock: metadata)
RENAME TABLE `shop`.`address` TO `shop`.`underpin_quarantined_address`;

---- undo of quarantine ----

-- bring the view address back (lock: metadata)
RENAME TABLE `shop`.`underpin_quarantined_address` TO `shop`.`address`;

---- phase contract ----

-- drop the view address (lock: metadata)
DROP VIEW `shop`.`underpin_quarantined_address`;

---- undo of contract ----

-- cannot be undone: shop.address is called place
