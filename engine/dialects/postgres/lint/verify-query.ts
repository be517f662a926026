import { brief } from '../../../plan/brief.ts';
import type { SqlParser } from '../../../database/sql-parser.ts';
import type { Brief } from '../../../plan/plan.ts';
import { writesIn } from '../meaning/what-a-query-writes.ts';
import { dollarQuoted } from '../quote.ts';
import { partsOf } from './parts.ts';

/** Whether a text is one query that writes nothing, as far as its text tells. */
export function isQuery(text: string, parser: SqlParser): boolean {
  const statements = partsOf(text, parser) ?? [];
  const [part] = statements.flat();
  return (
    statements.length === 1 && part?.kind === 'SelectStmt' && writesIn({ SelectStmt: part.node }).length === 0
  );
}

/** No row's value is in what it raises. */
export function mustBeEmpty(query: string): Brief {
  const body = `BEGIN
  IF EXISTS (
${query}
  ) THEN
    RAISE EXCEPTION 'the verify query of the migration gives a row';
  END IF;
END`;
  return brief('check that the verify query returns no row', 'none', [`DO ${dollarQuoted(body, 'verify')}`]);
}
