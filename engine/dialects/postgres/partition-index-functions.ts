import type { Statement } from '../../database/database.ts';
import { installShared } from './ledger-schema.ts';
import { dollarQuoted } from './quote.ts';

const inFunction = (name: string, returns: string, body: string): string =>
  `CREATE OR REPLACE FUNCTION underpin.${name}
  RETURNS ${returns}
  LANGUAGE plpgsql
  SET search_path = ''
AS ${dollarQuoted(body, 'partitions')}`;

/** A partition that has come since the plan would have no index, and nobody would build it. */
const known = inFunction(
  'known_partitions(of_table text, partitions jsonb)',
  'void',
  `DECLARE
  others text;
BEGIN
  SELECT string_agg(t.relid::regclass::text, ', ' ORDER BY t.relid::regclass::text) INTO others
  FROM pg_partition_tree(of_table::regclass) AS t
  WHERE t.level > 0 AND t.relid NOT IN (SELECT o.oid FROM jsonb_array_elements_text(partitions) AS p (name), to_regclass(p.name) AS o (oid) WHERE o.oid IS NOT NULL);
  IF others IS NOT NULL THEN
    RAISE dependent_objects_still_exist USING MESSAGE = format('partitions have come since the plan: %s. Start again, and it is planned anew', others);
  END IF;
END`,
);

/** Whether a partition has its part of an index of the table. One that is no partition any more needs none. */
const state = inFunction(
  'partition_index_state(tag text, of_index text, partition text, index text)',
  'text',
  `DECLARE
  found record;
BEGIN
  IF NOT EXISTS (
    SELECT FROM pg_index AS i JOIN pg_inherits AS p ON p.inhparent = i.indrelid
    WHERE i.indexrelid = to_regclass(of_index) AND p.inhrelid = to_regclass(partition)) THEN
    RETURN 'done';
  END IF;
  IF EXISTS (
    SELECT FROM pg_inherits AS p JOIN pg_index AS i ON i.indexrelid = p.inhrelid
    WHERE p.inhparent = to_regclass(of_index) AND i.indrelid = to_regclass(partition)) THEN
    RETURN 'done';
  END IF;
  SELECT i.indexrelid, i.indisvalid INTO found
  FROM pg_index AS i WHERE i.indexrelid = to_regclass(index) AND i.indrelid = to_regclass(partition);
  RETURN CASE
    WHEN EXISTS (
      SELECT FROM pg_stat_activity AS a
      WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.state = 'active'
        AND starts_with(a.query, tag)) THEN 'running'
    WHEN EXISTS (SELECT FROM pg_stat_progress_create_index AS c WHERE c.index_relid = found.indexrelid) THEN 'running'
    WHEN found.indisvalid THEN 'done'
    WHEN found.indexrelid IS NOT NULL THEN 'broken'
    ELSE 'absent' END;
END`,
);

/** Once more it does nothing. Behind a constraint of the whole there is one of each part. */
const attach = inFunction(
  'attach_partition_index(of_index text, partition text, index text)',
  'void',
  `DECLARE
  whole record;
BEGIN
  IF EXISTS (
    SELECT FROM pg_index AS i
    JOIN pg_inherits AS p ON p.inhparent = i.indrelid
    JOIN pg_index AS x ON x.indrelid = p.inhrelid AND x.indexrelid = to_regclass(index)
    WHERE i.indexrelid = of_index::regclass AND p.inhrelid = to_regclass(partition)) THEN
    SELECT k.condeferrable, k.condeferred INTO whole FROM pg_constraint AS k WHERE k.conindid = of_index::regclass AND k.contype = 'u';
    IF FOUND AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = index::regclass AND k.contype = 'u') THEN
      EXECUTE (SELECT format('ALTER TABLE %s ADD CONSTRAINT %I UNIQUE USING INDEX %I%s', partition::regclass, c.relname, c.relname,
          CASE WHEN whole.condeferrable THEN ' DEFERRABLE INITIALLY ' || CASE WHEN whole.condeferred THEN 'DEFERRED' ELSE 'IMMEDIATE' END END)
        FROM pg_class AS c WHERE c.oid = index::regclass);
    END IF;
    EXECUTE format('ALTER INDEX %s ATTACH PARTITION %s', of_index::regclass, index::regclass);
  END IF;
END`,
);

/**
 * Whether every partition has its part. PostgreSQL counts them where one is attached, and not where a partition goes: one that
 * is attached once more lets it count again.
 */
const complete = inFunction(
  'complete_partition_index(of_index text)',
  'void',
  `DECLARE
  without text;
  each record;
BEGIN
  IF (SELECT i.indisvalid FROM pg_index AS i WHERE i.indexrelid = of_index::regclass) THEN
    RETURN;
  END IF;
  SELECT string_agg(t.relid::regclass::text, ', ' ORDER BY t.relid::regclass::text) INTO without
  FROM pg_index AS i CROSS JOIN pg_partition_tree(i.indrelid) AS t
  WHERE i.indexrelid = of_index::regclass AND t.isleaf AND NOT EXISTS (
    SELECT FROM pg_partition_tree(of_index::regclass) AS o JOIN pg_index AS x ON x.indexrelid = o.relid WHERE x.indrelid = t.relid AND x.indisvalid);
  IF without IS NULL THEN
    FOR each IN
      SELECT t.parentrelid AS whole, min(t.relid::oid)::regclass AS part
      FROM pg_partition_tree(of_index::regclass) AS t JOIN pg_index AS i ON i.indexrelid = t.parentrelid
      WHERE NOT i.indisvalid
      GROUP BY t.parentrelid, t.level
      ORDER BY t.level DESC
    LOOP
      EXECUTE format('ALTER INDEX %s ATTACH PARTITION %s', each.whole, each.part);
    END LOOP;
  END IF;
  IF (SELECT NOT i.indisvalid FROM pg_index AS i WHERE i.indexrelid = of_index::regclass) THEN
    RAISE dependent_objects_still_exist USING MESSAGE = format('the index %s is not complete: it is missing on %s',
      of_index, coalesce(without, 'none of the partitions, of which some have gone while it was built. Start again'));
  END IF;
END`,
);

/** The index of the table with all that is attached to it, and what was built for it and is not. Nobody else's of these names. */
const drop = inFunction(
  'drop_partition_index(of_table text, of_index text, parts jsonb)',
  'void',
  `DECLARE
  dropping text;
BEGIN
  FOR dropping IN
    SELECT CASE WHEN k.conname IS NULL THEN format('DROP INDEX %s', i.indexrelid::regclass)
      ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', i.indrelid::regclass, k.conname) END
    FROM pg_index AS i LEFT JOIN pg_constraint AS k ON k.conindid = i.indexrelid AND k.contype = 'u'
    WHERE i.indexrelid = to_regclass(of_index) AND i.indrelid = to_regclass(of_table)
  LOOP
    EXECUTE dropping;
  END LOOP;
  FOR dropping IN
    SELECT CASE WHEN k.conname IS NULL THEN format('DROP INDEX %s', i.indexrelid::regclass)
      ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', i.indrelid::regclass, k.conname) END
    FROM jsonb_array_elements(parts) AS p (part)
    JOIN pg_index AS i ON i.indrelid = to_regclass(p.part ->> 0) AND i.indexrelid = to_regclass(p.part ->> 1)
    LEFT JOIN pg_constraint AS k ON k.conindid = i.indexrelid AND k.contype = 'u'
  LOOP
    EXECUTE dropping;
  END LOOP;
END`,
);

export const installPartitionIndexes: Statement = installShared(
  [known, state, attach, complete, drop].join(';\n'),
);
