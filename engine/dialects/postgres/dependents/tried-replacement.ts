import type { Statement } from '../../../database/database.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { trialWithinMs } from '../evaluated.ts';
import { installShared } from '../ledger-schema.ts';
import { dollarQuoted, qualifiedName } from '../quote.ts';

/**
 * A view's old and new definition, one after the other, over an empty copy of its table: whether PostgreSQL takes the one for
 * the other, and how it prints it. Without a new one, how it prints the old one once the old columns have other names. No lock
 * but the weakest is taken on anything that is in use; the copy is gone when the call ends. What is planned is only the
 * definition: no row is there, and nothing is evaluated.
 */
export const installTriedReplacement: Statement = installShared(
  `CREATE OR REPLACE FUNCTION underpin.tried_replacement(of_table text, copy text, markers jsonb, added jsonb, made text, replaced text)
  RETURNS SETOF text
  LANGUAGE plpgsql
AS ${dollarQuoted(
    `DECLARE
  relation text := format('underpin.%I', copy);
  trial text := format('underpin.%I', copy || '_view');
  path text := current_setting('search_path');
  part record;
BEGIN
  EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING INDEXES)', relation, of_table::regclass);
  FOR part IN SELECT a.statement FROM jsonb_array_elements_text(added) AS a (statement) LOOP
    EXECUTE part.statement;
  END LOOP;
  EXECUTE made;
  IF replaced IS NOT NULL THEN
    EXECUTE replaced;
  ELSE
    FOR part IN SELECT m.key AS name, m.value AS marker FROM jsonb_each_text(markers) AS m LOOP
      EXECUTE format('ALTER TABLE %s RENAME COLUMN %I TO %I', relation, part.name, part.marker);
    END LOOP;
  END IF;
  PERFORM set_config('search_path', '', true);
  RETURN NEXT json_build_object('definition', pg_get_viewdef(trial::regclass), 'still', (
    SELECT coalesce(json_agg(DISTINCT a.attname), '[]')
    FROM pg_rewrite AS r
    JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
    JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE r.ev_class = trial::regclass AND d.refclassid = 'pg_class'::regclass
      AND ((d.refobjid = relation::regclass AND a.attname IN (SELECT jsonb_object_keys(markers)))
           OR (d.refobjid = of_table::regclass))))::text;
  PERFORM set_config('search_path', path, true);
  EXECUTE format('DROP VIEW %s', trial);
  EXECUTE format('DROP TABLE %s', relation);
END`,
    'tried',
  )}`,
);

export interface TriedReplacement {
  readonly table: TableName;
  readonly copy: string;
  /** By the old columns' names. */
  readonly markers: Readonly<Record<string, string>>;
  /** What adds the new columns to the copy. */
  readonly added: readonly string[];
  readonly made: string;
  readonly replaced: string | null;
}

export const askTriedReplacement = (asked: TriedReplacement): Statement => ({
  text: 'SELECT * FROM underpin.tried_replacement(:table, :copy, (:markers)::jsonb, (:added)::jsonb, :made, :replaced)',
  parameters: {
    table: qualifiedName(asked.table),
    copy: asked.copy,
    markers: JSON.stringify(asked.markers),
    added: JSON.stringify(asked.added),
    made: asked.made,
    replaced: asked.replaced,
  },
  catalogOnly: true,
  withinMs: trialWithinMs,
});
