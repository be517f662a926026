import * as z from 'zod';
import {
  dependent,
  leavingColumn,
  type Dependent,
  type LeavingColumn,
} from '../../catalog/dependent-objects.ts';
import { indexFacts } from '../../catalog/facts.ts';
import { one, type Database, type Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';
import { keysOver } from './heir-keys.ts';
import { hiddenKeys } from './hidden-keys.ts';
import { describeIndexes } from './indexes.ts';
import { keyDefinition } from './key-statements.ts';
import { identifier, jsonTruth, literal } from './quote.ts';

const named = (text: string, column: string): string => `LOCATE(${literal(identifier(column))}, ${text}) > 0`;

/** What MySQL would not hide or drop a column for, and triggers on its table that would fail without it. */
const describeKept = ({ schema, name }: TableName, column: string): Statement => ({
  text: `WITH found (what, refers, fires) AS (
  SELECT DISTINCT CONCAT('foreign key ', k.constraint_name, ' of ', k.table_schema, '.', k.table_name), TRUE, FALSE
  FROM information_schema.key_column_usage AS k
  WHERE k.referenced_table_schema = :schema AND k.referenced_table_name = :name AND k.referenced_column_name = :column
  UNION ALL
  SELECT CONCAT('check ', c.constraint_name), FALSE, FALSE
  FROM information_schema.check_constraints AS c
  JOIN information_schema.table_constraints AS t ON t.constraint_schema = c.constraint_schema AND t.constraint_name = c.constraint_name
  WHERE t.table_schema = :schema AND t.table_name = :name AND ${named('c.check_clause', column)}
  UNION ALL
  SELECT CONCAT('generated column ', c.column_name), FALSE, FALSE
  FROM information_schema.columns AS c
  WHERE c.table_schema = :schema AND c.table_name = :name AND ${named('c.generation_expression', column)}
  UNION ALL
  SELECT DISTINCT CONCAT('index ', s.index_name, ', which computes with it,'), FALSE, FALSE
  FROM information_schema.statistics AS s
  WHERE s.table_schema = :schema AND s.table_name = :name AND ${named("COALESCE(s.expression, '')", column)}
  UNION ALL
  SELECT CONCAT('trigger ', g.trigger_name), FALSE, TRUE
  FROM information_schema.triggers AS g
  WHERE g.event_object_schema = :schema AND g.event_object_table = :name
    AND REGEXP_LIKE(g.action_statement, CONCAT('(^|[^A-Za-z0-9_$])(NEW|OLD)[[:space:]]*\\\\.[[:space:]]*\`?', REGEXP_REPLACE(:column, '([^A-Za-z0-9_])', '[$1]'), '\`?($|[^A-Za-z0-9_$])'), 'i')
)
SELECT JSON_OBJECT('what', f.what, 'foreignKey', ${jsonTruth('f.refers')}, 'publication', FALSE, 'bound', FALSE, 'trigger', ${jsonTruth('f.fires')})
FROM found AS f ORDER BY f.what`,
  parameters: { schema, name, column },
  catalogOnly: true,
});

const keeps = (what: string, foreignKey: boolean): Dependent => ({
  what,
  foreignKey,
  publication: false,
  doubled: false,
  bound: false,
  trigger: false,
  view: false,
  materialized: false,
  remade: false,
});

/** What keeps a column from going. */
export async function keptFor(
  database: Database,
  table: TableName,
  column: string,
): Promise<readonly Dependent[]> {
  const own = new Set((await keysOver(database, table, column)).map(({ name }) => name));
  const found = [
    ...(await database.rows(describeKept(table, column), dependent)),
    ...((await hiddenKeys(database, table, column)) ?? []).map((what) => keeps(what, true)),
  ];
  const indexes = (await database.rows(describeIndexes(table), indexFacts)).filter(
    (index) => index.columns.includes(column) && index.referredBy.some((key) => !own.has(key)),
  );
  const needed = indexes.map(({ name, referredBy }) =>
    keeps(`foreign key ${referredBy.join(', ')}, by the index ${name},`, false),
  );
  return [...found, ...needed.filter(({ what }) => !found.some((each) => what.startsWith(`${each.what},`)))];
}

const nullable = z.object({ refusesNull: z.boolean() });

/** What goes with a column: its indexes, each as a whole, for MySQL would keep them without it. */
export async function leavingOf(
  database: Database,
  table: TableName,
  column: string,
): Promise<LeavingColumn> {
  const { refusesNull } = await one(database, describeNull(table, column), nullable);
  const keys = await keysOver(database, table, column);
  const indexes = (await database.rows(describeIndexes(table), indexFacts)).filter(({ columns }) =>
    columns.includes(column),
  );
  return leavingColumn.parse({
    goesWith: [
      ...keys.map((key) => `foreign key ${key.name} ${keyDefinition(key).replace(/^FOREIGN KEY /u, '')}`),
      ...indexes.map(
        ({ name, unique, definition }) => `${unique ? 'unique ' : ''}index ${name} ${definition}`,
      ),
    ],
    bytes: null,
    refusesNull,
    byItsType: false,
    indexes: indexes.map(({ name }) => name),
    foreignKeys: keys.map(({ name }) => name),
  });
}

const describeNull = ({ schema, name }: TableName, column: string): Statement => ({
  text: `SELECT JSON_OBJECT('refusesNull', ${jsonTruth("c.is_nullable = 'NO'")})
FROM information_schema.columns AS c
WHERE c.table_schema = :schema AND c.table_name = :name AND c.column_name = :column`,
  parameters: { schema, name, column },
  catalogOnly: true,
});
