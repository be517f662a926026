import type { Statement } from '../../../database/database.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { askTrial, installTrial, type Trial } from './tried-on-copy.ts';

/**
 * Triggers, policies and rules on a copy of their table, once it has been changed as the table will be, and what PostgreSQL says
 * against each that it refuses; of the others, how it prints them. A rule that writes another table locks that one, no stronger than a
 * writer does; nothing fires.
 */
const triedParts: Trial<'changed' | 'columns' | 'leaving' | 'parts', never> = {
  name: 'tried_parts',
  json: ['changed', 'columns', 'leaving', 'parts'],
  texts: [],
  changedBy: 'changed',
  declares: '  against text;\n  printed text;',
  body: `  -- Each is written as PostgreSQL prints it where no schema is searched.
  PERFORM set_config('search_path', '', true);
  FOR part IN SELECT p.statement FROM jsonb_array_elements_text(parts) WITH ORDINALITY AS p (statement, n) ORDER BY p.n LOOP
    against := NULL;
    printed := NULL;
    BEGIN
      EXECUTE part.statement;
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
  PERFORM set_config('search_path', path, true);`,
};

export const installTriedParts: Statement = installTrial(triedParts);

/** Each part as it is made on the copy. */
export interface TriedParts {
  readonly table: TableName;
  readonly copy: string;
  readonly changed: readonly string[];
  readonly columns: readonly string[];
  readonly leaving: readonly string[];
  readonly parts: readonly string[];
}

export const askTriedParts = ({ table, copy, changed, columns, leaving, parts }: TriedParts): Statement =>
  askTrial(triedParts, { table, copy, json: { changed, columns, leaving, parts }, texts: {} });
