import * as z from 'zod';
import type { Database, Statement } from '../../../database/database.ts';
import { column } from '../../../catalog/facts.ts';
import type { Fault } from '../../../spec/fault.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { describeColumns } from '../catalog.ts';
import { copyingFaults } from '../requirements.ts';
import type { CopyHindrances } from '../../inspector.ts';
import { hiddenKeys } from '../hidden-keys.ts';
import { literal, mostCharacters } from '../quote.ts';
import { grows } from './copied-names.ts';
import { numbersLeft } from './numbers-left.ts';
import { actsByItself, ownKeys } from './own-keys.ts';
import { oldReaderFaults } from './old-readers.ts';
import { copyFaults } from './retyped-copy.ts';

const dropsKey =
  'Drop it before the start, give its column the type, and add it again when the migration has completed: kind add-foreign-key.';

const addsKeyAgain =
  'Drop it before the start, and add it again when the migration has completed: kind add-foreign-key.';
/** RENAME TABLE lets it, with foreign_key_checks off too. */
const goesOn = ': it follows the table that it refers to, and would go on referring to the old one';
const noOtherType = ', and MySQL takes no other type on either side of it (3780)';

const isCheck = "t.table_schema = :schema AND t.table_name = :name AND t.constraint_type = 'CHECK'";
const isNamedByServer = `(LEFT(t.constraint_name, CHAR_LENGTH(:name) + 5) = CONCAT(:name, '_chk_')
      AND REGEXP_LIKE(SUBSTRING(t.constraint_name, CHAR_LENGTH(:name) + 6), '^[0-9]+$'))`;

const isOwnKey = `k.constraint_schema = :schema AND k.table_name = :name
    AND NOT (k.unique_constraint_schema = :schema AND k.referenced_table_name = :name)`;
/** Characters of the name that MySQL gives to a check of the copy, whatever the table's was called. */
const copiedCheck = `(CHAR_LENGTH(:name) + ${grows} + CHAR_LENGTH('_chk_') + (
    SELECT CHAR_LENGTH(COUNT(*)) FROM information_schema.table_constraints AS t WHERE ${isCheck}))`;

/** What would stay with the old table when the names are exchanged, or would be done twice; each in words. */
const describeHindrances = ({ schema, name }: TableName, retyped: string): Statement => ({
  text: `WITH found (fact, remedy) AS (
  SELECT CONCAT('the trigger ', g.trigger_name, ' of ', :name, ' would stay with the old table, and fire for its copies'),
    'Drop it for as long as the migration runs, or do what it does in the application.'
  FROM information_schema.triggers AS g
  WHERE g.event_object_schema = :schema AND g.event_object_table = :name
  UNION ALL
  SELECT CONCAT('the foreign key ', k.constraint_name, ' of ', k.constraint_schema, '.', k.table_name, ' refers to ', :name, ${literal(goesOn)}, IF(t.is_about, ${literal(noOtherType)}, '')),
    IF(t.is_about, ${literal(dropsKey)}, ${literal(addsKeyAgain)})
  FROM information_schema.referential_constraints AS k
  JOIN LATERAL (
    SELECT COUNT(*) > 0 AS is_about FROM information_schema.key_column_usage AS u
    WHERE u.constraint_schema = k.constraint_schema AND u.table_name = k.table_name AND u.constraint_name = k.constraint_name
      AND u.referenced_column_name = :retyped) AS t
  WHERE k.unique_constraint_schema = :schema AND k.referenced_table_name = :name
  UNION ALL
  SELECT CONCAT('the foreign key ', k.constraint_name, ' of ', :name, ' is ON DELETE ', k.delete_rule, ' ON UPDATE ', k.update_rule, ', and rows that it changes fire no trigger'),
    ${literal(addsKeyAgain)}
  FROM information_schema.referential_constraints AS k
  WHERE ${isOwnKey} AND ${actsByItself}
  UNION ALL
  SELECT CONCAT('the foreign key ', k.constraint_name, ' of ', :name, ' is about ', :retyped, ', and MySQL takes no other type on either side of it (3780)'),
    ${literal(dropsKey)}
  FROM information_schema.referential_constraints AS k
  WHERE ${isOwnKey} AND EXISTS (
    SELECT 1 FROM information_schema.key_column_usage AS u
    WHERE u.table_schema = :schema AND u.table_name = :name AND u.constraint_name = k.constraint_name AND u.column_name = :retyped)
  UNION ALL
  SELECT CONCAT('the foreign key ', k.constraint_name, ' of ', :name, ' is called by its table, and would have a name of ', CHAR_LENGTH(k.constraint_name) + ${grows}, ' characters: ${mostCharacters} is the most (1059)'),
    'Give the table a shorter name first.'
  FROM information_schema.referential_constraints AS k
  WHERE ${isOwnKey} AND LEFT(k.constraint_name, CHAR_LENGTH(:name) + 6) = CONCAT(:name, '_ibfk_') AND CHAR_LENGTH(k.constraint_name) + ${grows} > ${mostCharacters}
  UNION ALL
  SELECT CONCAT('the copy of the check ', t.constraint_name, ' of ', :name, ' would have a name of ', ${copiedCheck}, ' characters: ${mostCharacters} is the most (1059)'),
    'Give the table a shorter name first.'
  FROM information_schema.table_constraints AS t
  WHERE ${isCheck} AND NOT ${isNamedByServer} AND ${copiedCheck} > ${mostCharacters}
  UNION ALL
  SELECT CONCAT('the check ', t.constraint_name, ' of ', :name, ' is called by its table, and would have a name of ', CHAR_LENGTH(t.constraint_name) + ${grows}, ' characters: ${mostCharacters} is the most (1059)'),
    'Give the table a shorter name first.'
  FROM information_schema.table_constraints AS t
  WHERE ${isCheck} AND ${isNamedByServer} AND CHAR_LENGTH(t.constraint_name) + ${grows} > ${mostCharacters}
  UNION ALL
  SELECT CONCAT('the column ', c.column_name, ' draws numbers and is INVISIBLE'), 'Make it visible first.'
  FROM information_schema.columns AS c
  WHERE c.table_schema = :schema AND c.table_name = :name AND c.extra LIKE '%auto_increment%' AND c.extra LIKE '%INVISIBLE%'
)
SELECT JSON_OBJECT('fact', f.fact, 'remedy', f.remedy) FROM found AS f ORDER BY f.fact`,
  parameters: { schema, name, retyped },
  catalogOnly: true,
});

/** Checks that somebody has named: MySQL names those of a copy itself, and gives none another name. */
const describeNamedChecks = ({ schema, name }: TableName): Statement => ({
  text: `SELECT JSON_OBJECT('name', t.constraint_name) FROM information_schema.table_constraints AS t
WHERE ${isCheck} AND NOT ${isNamedByServer} ORDER BY t.constraint_name`,
  parameters: { schema, name },
  catalogOnly: true,
});

const fault = z.object({ fact: z.string(), remedy: z.string() });
const remark = z.object({ what: z.string() });

/** What keeps a table from being copied, with another type for a column, and exchanged with its copy. */
export async function copyHindrances(
  database: Database,
  table: TableName,
  retyped: string,
): Promise<CopyHindrances> {
  const columns = await database.rows(describeColumns(table), column);
  const hidden = await hiddenKeys(database, table);
  const keys = await ownKeys(database, table);
  const checks = await database.rows(describeNamedChecks(table), z.object({ name: z.string() }));
  const faults = [
    ...(await database.rows(describeHindrances(table, retyped), fault)),
    ...(hidden ?? []).map((what) => hiddenFault(what, table)),
    ...copyFaults({ table, columns }),
    ...(await copyingFaults(
      database,
      table,
      keys.map(({ references }) => references),
    )),
    ...(await oldReaderFaults(database)),
  ];
  const found = columns.find(({ name }) => name === retyped);
  const text = found === undefined ? undefined : numbersLeft(table, found);
  const remarks = text === undefined ? [] : await database.rows({ text }, remark);
  return {
    faults,
    keys,
    warnings: [...checks.map(({ name }) => renamedCheck(name, table)), ...remarks.map(({ what }) => what)],
  };
}

const hiddenFault = (what: string, { name }: TableName): Fault => ({
  fact: `the ${what} refers to ${name}${goesOn}${noOtherType}`,
  remedy: dropsKey,
});

const renamedCheck = (check: string, { schema, name }: TableName): string =>
  `the check ${check} of ${schema}.${name} has a name that MySQL makes from the swap on, ${name}_chk_1 or another number: no two checks of a database have one name, and none gets another without a copy under a lock. What an error says of it (3819) has that name`;
