import type { TableName } from '../../spec/table-name.ts';
import { lateState } from './errors.ts';
import { ourMode } from './ladder-procedure.ts';
import { procedure } from './procedure.ts';
import { execute, longText } from './procedure-parts.ts';
import { literal } from './quote.ts';
import { onlineLockSeconds } from './units.ts';

/** The way back is tried a few times; between two attempts whoever waits behind one gets to the table. */
const waysBack = { attempts: 10, lockSeconds: 1, pauseSeconds: 1 };

/**
 * Gives a view a table's name, unless the table has become another since the plan: a view of the plan's columns would fail whoever uses the
 * others. RENAME gives up the locks of its session before it waits for its own, so that no question can be asked under them: a change of the
 * table may be ahead of it. So it is asked once more behind it, when nothing changes the table by its old name, and the names go back.
 * `before_it` and `after_it` are queries that set `@underpin_unlike`, of the table by either name. A call whose way back failed is sent again:
 * `whether_there` sets `@underpin_is_there`, and then only what is left is done. `pause` is a statement that waits.
 */
export const takeNameProcedure = procedure(
  'take_name',
  ['there', 'back', 'pause', 'whether_there', 'before_it', 'after_it'].map((name) => `${name} ${longText}`),
  `BEGIN
  DECLARE usual_lock BIGINT DEFAULT @@SESSION.lock_wait_timeout;
  DECLARE usual_mode LONGTEXT DEFAULT @@SESSION.sql_mode;
  DECLARE attempt BIGINT DEFAULT 0;
  DECLARE is_back BOOLEAN DEFAULT FALSE;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
    SET SESSION lock_wait_timeout = usual_lock, sql_mode = usual_mode;
    RESIGNAL;
  END;
  SET SESSION lock_wait_timeout = ${onlineLockSeconds}, sql_mode = '${ourMode}';
  SET @underpin_unlike = NULL;
    ${execute('whether_there')}
  IF NOT @underpin_is_there THEN
    ${execute('before_it')}
    IF @underpin_unlike IS NULL THEN
      ${execute('there')}
      SET @underpin_is_there = TRUE;
    END IF;
  END IF;
  IF @underpin_is_there THEN
    ${execute('after_it')}
    SET SESSION lock_wait_timeout = ${waysBack.lockSeconds};
    WHILE @underpin_unlike IS NOT NULL AND NOT is_back DO
      BEGIN
        DECLARE EXIT HANDLER FOR 1205 BEGIN
          IF attempt >= ${waysBack.attempts} THEN
            RESIGNAL;
          END IF;
          ${execute('pause')}
        END;
        SET attempt = attempt + 1;
        ${execute('back').replaceAll('\n    ', '\n        ')}
        SET is_back = TRUE;
      END;
    END WHILE;
  END IF;
  IF @underpin_unlike IS NOT NULL THEN
    SIGNAL SQLSTATE '${lateState}' SET MESSAGE_TEXT = 'the table is not as it was planned';
  END IF;
  SET SESSION lock_wait_timeout = usual_lock, sql_mode = usual_mode;
END`,
);

const columnsOf = ({ schema, name }: TableName): string =>
  `information_schema.columns AS c WHERE c.table_schema = ${literal(schema)} AND c.table_name = ${literal(name)}`;

const unplanned = (table: TableName, planned: readonly string[]): string =>
  `${columnsOf(table)} AND (c.column_name NOT IN (${planned.map(literal).join(', ')}) OR c.extra LIKE '%INVISIBLE%')`;

/** What tells a table's columns from those of the plan: `what`. No rows where nothing does. */
const differences = (table: TableName, planned: readonly string[]): string =>
  `(
  SELECT CONCAT('column ', c.column_name, ' is new') AS what
  FROM ${unplanned(table, planned)}
  UNION ALL
  SELECT CONCAT('column ', p.name, ' is gone')
  FROM JSON_TABLE(${literal(JSON.stringify(planned))}, '$[*]' COLUMNS (name VARCHAR(64) CHARACTER SET utf8mb4 PATH '$')) AS p
  WHERE NOT EXISTS (SELECT 1 FROM ${columnsOf(table)} AND c.column_name = p.name)
) AS d`;

/** Sets `@underpin_unlike` to those differences; NULL where there are none. */
const unlikePlanned = (table: TableName, planned: readonly string[]): string =>
  `SELECT GROUP_CONCAT(d.what SEPARATOR ', ') INTO @underpin_unlike FROM ${differences(table, planned)}`;

/**
 * A condition: the table has the plan's columns and no others, so that the view can be read and hides none. The exchange may end, by a
 * server that dies or a way back that fails, before the second question is answered.
 */
export const isAsPlanned = (table: TableName, planned: readonly string[]): string =>
  `NOT EXISTS (SELECT 1 FROM ${differences(table, planned)})`;

/** A condition: there is a table, or a view, of that name. */
export const isOf = ({ schema, name }: TableName, type: 'BASE TABLE' | 'VIEW'): string => `EXISTS (
    SELECT 1 FROM information_schema.tables AS t
    WHERE t.table_schema = ${literal(schema)} AND t.table_name = ${literal(name)} AND t.table_type = ${literal(type)})`;

/** A condition: the table has its other name, and a view the old one. Somebody else's table of that name is not ours. */
export const isExchanged = (table: TableName, base: TableName): string =>
  `${isOf(base, 'BASE TABLE')}\n    AND ${isOf(table, 'VIEW')}`;

/** A call that gives the table its other name and the view the old one, by `there`, or back. `mark`: by which it is known while it runs. */
export const takeNameCall = (
  {
    table,
    base,
    columns,
  }: { readonly table: TableName; readonly base: TableName; readonly columns: readonly string[] },
  { there, back, mark }: { readonly there: string; readonly back: string; readonly mark: string },
): string =>
  takeNameProcedure.call(
    ...[
      there,
      back,
      `${mark}\nDO SLEEP(${waysBack.pauseSeconds})`,
      `SELECT ${isExchanged(table, base)} INTO @underpin_is_there`,
      unlikePlanned(table, columns),
      unlikePlanned(base, columns),
    ].map(literal),
  );
