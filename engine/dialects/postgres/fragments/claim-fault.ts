import { printable, type Fault } from '../../../spec/fault.ts';
import type { Claim, Fragment } from '../../../spec/fragments.ts';
import type { SqlParser } from '../../../database/sql-parser.ts';
import { fieldOf, isTree, listOf, nodeOf, type Tree } from '../naming/tree.ts';
import { expressionFault } from './expression-fault.ts';

/**
 * What keeps an author's SQL from being what it claims to be, by PostgreSQL's own parser; undefined if nothing does.
 * It is parsed where it could run on and where it cannot (inside parentheses, with nothing but them behind it): what
 * leaves its place, by a comma, a bracket, a comment or a quote, is not the same in both.
 */
export function claimFault({ text, claim }: Fragment, parser: SqlParser): Fault | undefined {
  if (claim === 'index') return indexFault(text, parser);
  const [open, closed] = [`SELECT ${before[claim]}${text}`, `SELECT (${before[claim]}${text})`].map((sql) =>
    soleValue(sql, parser),
  );
  const isOne = open !== undefined && closed !== undefined && withoutPlaces(open) === withoutPlaces(closed);
  if (!isOne || (claim === 'type' && !isTypeAlone(open))) return notWhatItClaims(text, claim);
  if (claim === 'type') return undefined;
  return expressionFault(open) ?? (claim === 'default' ? defaultFault(text, open, parser) : undefined);
}

const before: Readonly<Record<Exclude<Claim, 'index'>, string>> = {
  type: 'NULL::',
  expression: '',
  default: '',
};

const words: Readonly<Record<Claim, { readonly is: string; readonly remedy: string }>> = {
  type: { is: 'one type and nothing else', remedy: 'Write a type, such as `numeric(14,4)` or `text`' },
  expression: {
    is: 'one SQL expression and nothing else',
    remedy: 'Write one expression, such as `amount / 100.0`; a query stands in parentheses',
  },
  index: {
    is: 'what stands behind ON table in CREATE INDEX',
    remedy: 'Write such as `(lower(email))`, with `USING …` before it and `WHERE …` behind it, or `drop`',
  },
  default: { is: 'one SQL expression and nothing else', remedy: "Write one expression, such as `'en'`" },
};

const notWhatItClaims = (text: string, claim: Claim): Fault => ({
  fact: `\`${printable(text)}\` is not ${words[claim].is}`,
  remedy: words[claim].remedy,
});

/** One index and nothing else; what it computes is PostgreSQL's to judge, on an empty copy of the table. */
function indexFault(text: string, parser: SqlParser): Fault | undefined {
  if (text === 'drop') return undefined;
  const statements = listOf(fieldsOf(parsed(`CREATE INDEX i ON t ${text}`, parser))?.['stmts']);
  const index = nodeOf(fieldOf(fieldsOf(statements[0]) ?? {}, 'stmt'), 'IndexStmt');
  return statements.length === 1 && index !== undefined ? undefined : notWhatItClaims(text, 'index');
}

/** The value that a SELECT of nothing but one value gives; undefined for any other text. */
function soleValue(sql: string, parser: SqlParser): Tree | undefined {
  const statements = listOf(fieldsOf(parsed(sql, parser))?.['stmts']);
  const select = nodeOf(fieldOf(fieldsOf(statements[0]) ?? {}, 'stmt'), 'SelectStmt');
  if (statements.length !== 1 || select === undefined) return undefined;
  const { targetList, limitOption: _, op, ...more } = select;
  const target = nodeOf(listOf(targetList)[0], 'ResTarget');
  const isSole = listOf(targetList).length === 1 && op === 'SETOP_NONE' && Object.keys(more).length === 0;
  // A name or an indirection would be more than the value.
  const { val, location: __, ...named } = target ?? {};
  return isSole && Object.keys(named).length === 0 ? fieldsOf(val) : undefined;
}

function parsed(sql: string, parser: SqlParser): unknown {
  try {
    return parser.sql(sql);
  } catch {
    return undefined;
  }
}

const fieldsOf = (value: unknown): Tree | undefined => (isTree(value) ? value : undefined);

/** `NULL::the_type`, or with its collation. */
function isTypeAlone(value: Tree): boolean {
  const collated = nodeOf(value, 'CollateClause');
  const cast = nodeOf(collated === undefined ? value : collated['arg'], 'TypeCast');
  const type = fieldOf(cast ?? {}, 'typeName');
  if (type === undefined || nodeOf(cast?.['arg'], 'A_Const')?.['isnull'] !== true) return false;
  const isSingle = type['setof'] === undefined && type['pct_type'] === undefined;
  return isSingle && listOf(type['typmods']).every(isPlainModifier);
}

/** A length, a scale, or a word such as PostGIS takes: `geometry(Point, 4326)`. */
function isPlainModifier(modifier: unknown): boolean {
  const word = nodeOf(modifier, 'ColumnRef');
  if (word === undefined) return nodeOf(modifier, 'A_Const') !== undefined;
  return listOf(word['fields']).every((field) => nodeOf(field, 'String') !== undefined);
}

/** Behind a column's type a default takes fewer expressions than elsewhere: `a OR b` ends before the OR. */
function defaultFault(text: string, value: Tree, parser: SqlParser): Fault | undefined {
  const statement = listOf(
    fieldsOf(parsed(`ALTER TABLE t ADD COLUMN c text DEFAULT ${text}`, parser))?.['stmts'],
  );
  const alter = nodeOf(fieldOf(fieldsOf(statement[0]) ?? {}, 'stmt'), 'AlterTableStmt');
  const added = nodeOf(nodeOf(listOf(alter?.['cmds'])[0], 'AlterTableCmd')?.['def'], 'ColumnDef');
  const constraints = listOf(added?.['constraints']);
  const expression = fieldsOf(nodeOf(constraints[0], 'Constraint')?.['raw_expr']);
  const isSame = expression !== undefined && withoutPlaces(expression) === withoutPlaces(value);
  if (isSame && constraints.length === 1 && listOf(alter?.['cmds']).length === 1) return undefined;
  return {
    fact: `\`${printable(text)}\` cannot stand behind DEFAULT as it is written`,
    remedy: `Put it into parentheses: \`(${printable(text)})\``,
  };
}

/** A tree as text, without the places of its parts in their statement. */
const withoutPlaces = (tree: Tree): string =>
  JSON.stringify(tree, (key, value: unknown) =>
    /(?:location|list_start|list_end)$/u.test(key) ? undefined : value,
  );
