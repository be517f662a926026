import type { TableName } from '../../../spec/table-name.ts';
import { identifier } from '../quote.ts';
import {
  depthsOf,
  isName,
  isSign,
  isWord,
  nameAt,
  outlineOf,
  qualifiedAt,
  readStatement,
  textFrom,
  type Statement,
} from './statement.ts';

/** What is behind ALTER TABLE. */
export interface AlterForm {
  readonly table: TableName;
  readonly action: string;
  /** An index that it builds. */
  readonly builds: string | null;
  /** Its place in the catalog tells whether it is done; or it is done within one call, and may be done twice. */
  readonly is: 'watched' | 'quick' | 'untried';
}

const itsName = String.raw`(?:${'`q`'}|[\w$\u0080-\uffff]+)`;

/** Changes of the catalog alone, which are over in a moment. */
const quick: readonly RegExp[] = [
  new RegExp(`^alter (?:column )?${itsName} (?:set default |drop default$|set (?:in)?visible$)`, 'u'),
  new RegExp(`^alter index ${itsName} (?:in)?visible$`, 'u'),
  new RegExp(`^rename (?:index|key) ${itsName} to ${itsName}$`, 'u'),
  /^comment (?:= )?'t'$/u,
  /^auto_increment (?:= )?0$/u,
  /^stats_(?:persistent|auto_recalc|sample_pages) (?:= )?(?:0|default)$/u,
];

const isAny = (forms: readonly RegExp[], outline: string): boolean =>
  forms.some((each) => each.test(outline));

/** Whether what is behind ALTER TABLE is one of them. */
export const isQuick = (action: string): boolean =>
  isAny(quick, outlineOf(readStatement(action)?.tokens ?? []));

/** A copy of the table has none of them, or by other names: MySQL takes them away in place. */
const untried: readonly RegExp[] = [
  new RegExp(`^drop foreign key ${itsName}$`, 'u'),
  new RegExp(`^drop (?:check|constraint) ${itsName}$`, 'u'),
];

/** `ALTER TABLE shop.orders …` with one change that is known; undefined for any other. */
export function alterForm(statement: Statement): AlterForm | undefined {
  const { tokens } = statement;
  if (!isWord(tokens[0], 'alter') || !isWord(tokens[1], 'table')) return undefined;
  const of = qualifiedAt(statement, 2);
  if (of === undefined || actionCount(statement, of.next) !== 1) return undefined;
  const behind = tokens.slice(of.next);
  const outline = outlineOf(behind);
  const known = (is: AlterForm['is'], action: string, builds: string | null = null): AlterForm => ({
    table: of.table,
    action,
    builds,
    is,
  });
  const asWritten = textFrom(statement, of.next);
  if (isAny(quick, outline)) return known('quick', asWritten);
  if (isAny(untried, outline)) return known('untried', asWritten);
  return columnForm(statement, of.next, known) ?? indexForm(statement, of.next, known);
}

type Known = (is: AlterForm['is'], action: string, builds?: string | null) => AlterForm;

/** `ADD [COLUMN] name …`, `DROP [COLUMN] name`, `RENAME COLUMN name TO name` */
function columnForm(statement: Statement, from: number, known: Known): AlterForm | undefined {
  const { tokens } = statement;
  const at = isWord(tokens[from + 1], 'column') ? from + 2 : from + 1;
  const its = tokens[at];
  if (!isName(its) || isReserved(its.word, its.kind)) return undefined;
  const quoted = identifier(nameAt(statement, at));
  if (isWord(tokens[from], 'add') && isName(tokens[at + 1]))
    return known('watched', `ADD COLUMN ${quoted} ${textFrom(statement, at + 1)}`);
  if (isWord(tokens[from], 'drop') && tokens.length === at + 1)
    return known('watched', `DROP COLUMN ${quoted}`);
  const to = tokens[at + 2];
  return isWord(tokens[from], 'rename') && isWord(tokens[at + 1], 'to') && isName(to) && at === from + 2
    ? known('watched', `RENAME COLUMN ${quoted} TO ${identifier(nameAt(statement, at + 2))}`)
    : undefined;
}

const reserved = [
  'index',
  'key',
  'unique',
  'fulltext',
  'spatial',
  'primary',
  'constraint',
  'foreign',
  'check',
  'partition',
];
const isReserved = (word: string, kind: string): boolean => kind === 'name' && reserved.includes(word);

/** `ADD [UNIQUE] INDEX name (…)`, `DROP INDEX name` */
function indexForm(statement: Statement, from: number, known: Known): AlterForm | undefined {
  const { tokens } = statement;
  const adds = isWord(tokens[from], 'add');
  const unique = adds && isWord(tokens[from + 1], 'unique');
  const at = from + (unique ? 2 : 1);
  if (
    !(adds || isWord(tokens[from], 'drop')) ||
    !isWord(tokens[at], 'index', 'key') ||
    !isName(tokens[at + 1])
  )
    return undefined;
  const index = nameAt(statement, at + 1);
  if (!adds)
    return tokens.length === at + 2 ? known('watched', `DROP INDEX ${identifier(index)}`) : undefined;
  return isSign(tokens[at + 2], '(')
    ? known(
        'watched',
        `ADD ${unique ? 'UNIQUE ' : ''}INDEX ${identifier(index)} ${textFrom(statement, at + 2)}`,
        index,
      )
    : undefined;
}

/** Changes that one ALTER TABLE lists. */
function actionCount({ tokens }: Statement, from: number): number {
  const depths = depthsOf(tokens);
  return tokens.slice(from).filter((each, at) => isSign(each, ',') && depths[from + at] === 0).length + 1;
}
