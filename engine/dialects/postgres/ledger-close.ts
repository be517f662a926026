import { dollarQuoted } from './quote.ts';

/** Where a walk stood that was not finished when its keys were forgotten: the next start begins it anew. */
const forgotten = `'[]'::jsonb`;

// How a migration ended. Its table is free again, unless something of it stands there. Keys of rows can be personal data and go,
// unless a person must look, who after a rollback needs those of the rows that refuse; what is counted stays: rows by checkpoint,
// refused rows as an event of the epoch.
export const closeFunction = `CREATE OR REPLACE FUNCTION underpin.close(of_migration text, of_epoch bigint, how text, who text)
  RETURNS boolean
  LANGUAGE plpgsql
AS ${dollarQuoted(
  `DECLARE
  refused bigint;
BEGIN
  UPDATE underpin.migration
  SET phase = 'done', status = how, updated_at = clock_timestamp(), standing_order = NULL
  WHERE name = of_migration AND epoch = of_epoch;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO underpin.event (migration, epoch, what, detail)
  VALUES (of_migration, of_epoch, how, jsonb_strip_nulls(jsonb_build_object('phase', 'done', 'by', nullif(who, ''))));
  IF how = 'completed' OR NOT EXISTS (SELECT FROM underpin.applied WHERE migration = of_migration) THEN
    DELETE FROM underpin.table_claim WHERE migration = of_migration;
  END IF;
  DELETE FROM underpin.unanswered WHERE migration = of_migration;
  IF how = 'failed' THEN
    RETURN true;
  END IF;
  IF how = 'completed' THEN
    DELETE FROM underpin.stubborn_row WHERE migration = of_migration;
    GET DIAGNOSTICS refused = ROW_COUNT;
    IF refused > 0 THEN
      INSERT INTO underpin.event (migration, epoch, what, detail)
      VALUES (of_migration, of_epoch, 'forgotten', jsonb_build_object('stubbornRows', refused));
    END IF;
  END IF;
  UPDATE underpin.checkpoint
  SET upper = NULL, next = CASE WHEN next IS NOT NULL THEN ${forgotten} END
  WHERE migration = of_migration;
  RETURN true;
END`,
  'close',
)};`;

/** Whether a checkpoint belongs to a walk that cannot go on, since where it stood was forgotten. */
export const isForgotten = (checkpoint: string): string => `EXISTS (
    SELECT FROM underpin.checkpoint AS f
    WHERE f.migration = ${checkpoint}.migration AND f.purpose = ${checkpoint}.purpose AND f.start = ${checkpoint}.start
      AND f.n = ${checkpoint}.n AND f.next = ${forgotten})`;

/** How many rows have refused the change: those that are remembered, and those whose keys this epoch has forgotten. */
export const stubbornRowsOf = (migration: string): string => `(
  SELECT count(*) FROM underpin.stubborn_row AS s WHERE s.migration = ${migration}
) + (
  SELECT coalesce(sum((e.detail ->> 'stubbornRows')::bigint), 0)
  FROM underpin.event AS e JOIN underpin.migration AS o ON o.name = e.migration AND o.epoch = e.epoch
  WHERE e.migration = ${migration} AND e.what = 'forgotten'
)`;
