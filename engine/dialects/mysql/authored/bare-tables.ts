import { depthsOf, isName, isSign, isWord, qualifiedAt, type Statement } from './statement.ts';

// They have FROM among their arguments.
const withFrom = ['extract', 'trim', 'substring', 'substr', 'mid'];
const endsTables = [
  'where',
  'group',
  'having',
  'window',
  'order',
  'limit',
  'union',
  'except',
  'intersect',
  'set',
  'for',
  'into',
  'values',
  'as',
];

/**
 * Places at which a table is named without its database. The statement runs in a procedure, where such a name is one of the
 * ledger's own database.
 */
export function bareTables(statement: Statement): readonly string[] {
  const { tokens } = statement;
  const depths = depthsOf(tokens);
  const withs = new Set(
    tokens.flatMap((each, at) =>
      isName(each) && isWord(tokens[at + 1], 'as') && isSign(tokens[at + 2], '(')
        ? [each.word.toLowerCase()]
        : [],
    ),
  );
  const isTable = (at: number): boolean =>
    isSign(tokens[at], '(') ||
    isWord(tokens[at], 'lateral', 'json_table', 'dual') ||
    qualifiedAt(statement, at) !== undefined ||
    (isName(tokens[at]) && withs.has(tokens[at].word.toLowerCase()));
  const found: number[] = [];
  tokens.forEach((each, at) => {
    if (!namesTable(statement, at)) return;
    if (isWord(each, 'from') && (isArgument(statement, depths, at) || isWord(tokens[at - 1], 'distinct')))
      return;
    const first = isWord(each, 'update') ? behindModifiers(statement, at + 1) : at + 1;
    found.push(first);
    // Those behind a comma.
    for (
      let behind = first;
      behind < tokens.length && (depths[behind] ?? 0) >= (depths[at] ?? 0);
      behind += 1
    ) {
      const isHere = depths[behind] === depths[at];
      if (isHere && isWord(tokens[behind], ...endsTables) && !isWord(tokens[behind], 'as')) break;
      if (isHere && isSign(tokens[behind], ',')) found.push(behind + 1);
    }
  });
  return [...new Set(found)].filter((at) => !isTable(at)).map((at) => tokens[at]?.word ?? 'the end');
}

/** Behind it stands a table, or a list of them. */
function namesTable({ tokens }: Statement, at: number): boolean {
  const [first, second] = tokens;
  if (isWord(tokens[at], 'from', 'join', 'straight_join')) return true;
  if (isWord(tokens[at], 'update')) return at === 0;
  if (isWord(tokens[at], 'table')) return isWord(first, 'insert', 'replace') && at > 1;
  return isWord(tokens[at], 'like') && isWord(first, 'create') && isWord(second, 'table') && at < 7;
}

function behindModifiers({ tokens }: Statement, from: number): number {
  const at = tokens.findIndex((each, place) => place >= from && !isWord(each, 'ignore', 'low_priority'));
  return at < 0 ? from : at;
}

/** `EXTRACT(YEAR FROM moment)` */
function isArgument({ tokens }: Statement, depths: readonly number[], at: number): boolean {
  for (let before = at - 1; before >= 0; before -= 1)
    if (isSign(tokens[before], '(') && depths[before] === depths[at])
      return isWord(tokens[before - 1], ...withFrom);
  return false;
}
