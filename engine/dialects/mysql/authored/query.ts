import { brief } from '../../../plan/brief.ts';
import type { Brief } from '../../../plan/plan.ts';
import { procedure } from '../procedure.ts';
import { literal } from '../quote.ts';
import { bareTables } from './bare-tables.ts';
import { isSign, isWord, readStatement } from './statement.ts';

// Of MySQL's own functions; one of somebody is called with its database.
const acting = [
  'sleep',
  'get_lock',
  'release_lock',
  'release_all_locks',
  'benchmark',
  'load_file',
  'last_insert_id',
];

/** Whether a text is one query that writes nothing, over tables with their databases. */
export function isQuery(text: string): boolean {
  const statement = readStatement(text);
  if (statement === undefined || !isWord(statement.tokens[0], 'select', 'with')) return false;
  const { tokens } = statement;
  const acts = tokens.some(
    (each, at) =>
      isWord(each, 'into', 'lock', 'update', 'share', 'insert', 'delete', 'procedure') ||
      (isSign(tokens[at + 1], '(') && (isSign(tokens[at - 1], '.') || isWord(each, ...acting))),
  );
  return !acts && bareTables(statement).length === 0;
}

/** No row's value is in what it raises. */
export const mustBeEmptyProcedure = procedure(
  'must_be_empty',
  ['query LONGTEXT CHARACTER SET utf8mb4'],
  `BEGIN
  SET @underpin_query = CONCAT('SELECT EXISTS (', query, '\\n) INTO @underpin_gives');
  PREPARE underpin_query FROM @underpin_query;
  EXECUTE underpin_query;
  DEALLOCATE PREPARE underpin_query;
  IF @underpin_gives THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the verify query of the migration gives a row';
  END IF;
END`,
);

export const mustBeEmpty = (query: string): Brief =>
  brief('check that the verify query returns no row', 'none', [mustBeEmptyProcedure.call(literal(query))]);
