import type { Pair } from '../dual-write.ts';
import type { Fill } from '../filled-column.ts';
import { fileOf, isByPlace, packedPlace } from './block-address.ts';
import { keyText } from './key-text.ts';
import { dollarQuoted, identifier, literal } from './quote.ts';
import { unlessRefused } from './row-errors.ts';
import { createFunction, type Trigger } from './trigger.ts';

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

type Noted = Pick<Pair | Fill, 'migration' | 'table' | 'key' | 'settings'>;

const noted = (migration: string, key: string): string =>
  `PERFORM underpin.note_refused(${literal(migration)}, ${key}, SQLSTATE);`;

/**
 * For a handler of exceptions in a trigger: notes the new row by its key and the SQLSTATE. A row that is known by its place
 * has none yet: another trigger notes it once it has.
 */
export const noteRefused = ({ migration, key }: Pick<Noted, 'migration' | 'key'>): readonly string[] =>
  isByPlace(key)
    ? []
    : [
        noted(
          migration,
          `jsonb_build_array(${key.map(({ name }) => keyText(`NEW.${identifier(name)}`)).join(', ')})`,
        ),
      ];

/** Notes rows by their place, once they are written; none where they have a key. */
export const placeTriggers = ({ key }: Pick<Noted, 'key'>, isUnfilled: string): readonly Trigger[] =>
  isByPlace(key)
    ? [{ event: '_4_refused', isAfter: true, on: 'INSERT OR UPDATE', when: isUnfilled, calls: 'refused' }]
    : [];

/** Its function: tries once more what was refused a moment ago. `conversion`: assignments to NEW; null: nothing is noted any more. */
export function notePlaces(of: Noted, conversion: readonly string[] | null): readonly string[] {
  if (!isByPlace(of.key)) return [];
  const note = noted(of.migration, packedPlace('place', fileOf('TG_RELID')));
  return createFunction(of, 'refused', 'installer', [
    'DECLARE',
    '  place tid := NEW.ctid;',
    'BEGIN',
    ...(conversion === null ? [] : unlessRefused(conversion, [note]).map((line) => `  ${line}`)),
    '  RETURN NULL;',
    'END',
  ]);
}
