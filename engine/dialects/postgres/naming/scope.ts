import type { TableName } from '../../../spec/table-name.ts';
import { listOf, namesOf, textOf, fieldOf, type RelationName, type Tree } from './tree.ts';

/** The column whose naming is looked for, and what must be known of its surroundings. */
export interface OldColumn {
  readonly table: TableName;
  readonly column: string;
  /** Place among the columns that INSERT without a list counts, from 1. */
  readonly position: number;
  /** Constraints over it: they go with it. */
  readonly constraints: ReadonlySet<string>;
  /** Whether another relation has a column of the same name. */
  readonly elsewhere: (relation: RelationName) => 'theirs' | 'none' | 'unknown';
}

/** Looks for no column, only for the table: no column has an empty name. */
export const tableItself = (table: TableName): OldColumn => ({
  table,
  column: '',
  position: Number.POSITIVE_INFINITY,
  constraints: new Set(),
  elsewhere: () => 'none',
});

/**
 * What a relation in FROM has under the column's name: our column, another one, none, or nobody knows
 * (a function's result, a table that is gone).
 */
export type Answer = 'ours' | 'theirs' | 'none' | 'unknown';

export interface Relation {
  /** By which it is referred to. */
  readonly name: string;
  readonly answer: Answer;
}

export type Ctes = ReadonlyMap<string, Answer>;

/** The relations that a name can refer to at one level of a statement. */
export class Scope {
  constructor(
    readonly parent: Scope | null,
    readonly relations: readonly Relation[],
  ) {}

  /** The nearest relation of a name. */
  find(name: string): Relation | undefined {
    return this.relations.find((relation) => relation.name === name) ?? this.parent?.find(name);
  }

  /** Whether the column's bare name means our column here; 'maybe' where a relation nearer by could have one too. */
  bare(): 'ours' | 'maybe' | 'no' {
    const answers = this.relations.map(({ answer }) => answer);
    if (answers.includes('ours')) return 'ours';
    if (answers.includes('theirs') || this.parent === null) return 'no';
    const outer = this.parent.bare();
    return outer === 'ours' && answers.includes('unknown') ? 'maybe' : outer;
  }
}

/** What several relations have together. */
export const combinedAnswer = (answers: readonly Answer[]): Answer =>
  (['ours', 'theirs', 'unknown'] as const).find((answer) => answers.includes(answer)) ?? 'none';

export const isOurs = ({ table }: OldColumn, { schema, name }: RelationName): boolean =>
  name === table.name && (schema === undefined || schema === table.schema);

/** The columns' names that an alias gives: `AS t (a, b)`. */
export const aliasColumns = (tree: Tree): readonly string[] =>
  namesOf(listOf(fieldOf(tree, 'alias')?.['colnames']));

export const aliasName = (tree: Tree): string | undefined => textOf(fieldOf(tree, 'alias'), 'aliasname');

/** An answer under the names that an alias gives instead. */
export const answerUnderAlias = (answer: Answer, columns: readonly string[], column: string): Answer =>
  columns.includes(column) ? 'theirs' : answer;
