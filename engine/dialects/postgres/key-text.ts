import { dollarQuoted } from './quote.ts';

/**
 * Part of the ledger: a value of a key as text, from which the same value is read again whatever a session, a role or a database has
 * set. Where it is not the same, rows between the two are in no batch, and in no comparison either: a float needs all of its digits,
 * and a moment its offset instead of an abbreviation that several zones share.
 */
export const keyTextFunction = `CREATE OR REPLACE FUNCTION underpin.key_text(value anyelement)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET "DateStyle" = 'ISO', 'MDY'
  SET "IntervalStyle" = 'postgres'
  SET "extra_float_digits" = '1'
AS ${dollarQuoted(
  `BEGIN
  RETURN value::text;
END`,
  'key_text',
)};`;

export const keyText = (value: string): string => `underpin.key_text(${value})`;
