import type { Statement } from '../../database/database.ts';
import { walkParameters } from '../../ledger/walk-id.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { RunningQuestions } from '../running-dialect.ts';
import { identifier, literal, qualifiedName } from './quote.ts';

/** What hangs on columns of a table and would go with them, or decides what a write of them means. */
export const describeSide = (table: TableName, columns: readonly string[]): Statement => ({
  text: `WITH a AS (
  SELECT * FROM pg_attribute
  WHERE attrelid = to_regclass(${literal(qualifiedName(table))}) AND attnum > 0 AND NOT attisdropped
    AND attname IN (SELECT jsonb_array_elements_text((:columns)::jsonb))
)
SELECT json_build_object('what', f.what, 'as', f.printed)::text
FROM (
  SELECT format('type of %I', attname) AS what,
         format_type(atttypid, atttypmod)
           || coalesce(' COLLATE ' || nullif(attcollation, 0)::regcollation::text, '') AS printed
  FROM a
  UNION ALL
  SELECT format('NOT NULL of %I', attname), attnotnull::text FROM a
  UNION ALL
  SELECT format('default of %I', a.attname), coalesce(pg_get_expr(d.adbin, d.adrelid), '')
  FROM a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  UNION ALL
  SELECT format('list of grants on %I', attname),
         (SELECT coalesce(string_agg(g::text, ' ' ORDER BY g::text), '') FROM unnest(attacl) AS g)
  FROM a
  UNION ALL
  -- Rows that the migrator no longer sees are neither copied nor compared.
  SELECT 'row level security of the table', format('%s %s', relrowsecurity, relforcerowsecurity)
  FROM pg_class WHERE oid IN (SELECT attrelid FROM a)
  UNION
  SELECT format('index %I', x.relname), pg_get_indexdef(x.oid)
  FROM a
  JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
  JOIN pg_class AS x ON d.classid = 'pg_class'::regclass AND x.oid = d.objid AND x.relkind IN ('i', 'I')
  UNION
  SELECT format('constraint %I', k.conname), pg_get_constraintdef(k.oid)
  FROM a JOIN pg_constraint AS k ON k.conrelid = a.attrelid AND a.attnum = ANY (k.conkey)
  -- PostgreSQL 18 has one for NOT NULL too.
  WHERE k.contype IN ('c', 'f', 'p', 'u', 'x')
) AS f
ORDER BY f.what`,
  parameters: { columns: JSON.stringify(columns) },
});

/**
 * Which of our triggers do not fire on every write. Ours do, whatever a session has set; whoever turns the triggers of a
 * table off and on again leaves them as those that do not.
 */
export const findSilentTriggers = (table: TableName, triggers: readonly string[]): Statement => ({
  text: `SELECT json_build_object('trigger', w.name, 'gone', g.oid IS NULL)::text
FROM jsonb_array_elements_text((:triggers)::jsonb) AS w (name)
LEFT JOIN pg_trigger AS g ON g.tgrelid = to_regclass(${literal(qualifiedName(table))}) AND g.tgname = w.name
WHERE g.tgenabled IS DISTINCT FROM 'A'
ORDER BY w.name`,
  parameters: { triggers: JSON.stringify(triggers) },
});

/** The whole number of a transaction that has ended, of which a row version has the lower half. */
const wholeNumber = (xmin: string): string => {
  const [low, next] = [`${xmin}::text::bigint`, 'pg_snapshot_xmax(pg_current_snapshot())::text::bigint'];
  return `(${low} + (((${next} - ${low}) >> 32) << 32))::text::xid8`;
};

/**
 * Which of our triggers, all as they should be, were changed since a walk began, or since the unit that made them: a row of the
 * catalog tells by its number who wrote it, and so does one of the ledger. A transaction with a lower number than the walk may end
 * later, and what it wrote beside our triggers is then not seen by the walk.
 */
export const findChangedTriggers = ({
  claim,
  table,
  triggers,
  since,
}: Parameters<RunningQuestions['changedTriggers']>[1]): Statement => ({
  text: `SELECT json_build_object('trigger', g.tgname)::text
FROM jsonb_array_elements_text((:triggers)::jsonb) AS w (name)
JOIN pg_trigger AS g ON g.tgrelid = to_regclass(${literal(qualifiedName(table))}) AND g.tgname = w.name
WHERE ${
    since === null
      ? `NOT EXISTS (SELECT FROM underpin.event AS e WHERE e.migration = :migration AND e.what = 'unit' AND e.xmin = g.xmin)`
      : `EXISTS (
  SELECT FROM underpin.checkpoint AS c
  WHERE c.migration = :migration AND c.purpose = :purpose AND c.start = :start AND c.n = :n AND NOT pg_visible_in_snapshot(${wholeNumber('g.xmin')}, c.begun_in))`
  }
ORDER BY g.tgname`,
  parameters: {
    triggers: JSON.stringify(triggers),
    ...(since === null ? { migration: claim.migration } : walkParameters(claim, since)),
  },
});

/** The statement that makes triggers fire on every write again. */
export const enableAlways = (table: TableName, triggers: readonly string[]): string =>
  `ALTER TABLE ${qualifiedName(table)} ${triggers.map((name) => `ENABLE ALWAYS TRIGGER ${identifier(name)}`).join(', ')}`;
