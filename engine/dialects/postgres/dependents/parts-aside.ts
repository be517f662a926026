import type { Statement } from '../../../database/database.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { installShared } from '../ledger-schema.ts';
import { performCall } from '../perform-call.ts';
import { dollarQuoted, literal, qualifiedName } from '../quote.ts';
import { twoLocksMs } from '../two-locks.ts';

/**
 * Notes the parts that know columns, for the rest of the transaction, and takes them from the table. Where something stands
 * against it, it says so; on the way back it leaves that part where it is instead. A policy and a rule may name other tables,
 * which are locked as their readers and writers lock them, behind this one.
 */
const setAside = `CREATE OR REPLACE FUNCTION underpin.set_parts_aside(of_table text, columns jsonb, is_way_back boolean)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path = ''
AS ${dollarQuoted(
  `DECLARE
  against text;
  noted jsonb;
  part text;
BEGIN
  EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', of_table::regclass);
  IF (SELECT setting::integer FROM pg_settings WHERE name = 'lock_timeout') NOT BETWEEN 1 AND ${twoLocksMs} THEN
    PERFORM set_config('lock_timeout', '${twoLocksMs}ms', true);
  END IF;
  SELECT string_agg(format('%s cannot be made again: %s', b.what, b.obstacle), '; ') FILTER (WHERE b.obstacle IS NOT NULL),
    coalesce(jsonb_agg(jsonb_build_object('what', b.what, 'trial', b.trial, 'aside', b.aside, 'again', b.again)) FILTER (WHERE b.obstacle IS NULL), '[]')
  INTO against, noted
  FROM underpin.bound_parts(of_table, columns) AS b;
  IF against IS NOT NULL AND NOT is_way_back THEN
    RAISE dependent_objects_still_exist USING MESSAGE = against;
  END IF;
  FOR part IN SELECT n.value ->> 'aside' FROM jsonb_array_elements(noted) AS n (value) LOOP
    EXECUTE part;
  END LOOP;
  PERFORM set_config('underpin.parts_aside', noted::text, true);
END`,
  'aside',
)}`;

/**
 * Makes the parts again that were set aside in this transaction, each by its own text, or by another where it still has the one
 * that was foreseen.
 */
const makeAgain = `CREATE OR REPLACE FUNCTION underpin.make_parts_again(of_table text, leaving jsonb, texts jsonb)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path = ''
AS ${dollarQuoted(
  `DECLARE
  noted jsonb := current_setting('underpin.parts_aside')::jsonb;
  each jsonb;
  part text;
BEGIN
  FOR each IN SELECT n.value FROM jsonb_array_elements(noted) AS n (value) LOOP
    BEGIN
      FOR part IN
        SELECT CASE a.n WHEN 1 THEN coalesce((
          SELECT t.value ->> 'text' FROM jsonb_array_elements(texts) AS t (value) WHERE t.value ->> 'was' = each ->> 'trial'), a.statement)
          ELSE a.statement END
        FROM jsonb_array_elements_text(each -> 'again') WITH ORDINALITY AS a (statement, n) ORDER BY a.n
      LOOP
        EXECUTE part;
      END LOOP;
    EXCEPTION WHEN syntax_error_or_access_rule_violation OR feature_not_supported THEN
      RAISE dependent_objects_still_exist USING MESSAGE = format(
        '%s cannot be made again over the type that the column has now: %s', each ->> 'what', SQLERRM);
    END;
  END LOOP;
  SELECT string_agg(b.what, ', ') INTO part
  FROM underpin.bound_parts(of_table, leaving) AS b
  WHERE b.what IN (SELECT n.value ->> 'what' FROM jsonb_array_elements(noted) AS n (value));
  IF part IS NOT NULL THEN
    RAISE dependent_objects_still_exist
      USING MESSAGE = format('%s would go on naming the column that leaves: it calls the columns by their places', part);
  END IF;
END`,
  'again',
)}`;

export const installPartsAside: readonly Statement[] = [setAside, makeAgain].map(installShared);

const given = (table: TableName, columns: readonly string[]): string =>
  `${literal(qualifiedName(table))}, ${literal(JSON.stringify(columns))}`;

/** Takes what knows columns by their numbers from the table, and remembers it for `partsAgain`. */
export const partsAside = (
  table: TableName,
  columns: readonly string[],
  { isWayBack }: { readonly isWayBack: boolean },
): string =>
  performCall(`underpin.set_parts_aside(${given(table, columns)}, is_way_back => ${isWayBack})`, 'parts');

/** Another text for a part, if it still is printed as it was foreseen. */
export interface PartText {
  readonly was: string;
  readonly text: string;
}

/** `leaving`: columns that none of them may name any more. */
export const partsAgain = (
  table: TableName,
  leaving: readonly string[],
  texts: readonly PartText[] = [],
): string =>
  performCall(
    `underpin.make_parts_again(${given(table, leaving)}, texts => ${literal(JSON.stringify(texts))})`,
    'parts',
  );
