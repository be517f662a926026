import type { NamedStatement, StatementsMeasured } from '../../../evidence/measured.ts';
import type { Naming } from '../naming/findings.ts';
import type { SqlParser } from '../../../database/sql-parser.ts';
import { mentions } from '../naming/mentions.ts';
import { relationsIn } from '../naming/tree.ts';
import { tableItself, type OldColumn } from '../naming/scope.ts';
import { namingOf } from '../naming/statement-naming.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { oldColumn, type ColumnPlace } from './old-column.ts';
import type { CalledStatement, StatementCounts } from './counted-statements.ts';

type CountedNames = Extract<StatementsMeasured, { readonly kind: 'counted' }>;
type Judge = (statement: CalledStatement, tree: unknown) => Naming;

/** Which of the statements that were called name one of the old columns. */
export async function statementsNaming(
  places: readonly ColumnPlace[],
  parser: SqlParser,
  counted: StatementCounts,
): Promise<StatementsMeasured> {
  const read = readStatements(counted, parser);
  const trees = read.map(({ tree }) => tree);
  const olds: OldColumn[] = [];
  for (const place of places) olds.push(await oldColumn(place, trees));
  return measured(counted, read, (statement, tree) =>
    together(olds.map((old) => judge(statement, tree, old))),
  );
}

/** Which of the statements that were called name the table. `base`: where its rows are by now. */
export function statementsNamingTable(
  { table, base }: { readonly table: TableName; readonly base?: TableName },
  parser: SqlParser,
  counted: StatementCounts,
): StatementsMeasured {
  const read = readStatements(counted, parser);
  const isAlsoBase = base?.name === table.name;
  const naming = (of: TableName) => {
    const itself = tableItself(of);
    return measured(counted, read, (statement, tree) =>
      tree === null
        ? unread(statement, of.name)
        : ofTable(namingOf(tree, itself), isAlsoBase && !saysSchema(tree, of)),
    );
  };
  const found = naming(table);
  if (!isAlsoBase || counted.bySchema) return found;
  // Under the text that came first: where neither is named, the old one is not.
  return [found, naming(base)].every(({ named: all }) => all.length === 0)
    ? found
    : { kind: 'unmeasured', why: countedAsOne(table, base) };
}

const countedAsOne = (table: TableName, base: TableName): string =>
  `since PostgreSQL 18 a statement on ${table.schema}.${table.name} and the same on ${base.schema}.${base.name} are counted as one`;

/** Whether a statement names the table with its schema: without it, the session's search_path decides. */
const saysSchema = (tree: unknown, { schema, name }: TableName): boolean =>
  relationsIn(tree).some((each) => each.name === name && each.schema === schema);

const ofTable = (naming: Naming, isEither: boolean): Naming => ({
  ...naming,
  reads: naming.table === 'reads',
  writes: naming.table === 'changes',
  wholeRow: false,
  // A block is text to the parser.
  doubtful: naming.verb === 'DO' || isEither,
});

interface Read {
  readonly statement: CalledStatement;
  readonly tree: unknown;
}

const readStatements = ({ statements }: StatementCounts, parser: SqlParser): readonly Read[] =>
  statements
    .filter(({ text }) => !isMarked(text))
    .map((statement) => ({ statement, tree: parsed(statement, parser) }));

function measured({ since, readers }: StatementCounts, read: readonly Read[], judgeOne: Judge): CountedNames {
  const judged = read.map(({ statement, tree }) => ({ statement, naming: judgeOne(statement, tree) }));
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
function judge(statement: CalledStatement, tree: unknown, old: OldColumn): Naming {
  return tree === null ? unread(statement, old.column) : namingOf(tree, old);
}

const unread = ({ text }: CalledStatement, name: string): Naming => ({
  verb: 'a statement',
  own: false,
  reads: text === null || mentions(text, name),
  writes: false,
  wholeRow: false,
  doubtful: true,
  table: null,
});

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
    table: null,
  };
};

function named({ queryId, role, calls }: CalledStatement, naming: Naming): readonly NamedStatement[] {
  const { own, reads, writes, verb, doubtful } = naming;
  return own || !(reads || writes) ? [] : [{ queryId, role, verb, calls, writes, doubtful }];
}
