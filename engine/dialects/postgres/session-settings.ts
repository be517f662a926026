import * as z from 'zod';
import type { Statement } from '../../database/database.ts';
import type { Following, SessionSettings } from '../inspector.ts';
import { identifier, literal } from './quote.ts';

/** Whether `\'` may stand in a text. Our functions hold none; those that a conversion calls may. */
const backslashQuote = 'backslash_quote';
/** How values are read and printed. */
const others = [
  'TimeZone',
  'DateStyle',
  'IntervalStyle',
  'extra_float_digits',
  'bytea_output',
  'xmloption',
  'lc_monetary',
  'lc_numeric',
  'lc_time',
  'default_text_search_config',
  'array_nulls',
  'xmlbinary',
  'quote_all_identifiers',
  backslashQuote,
];
// PostgreSQL reads a file whenever it is set.
const abbreviations = 'timezone_abbreviations';
/** How a text is read: that of a function is, in each session, when it is first called there. */
const nullEquals = 'transform_null_equals';
const literals = 'standard_conforming_strings';

export const sessionSettings: z.ZodType<SessionSettings> = z.record(z.string(), z.string());

// The path as a list of quoted names, as SET takes it. Temporary objects come last: named nowhere, they would come first,
// and anybody may make some.
export const askSessionSettings = ({ isFree, isOfMoments }: Following): Statement => ({
  text: `SELECT json_object_agg(name, setting ORDER BY nth)::text
FROM (
  SELECT 0 AS nth, 'search_path' AS name,
         concat_ws(', ', string_agg('"' || replace(schema, '"', '""') || '"', ', ' ORDER BY at), 'pg_temp') AS setting
  FROM regexp_matches(current_setting('search_path'), '"((?:[^"]|"")*)"|([^\\s,"]+)', 'g') WITH ORDINALITY AS m (part, at)
  CROSS JOIN LATERAL (SELECT coalesce(replace(part[1], '""', '"'), lower(part[2]))) AS s (schema)
  WHERE schema <> 'pg_temp'
  UNION ALL
  -- No text of a function is in the client's encoding, where a backslash may be half a character.
  SELECT nth, name, CASE name WHEN ${literal(backslashQuote)} THEN 'on' ELSE current_setting(name) END
  FROM unnest(ARRAY[${namesOf({ isFree, isOfMoments }).map(literal).join(', ')}]) WITH ORDINALITY AS o (name, nth)
) AS settings`,
});

const namesOf = ({ isFree, isOfMoments }: Following): readonly string[] => [
  ...(isFree ? [] : others),
  ...(isFree || !isOfMoments ? [] : [abbreviations]),
  nullEquals,
  literals,
];

/** The clauses of a function that finds names where the plan found them, and whose text is read as it was then. */
export const pinnedReading = (settings: SessionSettings): readonly string[] => [
  `SET search_path = ${settings['search_path'] ?? 'pg_temp'}`,
  `SET ${literals} = on`,
  `SET ${nullEquals} = ${settings[nullEquals] ?? 'off'}`,
];

/** The clauses of a function that converts values as the plan's session did, whoever calls it. */
export const pinnedSettings = (settings: SessionSettings): readonly string[] => [
  ...pinnedReading(settings),
  ...[...others, abbreviations].flatMap((name) => {
    const value = settings[name];
    return value === undefined ? [] : [`SET ${identifier(name)} = ${clauseValue(value)}`];
  }),
];

// One that is a list is written as a list; in quotes it would be one name with a comma in it.
const clauseValue = (value: string): string => value.split(/,\s*/u).map(literal).join(', ');
