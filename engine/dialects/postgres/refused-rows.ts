import { dollarQuoted, identifier, literal } from './quote.ts';

/**
 * A row whose data refuses the change is noted where it is written, in the writer's own transaction: a comparison that has
 * passed its place already would not see it. The note never fails the write. Called by functions that run as the installer.
 */
export const noteRefusedFunction = `CREATE OR REPLACE FUNCTION underpin.note_refused(of_migration text, of_key jsonb, state text)
  RETURNS void
  LANGUAGE plpgsql
AS ${dollarQuoted(
  `BEGIN
  INSERT INTO underpin.stubborn_row (migration, key, sqlstate)
  SELECT name, of_key, state FROM underpin.migration
  -- The triggers may outlive it, where its new shape stays; keys of rows may not.
  WHERE name = of_migration AND status = 'running'
  ON CONFLICT (migration, key) DO UPDATE
  SET sqlstate = excluded.sqlstate, attempts = stubborn_row.attempts + 1, seen_at = clock_timestamp();
EXCEPTION WHEN serialization_failure THEN
  -- Somebody has noted it since this transaction took its snapshot.
  NULL;
END`,
  'refused',
)};`;

/** For a handler of exceptions in a trigger: notes the new row by its key and the SQLSTATE. */
export const noteRefused = (migration: string, key: readonly string[]): string =>
  `PERFORM underpin.note_refused(${literal(migration)}, jsonb_build_array(${key
    .map((column) => `NEW.${identifier(column)}::text`)
    .join(', ')}), SQLSTATE);`;
