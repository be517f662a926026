import type { Statement } from '../../../database/database.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { askTrial, installTrial, type Trial } from './tried-on-copy.ts';

type ReplacementTrial = Trial<'markers' | 'added', 'made' | 'replaced'>;

/**
 * An old and a new text, one after the other, on a copy that has the new columns. Without a new one, the old one once the old
 * columns have other names. `prints`: how PostgreSQL prints what is there then, where no schema is searched.
 */
export const replacementTrial = ({
  prints,
  ends,
  ...trial
}: Pick<ReplacementTrial, 'name' | 'declares'> & {
  readonly prints: string;
  readonly ends?: string;
}): ReplacementTrial => ({
  ...trial,
  json: ['markers', 'added'],
  texts: ['made', 'replaced'],
  changedBy: 'added',
  body: `  EXECUTE made;
  IF replaced IS NOT NULL THEN
    EXECUTE replaced;
  ELSE
    FOR part IN SELECT m.key AS name, m.value AS marker FROM jsonb_each_text(markers) AS m LOOP
      EXECUTE format('ALTER TABLE %s RENAME COLUMN %I TO %I', relation, part.name, part.marker);
    END LOOP;
  END IF;
  PERFORM set_config('search_path', '', true);
${prints}
  PERFORM set_config('search_path', path, true);${ends === undefined ? '' : `\n${ends}`}`,
});

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

export const askReplacementTrial = (
  trial: ReplacementTrial,
  { table, copy, markers, added, made, replaced }: TriedReplacement,
): Statement => askTrial(trial, { table, copy, json: { markers, added }, texts: { made, replaced } });

/**
 * A view's old and new definition: whether PostgreSQL takes the one for the other, and how it prints it. What is planned is only
 * the definition: nothing is evaluated.
 */
const triedReplacement = replacementTrial({
  name: 'tried_replacement',
  declares: `  trial text := format('underpin.%I', copy || '_view');`,
  prints: `  RETURN NEXT json_build_object('definition', pg_get_viewdef(trial::regclass), 'still', (
    SELECT coalesce(json_agg(DISTINCT a.attname), '[]')
    FROM pg_rewrite AS r
    JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
    JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE r.ev_class = trial::regclass AND d.refclassid = 'pg_class'::regclass
      AND ((d.refobjid = relation::regclass AND a.attname IN (SELECT jsonb_object_keys(markers)))
           OR (d.refobjid = of_table::regclass))))::text;`,
  ends: `  EXECUTE format('DROP VIEW %s', trial);`,
});

export const installTriedReplacement: Statement = installTrial(triedReplacement);

export const askTriedReplacement = (asked: TriedReplacement): Statement =>
  askReplacementTrial(triedReplacement, asked);
