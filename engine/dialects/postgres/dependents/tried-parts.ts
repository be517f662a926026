import type { Statement } from '../../../database/database.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { trialWithinMs } from '../evaluated.ts';
import { installShared } from '../ledger-schema.ts';
import { dollarQuoted, qualifiedName } from '../quote.ts';

/**
 * Triggers, policies and rules on an empty copy of their table, once it has been changed as the table will be, and what PostgreSQL
 * says against each that it refuses; of the others, how it prints them. No lock is taken on anything that is in use but by a rule that writes another table, and
 * that one no stronger than a writer's; nothing fires, and the copy is gone when the call ends.
 */
export const installTriedParts: Statement = installShared(
  `CREATE OR REPLACE FUNCTION underpin.tried_parts(of_table text, copy text, changed jsonb, columns jsonb, leaving jsonb, parts jsonb)
  RETURNS SETOF text
  LANGUAGE plpgsql
AS ${dollarQuoted(
    `DECLARE
  relation text := format('underpin.%I', copy);
  path text := current_setting('search_path');
  part text;
  against text;
  printed text;
BEGIN
  EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING INDEXES)', relation, of_table::regclass);
  FOR part IN SELECT s.statement FROM jsonb_array_elements_text(changed) AS s (statement) LOOP
    EXECUTE part;
  END LOOP;
  -- Each is written as PostgreSQL prints it where no schema is searched.
  PERFORM set_config('search_path', '', true);
  FOR part IN SELECT p.statement FROM jsonb_array_elements_text(parts) WITH ORDINALITY AS p (statement, n) ORDER BY p.n LOOP
    against := NULL;
    printed := NULL;
    BEGIN
      EXECUTE part;
      IF EXISTS (SELECT FROM underpin.bound_parts(relation, leaving)) THEN
        against := 'it calls the columns of the table by their places, which are others afterwards';
      END IF;
      SELECT replace(b.trial, relation::regclass::text, of_table::regclass::text) INTO printed FROM underpin.bound_parts(relation, columns) AS b;
      RAISE triggered_action_exception;
    EXCEPTION WHEN triggered_action_exception THEN NULL;
    WHEN OTHERS THEN
      against := SQLERRM;
    END;
    RETURN NEXT json_build_object('against', against, 'printed', printed)::text;
  END LOOP;
  PERFORM set_config('search_path', path, true);
  EXECUTE format('DROP TABLE %s', relation);
END`,
    'tried',
  )}`,
);

/** Each part as it is made on the copy. */
export interface TriedParts {
  readonly table: TableName;
  readonly copy: string;
  readonly changed: readonly string[];
  readonly columns: readonly string[];
  readonly leaving: readonly string[];
  readonly parts: readonly string[];
}

export const askTriedParts = ({ table, copy, changed, columns, leaving, parts }: TriedParts): Statement => ({
  text: 'SELECT * FROM underpin.tried_parts(:table, :copy, (:changed)::jsonb, (:columns)::jsonb, (:leaving)::jsonb, (:parts)::jsonb)',
  parameters: {
    table: qualifiedName(table),
    copy,
    changed: JSON.stringify(changed),
    columns: JSON.stringify(columns),
    leaving: JSON.stringify(leaving),
    parts: JSON.stringify(parts),
  },
  catalogOnly: true,
  withinMs: trialWithinMs,
});
