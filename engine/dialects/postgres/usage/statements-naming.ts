import type { NamedStatement, StatementsMeasured } from '../../../evidence/measured.ts';
import type { Naming } from '../naming/findings.ts';
import type { SqlParser } from '../../../database/sql-parser.ts';
import { mentions } from '../naming/mentions.ts';
import type { OldColumn } from '../naming/scope.ts';
import { namingOf } from '../naming/statement-naming.ts';
import { oldColumn, type ColumnPlace } from './old-column.ts';
import type { CalledStatement, Counted } from './counted-statements.ts';

/** Which of the statements that were called name one of the old columns. */
export async function statementsNaming(
  places: readonly ColumnPlace[],
  parser: SqlParser,
  { since, readers, statements }: Counted,
): Promise<StatementsMeasured> {
  const read = statements
    .filter(({ text }) => !isMarked(text))
    .map((statement) => ({ statement, tree: parsed(statement, parser) }));
  const trees = read.map(({ tree }) => tree);
  const olds: OldColumn[] = [];
  for (const place of places) olds.push(await oldColumn(place, trees));
  const judged = read.map(({ statement, tree }) => ({
    statement,
    naming: together(olds.map((old) => judge(statement, tree, old))),
  }));
  return {
    kind: 'counted',
    since,
    readers,
    named: judged.flatMap(({ statement, naming }) => named(statement, naming)),
    wholeRow: judged.filter(({ naming }) => naming.wholeRow && !naming.own).length,
  };
}

// A comment by which a statement says that it knows both shapes: a rehearsal's own comparison does.
const isMarked = (text: string | null): boolean => text?.includes('/* underpin') === true;

function parsed({ text, isWhole }: CalledStatement, parser: SqlParser): unknown {
  if (text === null || !isWhole) return null;
  try {
    return parser.sql(text);
  } catch {
    return null;
  }
}

/** Fail closed: what cannot be parsed counts when it mentions the column, and always when its text is lost. */
function judge({ text }: CalledStatement, tree: unknown, old: OldColumn): Naming {
  if (tree !== null) return namingOf(tree, old);
  const reads = text === null || mentions(text, old.column);
  return { verb: 'a statement', own: false, reads, writes: false, wholeRow: false, doubtful: true };
}

/** What a statement names of several columns. */
const together = (namings: readonly Naming[]): Naming => {
  const some = (key: 'reads' | 'writes' | 'wholeRow' | 'doubtful'): boolean =>
    namings.some((each) => each[key]);
  return {
    verb: namings[0]?.verb ?? 'a statement',
    own: namings.every(({ own }) => own),
    reads: some('reads'),
    writes: some('writes'),
    wholeRow: some('wholeRow'),
    doubtful: some('doubtful'),
  };
};

function named({ queryId, role, calls }: CalledStatement, naming: Naming): readonly NamedStatement[] {
  const { own, reads, writes, verb, doubtful } = naming;
  return own || !(reads || writes) ? [] : [{ queryId, role, verb, calls, writes, doubtful }];
}
