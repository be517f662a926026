import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';
import { describeTakenDefaults } from './absent.ts';
import { isOurTrigger } from './made-names.ts';
import { regclass } from './quote.ts';

/** Whether the foreign key `k`, which refers to a column, is there once more over the same columns and without that one. */
const isDoubled = (column: string): string =>
  `EXISTS (SELECT FROM pg_constraint AS j
          WHERE j.contype = 'f' AND k.contype = 'f' AND j.conrelid = k.conrelid AND j.confrelid = k.confrelid
            AND j.conkey = k.conkey AND j.oid <> k.oid AND NOT ${column}.attnum = ANY (j.confkey))`;

/** Whether the dependent `d` is the text of a view of that kind. */
const isOfView = (kind: 'v' | 'm'): string =>
  `EXISTS (SELECT FROM pg_rewrite AS r JOIN pg_class AS v ON v.oid = r.ev_class AND v.relkind = '${kind}'
          WHERE d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid)`;

/**
 * What else hangs on a column and would stop it from being dropped, in PostgreSQL's own words: views, policies,
 * triggers, generated columns, functions with parsed bodies, publications; and trigger functions that name it.
 */
export const describeDependents = (table: TableName, column: string): Statement => ({
  text: `SELECT json_build_object('what', pg_describe_object(d.classid, d.objid, d.objsubid),
  'foreignKey', coalesce(k.contype::text = 'f' AND k.conrelid <> d.refobjid, false),
  'doubled', ${isDoubled('a')}, 'publication', d.classid = 'pg_publication_rel'::regclass, 'bound', true, 'trigger', d.classid = 'pg_trigger'::regclass,
  'view', ${isOfView('v')}, 'materialized', ${isOfView('m')},
  'remade', EXISTS (SELECT FROM pg_trigger AS t WHERE d.classid = 'pg_trigger'::regclass AND t.oid = d.objid AND t.tgrelid = d.refobjid)
            OR EXISTS (SELECT FROM pg_policy AS p WHERE d.classid = 'pg_policy'::regclass AND p.oid = d.objid AND p.polrelid = d.refobjid)
            OR EXISTS (SELECT FROM pg_rewrite AS r WHERE d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid AND r.ev_class = d.refobjid))::text
FROM pg_depend AS d
JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
LEFT JOIN pg_constraint AS k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = ${regclass(table)} AND a.attname = :column
  AND NOT (d.classid = 'pg_class'::regclass AND d.objid <> d.refobjid AND d.deptype IN ('a', 'i', 'n')
           AND EXISTS (SELECT FROM pg_class AS x WHERE x.oid = d.objid AND x.relkind IN ('i', 'I', 'S')))
  AND NOT (d.classid = 'pg_constraint'::regclass AND k.conrelid = d.refobjid)
  AND NOT (d.classid = 'pg_attrdef'::regclass
           AND EXISTS (SELECT FROM pg_attrdef AS f WHERE f.oid = d.objid AND f.adrelid = d.refobjid AND f.adnum = d.refobjsubid))
  AND d.classid <> 'pg_statistic_ext'::regclass
  AND NOT EXISTS (SELECT FROM pg_trigger AS t
                  WHERE d.classid = 'pg_trigger'::regclass AND t.oid = d.objid AND ${isOurTrigger('t.tgname')})
UNION
SELECT json_build_object('what', 'primary key or unique constraint that a foreign key of ' || k.conrelid::regclass::text || ' refers to',
  'foreignKey', true, 'doubled', ${isDoubled('a')}, 'publication', false, 'bound', true, 'trigger', false)::text
FROM pg_constraint AS k
JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = ANY (k.confkey)
WHERE k.contype = 'f' AND k.confrelid = ${regclass(table)} AND a.attname = :column
UNION
${describeTakenDefaults(regclass(table))}
UNION
SELECT json_build_object('what', 'function ' || t.tgfoid::regprocedure::text || ' of trigger ' || quote_ident(t.tgname),
  'foreignKey', false, 'publication', false, 'bound', false, 'trigger', true)::text
FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
WHERE t.tgrelid = ${regclass(table)} AND NOT t.tgisinternal AND NOT ${isOurTrigger('t.tgname')}
  AND (p.prosrc ~ :quoted OR lower(p.prosrc) ~ :folded)
ORDER BY 1`,
  parameters: { column, ...rowFieldPatterns(column) },
});

/**
 * How a trigger's function writes a column of its row, as regular expressions. PostgreSQL does not look into function
 * bodies: it would let the column go, and every write of the application would fail from then on.
 */
function rowFieldPatterns(column: string): { readonly quoted: string; readonly folded: string } {
  const quoted = `\\m([Nn][Ee][Ww]|[Oo][Ll][Dd])\\s*\\.\\s*"${exactly(column.replaceAll('"', '""'))}"`;
  // Without quotes only a name in lower case can be meant.
  const folded = column === column.toLowerCase() ? `\\m(new|old)\\s*\\.\\s*${exactly(column)}\\M` : quoted;
  return { quoted, folded };
}

const exactly = (name: string): string => name.replaceAll(/[^\p{L}\p{N}_]/gu, '\\$&');
