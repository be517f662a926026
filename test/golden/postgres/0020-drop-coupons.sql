-- drop-coupons: what runs on PostgreSQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.

-- warning: the contract drops all rows of public.coupons, 8.19 kB; their space is given back at once

-- warning: the contract drops with it: sequence coupons_id_seq

-- warning: after the contract only a backup has it: take a snapshot of the cluster (aws rds create-db-cluster-snapshot) before you approve the contract gate

---- phase quarantine ----

-- hide coupons as underpin_quarantined_coupons, with its rows (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."coupons"
  RENAME TO "underpin_quarantined_coupons";

---- undo of quarantine ----

-- bring coupons back (lock: ACCESS EXCLUSIVE)
ALTER TABLE "public"."underpin_quarantined_coupons"
  RENAME TO "coupons";

---- phase contract ----

-- drop coupons (lock: ACCESS EXCLUSIVE)
DROP TABLE "public"."underpin_quarantined_coupons";

---- undo of contract ----

-- cannot be undone: public.coupons is gone
