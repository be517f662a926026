import type { Database } from '../../../database/database.ts';
import type { SqlParser } from '../../../database/sql-parser.ts';
import type { ThroughView } from '../../inspector.ts';
import { functionTexts } from '../naming/function-naming.ts';
import { refusedByView, type ViewedTable } from '../naming/through-view.ts';
import { functionBodies } from './catalog-needs.ts';
import { CountedStatements } from './counted-statements.ts';

/**
 * Statements that the server has counted, and functions, that would fail once a view has the table's name. What cannot be
 * parsed is passed over: it forbids nothing, and people are told that somebody has looked, not that nothing fails.
 */
export async function throughView(
  database: Database,
  viewed: ViewedTable,
  parser: SqlParser,
): Promise<ThroughView> {
  const { table } = viewed;
  const refused = (text: string | null): readonly string[] => {
    try {
      return text === null ? [] : refusedByView(parser.sql(text), viewed);
    } catch {
      return [];
    }
  };
  const counted = await new CountedStatements(database, { table, columns: [] }).soFar();
  const bodies = await functionBodies({ database, table, column: table.name });
  return {
    unmeasured: 'why' in counted ? counted.why : null,
    statements:
      'why' in counted
        ? []
        : counted.flatMap(({ queryId, role, calls, text, isWhole }) => {
            const fails = isWhole ? refused(text) : [];
            return fails.length === 0 ? [] : [{ queryId, role, calls, fails }];
          }),
    functions: bodies.flatMap((body) => {
      const fails = [...new Set(functionTexts(body, parser).flatMap(refused))];
      return fails.length === 0 ? [] : [{ name: body.name, fails }];
    }),
  };
}
