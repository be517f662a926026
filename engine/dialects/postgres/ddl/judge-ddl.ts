import type { SqlParser } from '../../../database/sql-parser.ts';
import type { DdlFile, DdlFinding, Draft, JudgedStatement } from '../../ddl.ts';
import { everyTree, fieldOf, nodeOf, textOf, type Tree } from '../naming/tree.ts';
import { knownStatements } from '../lint/call-rules.ts';
import { lockOf, strongest } from '../lint/lock-table.ts';
import { definitionOf, partsOf, type Part } from '../lint/parts.ts';
import { clauseFrom, placeOf } from './clauses.ts';
import { ddlRules, harmless, isOfTable, isSettlingQuery, workOf, writesRows } from './ddl-rules.ts';
import { statementsOfDo } from './do-block.ts';
import { draftsFor } from './drafts.ts';
import { droppedNames, History } from './history.ts';
import { renamedRelation, renamedSequence } from './renamed-relation.ts';
import { piecesOf, type DdlPiece } from './statements.ts';
import { isWidened, mayBeWider } from './widened-type.ts';

/** What each statement of files would do to a table that is in use, from their texts alone; the files in the order in which they are run. */
export function judgeDdl(files: readonly DdlFile[], parser: SqlParser): readonly JudgedStatement[] {
  const history = new History();
  return files.flatMap((file) => {
    history.beginFile();
    return piecesOf(file, parser).map((piece) => ({
      file: file.file,
      line: piece.line,
      sql: piece.sql,
      ...judged(piece, { history, parser }),
    }));
  });
}

interface Reader {
  readonly history: History;
  readonly parser: SqlParser;
}

type Judgement = Omit<JudgedStatement, 'file' | 'line' | 'sql'>;

const unknown = (fact: string, remedy: string): Judgement => ({
  verdict: 'unknown',
  lock: 'unknown',
  work: 'none',
  findings: [{ rule: 'unknown', fact, remedy, isAnswered: false }],
  keeps: [],
  drafts: [],
});

const ofMysql = /`|\bAUTO_INCREMENT\b|\bENGINE\s*=|\b(?:MODIFY|CHANGE)\s+(?:COLUMN\s+)?\w/iu;

const notRead = (sql: string, unreadable: string): readonly [fact: string, remedy: string] => [
  `PostgreSQL cannot read it: ${unreadable}`,
  ofMysql.test(sql)
    ? 'It looks like MySQL’s, and convert reads PostgreSQL’s DDL alone: write the migration with `underpin init`; docs/mysql.md says what runs there.'
    : 'Fill in placeholders first; other databases’ SQL is not read.',
];

function judged({ sql, unreadable, unread, table }: DdlPiece, reader: Reader): Judgement {
  if (unread !== undefined) return unknown(unread.fact, unread.remedy);
  if (unreadable !== null) return unknown(...notRead(sql, unreadable));
  const [parts = []] = partsOf(sql, reader.parser) ?? [];
  const [whole] = parts;
  if (whole === undefined) return unknown('there is no statement', 'Look at the file.');
  if (table !== undefined && whole.kind === 'DropStmt') reader.history.rememberIndexes(whole, table);
  if (whole.kind === 'DoStmt') return judgedDo(whole.node, reader);
  const answer = judgedParts(parts, sql, reader);
  for (const part of parts) reader.history.remember(part, sql);
  return answer;
}

/** The worst of what stands in it. */
function judgedDo(node: Tree, reader: Reader): Judgement {
  const inner = statementsOfDo(node, reader.parser);
  if (inner === undefined)
    return unknown('nobody can tell from its text what this block runs', 'Write its statements out.');
  const all = inner.map((sql) => judged({ sql, line: 0, unreadable: null }, reader));
  return together(all);
}

const verdicts = ['safe', 'unknown', 'unsafe'] as const;
const works = ['none', 'scan', 'rewrite'] as const;

function together(all: readonly Judgement[]): Judgement {
  const found = all.filter(({ lock }) => lock !== 'none').map(({ lock }) => lock);
  return {
    verdict: verdicts.findLast((each) => all.some(({ verdict }) => verdict === each)) ?? 'safe',
    lock: locks.findLast((each) => found.includes(each)) ?? 'none',
    work: works.findLast((each) => all.some(({ work }) => work === each)) ?? 'none',
    findings: all.flatMap(({ findings }) => findings),
    keeps: all.flatMap(({ keeps }) => keeps),
    drafts: all.flatMap(({ drafts }) => drafts),
  };
}

const locks = ['SHARE UPDATE EXCLUSIVE', 'SHARE', 'SHARE ROW EXCLUSIVE', 'ACCESS EXCLUSIVE'] as const;

function judgedParts(parts: readonly Part[], sql: string, { history }: Reader): Judgement {
  const [whole] = parts;
  const lock = lockText(parts, history);
  if (whole === undefined || isOnNew(whole, history)) return safe(lock);
  const renamed = renamedRelation(whole, history);
  if (renamed === 'index') return safe('ACCESS EXCLUSIVE');
  if (renamed === 'sequence')
    return { ...safe('ACCESS EXCLUSIVE'), verdict: 'unsafe', findings: [renamedSequence] };
  const strange = unknownFact(whole);
  if (strange !== undefined) return unknown(strange.fact, strange.remedy);
  const broken = parts.flatMap((part) => {
    const retyped = retyping(part, sql, history);
    if (retyped === 'catalog') return [];
    const rules = ddlRules.filter((rule) => rule.finds(part));
    const unless =
      retyped === 'unless-wider'
        ? ', unless the old one only grows (varchar(20) to varchar(50) or text): no earlier statement tells it'
        : '';
    return rules.length === 0 ? [] : [{ part, rules, unless, drafts: draftsOf(part, rules, sql, history) }];
  });
  if (broken.length === 0) return safe(lock);
  const isReplaced = isReplacement(parts);
  const findings = broken.flatMap(({ rules, unless, drafts }) =>
    rules.map(({ name, fact, remedy }): DdlFinding => {
      return { rule: name, fact: fact + unless, remedy, isAnswered: drafts.length > 0 && !isReplaced };
    }),
  );
  return {
    verdict: 'unsafe',
    lock,
    work: workOf(findings.map(({ rule }) => rule)),
    findings: [...unique(findings), ...(isReplaced ? [replaced] : [])],
    keeps: parts
      .slice(1)
      .flatMap((part) => (broken.some((each) => each.part === part) ? [] : [inWords(part)])),
    drafts: isReplaced ? [] : broken.flatMap(({ drafts }) => drafts),
  };
}

/** What another type does with the rows; `unless-wider`: no statement tells the old type, and it may only have grown. */
function retyping(part: Part, sql: string, history: History): 'catalog' | 'rewrite' | 'unless-wider' | null {
  if (part.kind !== 'AT_AlterColumnType' || part.table === null) return null;
  const definition = definitionOf(part, 'ColumnDef');
  if (definition['raw_default'] !== undefined || definition['collClause'] !== undefined) return 'rewrite';
  const old = history.typeOf(history.tableOf(part.table), textOf(part.node, 'name') ?? '');
  const type = clauseFrom(sql, placeOf(sql, fieldOf(definition, 'typeName')?.['location']));
  if (old === undefined) return mayBeWider(type) ? 'unless-wider' : 'rewrite';
  return isWidened(old, type) ? 'catalog' : 'rewrite';
}

/** `AT_AddColumn` of ok is `add column ok`. */
const inWords = ({ kind, node }: Part): string =>
  [
    kind
      .replace(/^AT_/u, '')
      .replaceAll(/(?<=[a-z])(?=[A-Z])/gu, ' ')
      .toLowerCase(),
    textOf(node, 'name') ?? textOf(nodeOf(node['def'], 'ColumnDef'), 'colname') ?? '',
  ]
    .join(' ')
    .trim();

const draftsOf = (
  part: Part,
  rules: readonly { readonly name: string }[],
  sql: string,
  history: History,
): readonly Draft[] =>
  draftsFor(
    { part, sql, history },
    rules.map(({ name }) => name),
  );

const safe = (lock: string): Judgement => ({
  verdict: 'safe',
  lock,
  work: 'none',
  findings: [],
  keeps: [],
  drafts: [],
});

const unique = (findings: readonly DdlFinding[]): readonly DdlFinding[] => [
  ...new Map(findings.map((each) => [each.rule, each])).values(),
];

/** Nobody uses yet what the same file has made. */
function isOnNew(part: Part, history: History): boolean {
  if (part.kind === 'DropStmt') {
    const names = droppedNames(part);
    return (
      names.length > 0 &&
      names.every((name) => history.isNew(name) || history.isNew(history.tableOfIndex(name) ?? null))
    );
  }
  return part.kind !== 'CreateStmt' && history.isNew(part.table);
}

interface Strange {
  readonly fact: string;
  readonly remedy: string;
}

function unknownFact({ kind, node }: Part): Strange | undefined {
  if (kind === 'SelectStmt')
    return isSettlingQuery(node)
      ? undefined
      : { fact: 'a function that a query calls could change anything', remedy: 'Look at what it calls.' };
  if (writesRows(kind, node))
    return {
      fact: 'how many rows it writes cannot be seen from its text; each is locked until the end of the transaction',
      remedy: 'Write many rows in batches: add-column and change-type fill a column that way.',
    };
  if (kind === 'AlterTableStmt' && !isOfTable(node)) return undefined;
  if (knownStatements.test(kind) || harmless.test(kind) || kind === 'LockStmt') return undefined;
  return {
    fact: `it is not known what this statement locks and reads (${kind})`,
    remedy: 'Look at it by hand.',
  };
}

function lockText(parts: readonly Part[], history: History): string {
  const [whole] = parts;
  if (whole === undefined || harmless.test(whole.kind) || whole.kind === 'SelectStmt') return 'none';
  const referred = parts.some((part) => refersToUsed(part, history))
    ? (['SHARE ROW EXCLUSIVE'] as const)
    : [];
  if (isOnNew(whole, history)) return strongest(referred);
  // The manual's word, where the plan's rounds up.
  if (whole.kind === 'IndexStmt' && whole.node['concurrent'] !== true) return 'SHARE';
  if (whole.kind === 'CreateStmt')
    return whole.node['partbound'] === undefined ? strongest(referred) : 'ACCESS EXCLUSIVE';
  if (whole.kind === 'ViewStmt' || whole.kind === 'CommentStmt') return 'none';
  return strongest([...parts.map(lockOf), ...referred]);
}

/** A foreign key locks the table that it refers to as well. */
const refersToUsed = ({ node }: Part, history: History): boolean =>
  [...everyTree(node)].some((each) => {
    const target = fieldOf(nodeOf(each, 'Constraint') ?? {}, 'pktable');
    const name = textOf(target, 'relname');
    return name !== undefined && !history.isNew({ schema: textOf(target, 'schemaname') ?? '', name });
  });

/** One column goes and another comes, in one statement: tools write so what was meant as a new name or type. */
const isReplacement = (parts: readonly Part[]): boolean =>
  parts.some(({ kind }) => kind === 'AT_DropColumn') && parts.some(({ kind }) => kind === 'AT_AddColumn');

const replaced: DdlFinding = {
  isAnswered: false,
  rule: 'replaced-column',
  fact: 'one column goes and another comes: if they mean the same, its values are lost',
  remedy:
    'Write rename-column for a new name, change-type for a new type; or drop-column and add-column, where they have nothing to do with each other.',
};
