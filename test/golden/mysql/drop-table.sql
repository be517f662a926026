-- drop-table: what runs on MySQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: the contract drops about N rows of shop.use_of, 16.4 kB; their space is given back at once

-- warning: the contract drops with it: foreign key of_code; that locks shop.part too, for milliseconds

-- warning: after the contract only a backup has it: take a snapshot of the cluster (aws rds create-db-cluster-snapshot) before you approve the contract gate

---- phase quarantine ----

-- hide use_of as underpin_quarantined_use_of, with its rows (lock: metadata)
RENAME TABLE `shop`.`use_of` TO `shop`.`underpin_quarantined_use_of`;

---- undo of quarantine ----

-- bring use_of back (lock: metadata)
RENAME TABLE `shop`.`underpin_quarantined_use_of` TO `shop`.`use_of`;

---- phase contract ----

-- drop use_of (lock: metadata)
DROP TABLE `shop`.`underpin_quarantined_use_of`;

---- undo of contract ----

-- cannot be undone: shop.use_of is gone
