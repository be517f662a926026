import type { TableCopy } from '../../copies.ts';
import { dollarQuoted, literal, qualifiedName } from '../quote.ts';

/** A name that is not among those that were planned with. */
const unknown = (name: string, known: readonly { readonly name: string }[]): string =>
  `${name} <> ALL (ARRAY[${known.map((each) => literal(each.name)).join(', ')}]::name[])`;

/**
 * Under the lock: what somebody has put on the table since it was planned stays with the old table, and goes with it. The copy
 * has what was there then, so an index, statistics or a constraint is new by its name, a default by what it says.
 */
export function nothingNew({ table, fresh, indexes, facts }: TableCopy): string {
  const on = (which: typeof table): string => `${literal(qualifiedName(which))}::regclass`;
  const itself = on(table);
  const defaults = (which: typeof table): string =>
    `SELECT a.attname, pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef AS d
      JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE d.adrelid = ${on(which)}`;
  const body = `DECLARE
  added text;
BEGIN
  added := (SELECT string_agg(found.what, ', ' ORDER BY found.what) FROM (
    SELECT 'index ' || x.relname FROM pg_index AS i JOIN pg_class AS x ON x.oid = i.indexrelid
    WHERE i.indrelid = ${itself} AND ${unknown('x.relname', indexes)}
    UNION ALL SELECT 'constraint ' || conname FROM pg_constraint
    WHERE conrelid = ${itself} AND contype IN ('c', 'f') AND ${unknown('conname', facts.constraints)}
    UNION ALL SELECT 'statistics ' || stxname FROM pg_statistic_ext
    WHERE stxrelid = ${itself} AND ${unknown('stxname', facts.statistics)}
    UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE tgrelid = ${itself} AND NOT tgisinternal
    UNION ALL SELECT 'policy ' || polname FROM pg_policy WHERE polrelid = ${itself}
    UNION ALL SELECT 'row level security' FROM pg_class WHERE oid = ${itself} AND (relrowsecurity OR relforcerowsecurity)
    UNION ALL SELECT 'rule ' || rulename FROM pg_rewrite WHERE ev_class = ${itself}
    UNION ALL SELECT 'foreign key ' || conname || ' that refers to it' FROM pg_constraint
    WHERE confrelid = ${itself} AND conrelid <> ${itself} AND contype = 'f'
    UNION ALL SELECT 'publication ' || p.pubname FROM pg_publication_rel AS r JOIN pg_publication AS p ON p.oid = r.prpubid
    WHERE r.prrelid = ${itself}
    UNION ALL SELECT 'default of ' || d.attname FROM ((${defaults(table)})
    EXCEPT (${defaults(fresh)})) AS d) AS found (what));
  IF added IS NOT NULL THEN
    RAISE EXCEPTION '% lacks what came to % since it was planned: %', ${literal(fresh.name)}, ${literal(table.name)}, added
      USING ERRCODE = 'invalid_table_definition';
  END IF;
END`;
  return `DO ${dollarQuoted(body, 'new')}`;
}
