import type { SqlParser } from '../../../database/sql-parser.ts';
import { everyTree, listOf, namesOf, nodeOf, textOf, type Tree } from '../naming/tree.ts';

/** Says that there is `'now'::timestamptz` or its like, which is read once and then stays as it is; undefined where there is none. */
export const momentCast = (trees: Iterable<Tree>): string | undefined => {
  for (const tree of trees) {
    const cast = nodeOf(tree, 'TypeCast');
    const type = namesOf(listOf(nodeOf({ type: cast?.['typeName'] }, 'type')?.['names'])).at(-1) ?? '';
    const literal = literalIn(cast?.['arg']);
    if (/^(?:date|time|timetz|timestamp|timestamptz)$/u.test(type) && moment.test(literal))
      return finding(literal);
  }
  return undefined;
};

/**
 * The same in an expression, without a cast as well: `at > 'now'`, `'[today,)'::daterange`. `holdsMoment`: PostgreSQL has read some literal
 * of it as a date, a time or a range; one that can be nothing else is meant, for `status = 'now'` is a text.
 */
export function momentLiteral(
  expression: string,
  holdsMoment: boolean,
  parser: SqlParser,
): string | undefined {
  const trees = [...everyTree(parser.sql(`SELECT ${expression}`))];
  const bare = holdsMoment ? trees.map(literalIn).find((literal) => onlyMoments.test(literal)) : undefined;
  return momentCast(trees) ?? (bare === undefined ? undefined : finding(bare));
}

const finding = (literal: string): string => `holds '${literal.trim()}', which depends on the time`;

const literalIn = (tree: unknown): string => textOf(nodeOf(nodeOf(tree, 'A_Const'), 'sval'), 'sval') ?? '';

const words = '(?:now|today|tomorrow|yesterday)';
const moment = new RegExp(`\\b${words}\\b`, 'iu');
const between = '[\\s\\d{}\\[\\]().,:+/"-]*';
// A zone alone is none: `at AT TIME ZONE 'UTC'`.
const onlyMoments = new RegExp(
  `^(?=[\\s\\S]*\\b${words}\\b)${between}(?:(?:${words}|allballs|zulu|utc|z)${between})+$`,
  'iu',
);
