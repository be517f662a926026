-- drop-column: what runs on MySQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: the contract drops the values of part.tag in about N rows; their space is free for new rows only as rows are rewritten

-- warning: the contract drops with it: unique index pair (`tag`, `note`)

-- warning: after the contract only a backup has it: take a snapshot of the cluster (aws rds create-db-cluster-snapshot) before you approve the contract gate

-- warning: let tag be left out: ALGORITHM = INSTANT, at once

-- warning: take the default of tag away: ALGORITHM = INSTANT, at once

-- warning: hide tag as underpin_quarantined_tag, with its values: ALGORITHM = INSTANT, at once

-- warning: bring tag back: ALGORITHM = INSTANT, at once

-- warning: drop pair: ALGORITHM = INPLACE, LOCK = NONE; it writes no row anew. Refused was INSTANT: not supported for this operation

-- warning: drop underpin_quarantined_tag: ALGORITHM = INSTANT, at once

-- warning: from the contract on INSERT INTO shop.part VALUES (…) without a list of columns, INSERT INTO … SELECT * FROM shop.part and SELECT * have the columns in another order: values land in other columns. Name the columns before the contract

---- phase expand ----

-- let tag be left out (lock: metadata)
ALTER TABLE `shop`.`part`
  ALTER COLUMN `tag` SET DEFAULT 'none',
  ALGORITHM = INSTANT;

---- undo of expand ----

-- take the default of tag away (lock: metadata)
ALTER TABLE `shop`.`part`
  ALTER COLUMN `tag` DROP DEFAULT,
  ALGORITHM = INSTANT;

---- phase quarantine ----

-- hide tag as underpin_quarantined_tag, with its values (lock: metadata)
ALTER TABLE `shop`.`part`
  RENAME COLUMN `tag` TO `underpin_quarantined_tag`,
  ALGORITHM = INSTANT;

---- undo of quarantine ----

-- bring tag back (lock: metadata)
ALTER TABLE `shop`.`part`
  RENAME COLUMN `underpin_quarantined_tag` TO `tag`,
  ALGORITHM = INSTANT;

---- phase contract ----

-- drop pair (lock: metadata; runs beside the traffic)
CALL underpin.`online_d5399b95`(2, '/* underpin drop-column drop pair */
ALTER TABLE `shop`.`part`
  DROP INDEX `pair`,
  ALGORITHM = INPLACE, LOCK = NONE');
-- … is watched by:
SELECT JSON_OBJECT('state', CASE
  WHEN NOT EXISTS (
    SELECT /*+ SET_VAR(group_concat_max_len = 65536) */ 1 FROM information_schema.statistics AS s
    WHERE s.table_schema = 'shop' AND s.table_name = 'part'
      AND s.index_name = 'pair'
    GROUP BY s.index_name) THEN 'done'
  WHEN EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE('/* underpin drop-column drop pair */', p.info) > 0) THEN 'running'
  ELSE 'absent' END);

-- drop underpin_quarantined_tag (lock: metadata)
ALTER TABLE `shop`.`part`
  DROP COLUMN `underpin_quarantined_tag`,
  ALGORITHM = INSTANT;

---- undo of contract ----

-- cannot be undone: part.tag is gone
