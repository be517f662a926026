import type { IndexFacts } from '../../catalog/facts.ts';
import type { InheritedFacts } from '../../catalog/inherited-facts.ts';
import type { Database } from '../../database/database.ts';
import { PreflightFailed, StatementRefused } from '../../database/errors.ts';
import type { Likeness } from '../inspector.ts';
import { addIndexAction } from './indexes.ts';
import { refusalOfAction, triedName, tryActions } from './ladder.ts';
import { identifier } from './quote.ts';

type Index = Pick<IndexFacts, 'name' | 'unique' | 'definition'>;

interface Heir extends Pick<Likeness, 'table' | 'to' | 'answers'> {
  readonly from: string;
  /** As MySQL adds it to an empty copy. */
  readonly type: { readonly type: string; readonly collation: string | null };
}

/** The same indexes over a column whose values are the same. */
export const sameIndexes = (indexes: readonly Index[], from: string, to: string): readonly InheritedFacts[] =>
  indexes.map((index) => carriedIndex({ ...index, definition: over(index.definition, from, to) }));

/**
 * The indexes of a column that is converted, over the one that takes its place: the same, or what the author says instead. What MySQL
 * refuses to build on an empty copy is left behind with its words, or raised where the author has written it.
 */
export async function heirIndexes(
  database: Database,
  { table, from, to, type, answers }: Heir,
  indexes: readonly Index[],
): Promise<readonly InheritedFacts[]> {
  if (indexes.length === 0) return [];
  const answered = indexes.find(({ name, unique }) => unique && isBuiltAnew(answers.index[name]));
  if (answered !== undefined) throw otherUnique(answered.name);
  const wanted = indexes.map((index) => ({
    ...index,
    answer: answers.index[index.name],
    definition: answers.index[index.name] ?? over(index.definition, from, to),
  }));
  const built = wanted.filter(({ answer }) => answer !== 'drop');
  const collation = type.collation === null ? '' : ` COLLATE ${type.collation}`;
  const [, ...tried] = await tryActions(database, table, [
    { sql: `ADD COLUMN ${identifier(to)} ${type.type}${collation} NULL`, name: to },
    ...built.map(({ unique, definition }, at) => {
      const name = `${triedName}_${at}`;
      return { sql: addIndexAction({ name, unique, definition }), name };
    }),
  ]);
  return wanted.map((index) => {
    const its = tried[built.indexOf(index)];
    const says = its === undefined ? undefined : refusalOfAction(its);
    if (says !== undefined && index.answer !== undefined) throw new StatementRefused(says);
    if (index.answer === 'drop') return leftBehind(index, 'answered', null);
    if (says !== undefined) return leftBehind(index, 'refused', says);
    return carriedIndex({ ...index, definition: its?.index ?? index.definition });
  });
}

const isBuiltAnew = (answer: string | undefined): boolean => answer !== undefined && answer !== 'drop';

export const otherUnique = (name: string): PreflightFailed =>
  new PreflightFailed(
    `MySQL: not supported yet: another unique index in the place of ${name}, for rows that differ may be converted to the same. Nothing was changed.`,
  );

const leftBehind = (
  { name, unique, definition }: Index,
  why: 'answered' | 'refused',
  says: string | null,
): InheritedFacts => ({
  kind: 'left behind',
  what: 'index',
  name,
  unique,
  why,
  says,
  definition: why === 'refused' ? definition : null,
});

/** The same index over the other column; its comment may name the column and stays as it is. */
function over(definition: string, from: string, to: string): string {
  const rest = / COMMENT '/u.exec(definition)?.index ?? definition.length;
  return definition.slice(0, rest).replaceAll(identifier(from), identifier(to)) + definition.slice(rest);
}

/** An index that is built over other columns: all that it has is in its definition. */
export const carriedIndex = ({ name, unique, definition }: Index): InheritedFacts => ({
  name,
  unique,
  definition,
  kind: 'index',
  constraint: false,
  primary: false,
  byDefault: false,
  deferrable: false,
  deferred: false,
  identity: false,
  clustered: false,
  comment: null,
  constraintComment: null,
  targets: [],
  keys: [],
  predicate: null,
  nullsDistinct: true,
});
