import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';

/** A name as a part of a pattern. */
const asPattern = (word: string): string =>
  `REGEXP_REPLACE(${word}, '([-\\\\\\\\^$.|?*+()\\\\[\\\\]{}&~#])', '\\\\\\\\$1')`;

// A word of SQL and not a part of one; names compare without regard to case.
export const namesWord = (text: string, word: string): string =>
  `REGEXP_LIKE(${text}, CONCAT('(^|[^A-Za-z0-9_$])', ${asPattern(word)}, '($|[^A-Za-z0-9_$])'), 'i')`;

const isOthers = "r.routine_schema NOT IN ('sys', 'underpin')";
const ours = (name: string): string => `${name} NOT LIKE 'underpin\\\\_%'`;

/** The table with its schema in front. */
const namesQualified = (text: string): string =>
  `REGEXP_LIKE(${text}, CONCAT('(^|[^A-Za-z0-9_$])', ${asPattern(':schema')}, '\`?[[:space:]]*\\\\.[[:space:]]*\`?', ${asPattern(':name')}, '($|[^A-Za-z0-9_$])'), 'i')`;

/** A name alone is a table of the schema in which the object lies. */
const namesTable = (text: string, inSchema: string): string =>
  `((${inSchema} = :schema AND ${namesWord(text, ':name')}) OR ${namesQualified(text)})`;

/** Views, routines, triggers and events that name a column and may mean this one: those that name its table, or stand on it. */
export const describeMentions = ({ schema, name }: TableName, column: string): Statement => ({
  text: `WITH found (what) AS (
  SELECT CONCAT('view ', v.table_schema, '.', v.table_name) FROM information_schema.views AS v
  WHERE ${namesWord('v.view_definition', ':column')} AND ${namesTable('v.view_definition', 'v.table_schema')}
    AND v.table_schema <> 'sys'
  UNION ALL
  SELECT CONCAT(LOWER(r.routine_type), ' ', r.routine_schema, '.', r.routine_name) FROM information_schema.routines AS r
  WHERE ${isOthers} AND ${namesWord('r.routine_definition', ':column')} AND ${namesTable('r.routine_definition', 'r.routine_schema')}
  UNION ALL
  SELECT CONCAT('trigger ', g.trigger_schema, '.', g.trigger_name) FROM information_schema.triggers AS g
  WHERE ${ours('g.trigger_name')} AND ${namesWord('g.action_statement', ':column')}
    AND ((g.event_object_schema = :schema AND g.event_object_table = :name) OR ${namesTable('g.action_statement', 'g.trigger_schema')})
  UNION ALL
  SELECT CONCAT('event ', e.event_schema, '.', e.event_name) FROM information_schema.events AS e
  WHERE ${namesWord('e.event_definition', ':column')} AND ${namesTable('e.event_definition', 'e.event_schema')}
)
SELECT JSON_OBJECT('what', f.what) FROM found AS f ORDER BY f.what`,
  parameters: { schema, name, column },
  catalogOnly: true,
});

/** Routines, events and triggers of other tables that name a table and may mean this one. */
export const describeTableMentions = ({ schema, name }: TableName): Statement => ({
  text: `WITH found (what) AS (
  SELECT CONCAT(LOWER(r.routine_type), ' ', r.routine_schema, '.', r.routine_name) FROM information_schema.routines AS r
  WHERE ${isOthers} AND ${namesTable('r.routine_definition', 'r.routine_schema')}
  UNION ALL
  SELECT CONCAT('trigger ', g.trigger_schema, '.', g.trigger_name) FROM information_schema.triggers AS g
  WHERE ${ours('g.trigger_name')} AND NOT (g.event_object_schema = :schema AND g.event_object_table = :name)
    AND ${namesTable('g.action_statement', 'g.trigger_schema')}
  UNION ALL
  SELECT CONCAT('event ', e.event_schema, '.', e.event_name) FROM information_schema.events AS e
  WHERE ${namesTable('e.event_definition', 'e.event_schema')}
)
SELECT JSON_OBJECT('what', f.what) FROM found AS f ORDER BY f.what`,
  parameters: { schema, name },
  catalogOnly: true,
});

/** Triggers on the table that know the column and none of those that take its place, or that run after ours. */
export const describeTriggersBehind = (
  { schema, name }: TableName,
  column: string,
  to: readonly string[],
): Statement => ({
  text: `SELECT JSON_OBJECT('what', CONCAT('trigger ', g.trigger_name, IF(o.last IS NOT NULL, ' runs after the dual write', ' knows the old column alone')))
FROM information_schema.triggers AS g
LEFT JOIN (
  SELECT i.event_manipulation AS event, MAX(i.action_order) AS last FROM information_schema.triggers AS i
  WHERE i.event_object_schema = :schema AND i.event_object_table = :name AND i.action_timing = 'BEFORE' AND i.trigger_name LIKE 'underpin\\\\_%'
  GROUP BY i.event_manipulation
) AS o ON o.event = g.event_manipulation AND g.action_timing = 'BEFORE' AND g.action_order > o.last
WHERE g.event_object_schema = :schema AND g.event_object_table = :name AND ${ours('g.trigger_name')}
  AND (o.last IS NOT NULL OR (${namesWord('g.action_statement', ':column')}
    AND NOT EXISTS (SELECT 1 FROM JSON_TABLE(:to, '$[*]' COLUMNS (name VARCHAR(64) PATH '$')) AS n
                    WHERE ${namesWord('g.action_statement', 'n.name')})))
ORDER BY g.trigger_name`,
  parameters: { schema, name, column, to: JSON.stringify(to) },
  catalogOnly: true,
});
