import type * as z from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import type { CopiedFacts } from '../catalog/copied.ts';
import type { IndexFacts } from '../catalog/facts.ts';
import type { MovedFacts } from '../catalog/moved.ts';
import type { Referrer } from '../catalog/referrers.ts';
import type { BuiltObjects, Inheritance } from '../catalog/inherited.ts';
import type { RowKeys } from '../database/row-keys.ts';
import type { SqlParser } from '../database/sql-parser.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type {
  ConvertedColumn,
  CopyHindrances,
  Expression,
  Likeness,
  RetypedColumn,
  SessionSettings,
  Sides,
  ThroughView,
} from '../dialects/inspector.ts';
import type { ExpectedTable } from '../plan/expected.ts';
import type { Differences } from '../plan/differences.ts';
import type { Phases } from '../plan/plan.ts';
import type { Walk } from '../plan/walk.ts';
import type { Shape } from '../shapes/shape.ts';
import type { TableName } from '../spec/table-name.ts';
import type { KnownRule, Rule } from './rule.ts';

export interface Subject {
  readonly migration: string;
  readonly table: TableName;
  readonly catalog: Catalog;
  /** The SQL of the table's database. */
  readonly sql: Dialect;
}

/** Something in the database that forbids the change, said of a key of the spec. */
export interface Refusal {
  readonly key: string;
  readonly fact: string;
  readonly remedy: string;
  /** Keys of the rows that forbid it, the first few. */
  readonly rows?: RowKeys;
  /** The file may be right: it is the database that has to change first. Left out: the file has to. */
  readonly waitsFor?: 'database';
}

export interface CompiledChange {
  readonly shape: Shape;
  readonly phases: Phases;
  readonly follow?: 'application';
  /** None: no row has to be written or compared. */
  readonly walks: readonly Walk[];
  readonly warnings: readonly string[];
  readonly expects: ExpectedTable;
  readonly expectsBeforeSwap?: ExpectedTable;
  readonly differences?: Differences;
  readonly remarks?: string;
}

export interface RefusedChange {
  readonly refused: readonly Refusal[];
}

/** A new column of the table; it has nothing of what is left out. */
export type AskedColumn = Pick<Likeness, 'to' | 'type'> & Partial<Omit<Likeness, 'table'>>;

/** What a change may ask of its database before it has a plan. */
export interface DatabaseQuestions {
  /** What another column inherits. `key`: of the spec, where the column is declared. */
  readonly heirs: (column: AskedColumn, key?: string) => Promise<Inheritance>;
  /** That the database takes a rule, that its name is free, and that no row breaks it unless it is repaired. */
  rule(rule: Rule): Promise<KnownRule>;
  indexes(): Promise<readonly IndexFacts[]>;
  /** Who sends what would fail once a view has the table's name. */
  readonly throughView: () => Promise<ThroughView>;
  /** Which of these names a relation of the table's schema has already. */
  readonly taken: (names: readonly string[]) => Promise<readonly string[]>;
  /** Whether two sides fit each other, and what the author's answers become. */
  sides(sides: Sides, converted: readonly ConvertedColumn[]): Promise<BuiltObjects>;
  /** Whether a column gets another type in the catalog alone. */
  readonly retyped: (column: string, type: string) => Promise<RetypedColumn>;
  /** Whether the table can be copied whole for another type of one of its columns. */
  readonly copyHindrances: (retyped: string) => Promise<CopyHindrances>;
  /** What the table has as a whole, for a copy that takes its place. */
  readonly copied: () => Promise<CopiedFacts>;
  /** Columns that hold a column's values, by foreign keys of any depth, and those that are only called so. */
  readonly referrers: (column: string) => Promise<readonly Referrer[]>;
  /** What stands in the way of the table in another schema, and what goes there with it. */
  readonly moved: (to: string) => Promise<MovedFacts>;
  readonly settings: () => Promise<SessionSettings>;
  /** How the database prints an index of the table, behind the table's name. */
  readonly printed: (definition: string) => Promise<string>;
  /** Makes what these statements make, and takes it back; raises a refusal in the database's words. */
  readonly tries: (statements: readonly string[]) => Promise<void>;
  readonly parser: SqlParser;
}

/** What an author's SQL is read by. */
export interface SqlReader {
  readonly sql: Dialect;
  readonly parser: SqlParser;
}

/** One thing that people are asked when they write a change: by a flag, else by a question. */
export interface Question {
  /** The key in the file. */
  readonly key: string;
  readonly flag: string;
  readonly asks: string;
  /** May be left out. */
  readonly optional?: true;
  /** What a database can offer as answers. */
  readonly offers?: 'tables' | 'columns';
  readonly truth?: true;
  /** The answer is YAML: a section of keys. */
  readonly yaml?: true;
}

/** What a change names of its table. */
export interface Names {
  /** Columns that must be there before. */
  readonly needs?: readonly string[];
  /** Columns that are there afterwards. */
  readonly makes?: readonly string[];
  /** Indexes and constraints that are there afterwards. */
  readonly builds?: readonly string[];
}

type Keys = z.ZodObject<{ readonly kind: z.ZodLiteral<string> }>;

/**
 * One kind of change, in one file: its keys, what people are asked, what forbids it, what it must know of the database,
 * and its phases. All pure.
 */
export interface Kind<Name extends string, K extends Keys, C = Readonly<z.output<K>>> {
  readonly kind: Name;
  readonly keys: K;
  readonly asks: readonly Question[];
  /** What it does, for a list to choose from. */
  readonly inWords: string;
  /** Begins the name of a migration. */
  readonly verb: string;
  /** What a migration of this kind is for, from what people answered. */
  goal(table: string, answers: Readonly<Record<string, string>>): string;

  /** The columns whose place others take, and whose dependents matter. */
  oldColumns(change: C): readonly string[];
  /** Whether what replaces its column or its table takes the name, so that no reads move. Left out: it does not. */
  keepsName?(change: C): boolean;
  /** Whether readers move to another name of the table. Left out: they do not. */
  readonly renamesTable?: true;
  /** The column that goes, if nothing takes its place. */
  readonly leaving?: (change: C) => string;
  /** What of its table it names beside those. Left out: nothing. */
  readonly names?: (change: C) => Names;
  /** Whether it is about the table as a whole. Left out: it is about parts of it. */
  wholeTable?(change: C): boolean;
  /**
   * Whether something goes to which a foreign key of another table may refer: the table, a column, an index. Left out: where columns are to be
   * gone at the end.
   */
  takesAway?(change: C): boolean;
  /** Whether it may be made of a partitioned table. Left out: it may not. */
  takesPartitioned?(change: C, sql: Dialect): boolean;
  /** What is wrong with SQL of the author's that is more than one expression, before any database is asked. */
  readonly faults?: (change: C, reading: SqlReader) => readonly Refusal[];
  refusals(change: C, subject: Subject): readonly Refusal[];
  /** SQL of the author's that must read over the table's row or over one side, by its key of the spec. */
  expressions(
    change: C,
    subject: Subject,
  ): readonly { readonly key: string; readonly expression: Expression }[];
  /** What only the database can tell, some refusals too, is asked by `ask`. */
  compile(change: C, subject: Subject, ask: DatabaseQuestions): Promise<CompiledChange | RefusedChange>;
}
