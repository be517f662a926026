import { truthUnit } from '../../ledger/truth.ts';
import type { Truth } from '../../plan/walk.ts';
import { dollarQuoted, literal } from './quote.ts';
import type { Walked } from './walk-parameters.ts';
import { movedOn, type RowAddress } from './walk-report.ts';

/** Passes over the one row at the checkpoint whose data refuses the change, and remembers it; `:rows` is 1. */
export const skippedRow = (walked: Walked, rows: RowAddress): string =>
  `${rows.range()}, stubborn AS (
  INSERT INTO underpin.stubborn_row (migration, key, sqlstate)
  SELECT :migration, ${rows.packed('hi')}, :sqlstate FROM range WHERE whole
  ON CONFLICT (migration, key) DO UPDATE SET sqlstate = excluded.sqlstate, attempts = stubborn_row.attempts + 1
), ${movedOn(walked, rows, '1')}`;

/**
 * Tries one stubborn row again and forgets it when it now agrees, which is dated. A row that was deleted agrees.
 * `write`: what writes the row at a condition. `truth`: the side that it is written from, where the ledger's decides.
 */
export function sweptRow(
  { parameter, everyRowSeen }: Walked,
  rows: RowAddress,
  write: (at: string) => string,
  truth?: Truth,
): string {
  // It may have waited for the row of whoever has moved the truth, of which the snapshot of its own statement does not know.
  const fence =
    truth === undefined
      ? ''
      : `), fence AS MATERIALIZED (
  SELECT name FROM held WHERE ${isTruth(truth, parameter('migration'))}
`;
  const noted = `migration = ${parameter('migration')} AND key = ${parameter('key')}`;
  const meant = rows.stillMeant === null ? '' : `\n    AND ${rows.stillMeant}`;
  return `WITH ${fence === '' ? 'fence' : 'held'} AS MATERIALIZED (
  SELECT name, set_config('lock_timeout', ${parameter('lock_timeout')}, true), set_config('underpin.worker', 'on', true), ${everyRowSeen}
  FROM underpin.migration
  WHERE name = ${parameter('migration')} AND epoch = ${parameter('epoch')}
  FOR UPDATE
${fence}), written AS (
${write(`${rows.noted}${meant}`)}
), swept AS (
  DELETE FROM underpin.stubborn_row
  WHERE ${noted} AND (SELECT count(*) FROM fence) = 1${meant}
    -- Whoever has written a refused value since the row was looked at has noted it again.
    AND attempts = (SELECT attempts FROM underpin.stubborn_row WHERE ${noted})
  RETURNING migration
), dated AS (
  UPDATE underpin.migration SET swept_at = clock_timestamp(), swept_by = pg_current_xact_id()
  WHERE name = (SELECT migration FROM swept)
)
SELECT json_build_object('held', (SELECT count(*) FROM fence), 'changed', (SELECT count(*) FROM written))::text`;
}

/**
 * Unlike a walk, a sweep ends with nothing that it could find done: a copy of it that runs on after its answer was lost would go on in
 * its direction after the truth has moved within the same epoch.
 */
const isTruth = (truth: Truth, migration: string): string =>
  `underpin.is_truth(${migration}, ${literal(truth)})`;

/** Part of the ledger: whether a side is the truth, as committed by the time it is asked within a statement. */
export const isTruthFunction = `CREATE OR REPLACE FUNCTION underpin.is_truth(of_migration text, side text)
  RETURNS boolean
  LANGUAGE plpgsql
AS ${dollarQuoted(
  `BEGIN
  RETURN (side = 'new') = coalesce((
    SELECT bool_and(direction = 'run') FROM underpin.applied
    WHERE migration = of_migration AND phase = 'read-switch' AND unit = ${truthUnit}
  ), false);
END`,
  'is_truth',
)};`;
