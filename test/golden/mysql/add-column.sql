-- add-column: what runs on MySQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: add size: ALGORITHM = INSTANT, at once

-- warning: drop size: ALGORITHM = INSTANT, at once

-- warning: INSERT INTO shop.reviewed VALUES (…) without a list of columns fails from expand on (1136, ER_WRONG_VALUE_COUNT_ON_ROW), and so does INSERT INTO … SELECT * FROM shop.reviewed; SELECT * gives one column more. Name the columns before the start

---- phase expand ----

-- add size (lock: metadata)
ALTER TABLE `shop`.`reviewed`
  ADD COLUMN `size` int unsigned NOT NULL DEFAULT 7,
  ALGORITHM = INSTANT;

---- undo of expand ----

-- drop size (lock: metadata)
ALTER TABLE `shop`.`reviewed`
  DROP COLUMN `size`,
  ALGORITHM = INSTANT;
