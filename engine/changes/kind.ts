import type { Catalog } from '../catalog/catalog.ts';
import type { Inheritance } from '../catalog/inheritance.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Expression, Likeness } from '../dialects/inspector.ts';
import type { Expected } from '../plan/expected.ts';
import type { Phases, Walk } from '../plan/plan.ts';
import type { Shape } from '../shapes/shape.ts';
import type { TableName } from '../spec/spec.ts';

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
}

export interface Compiled {
  readonly shape: Shape;
  readonly phases: Phases;
  /** null: no row has to be written or compared. */
  readonly walk: Walk | null;
  readonly warnings: readonly string[];
  readonly expects: Expected;
}

/** One kind of change: what forbids it, what it must know of the database, and its phases. All pure. */
export interface Kind<C> {
  /** The column whose dependents matter, if the change replaces one. */
  oldColumn(change: C): string | null;
  refusals(change: C, subject: Subject): readonly Refusal[];
  /** What to ask of the database before compiling. */
  likeness(change: C, subject: Subject): Likeness;
  /** SQL of the author's that must read over the table's row or over one column, by its key of the spec. */
  expressions(
    change: C,
    subject: Subject,
  ): readonly { readonly key: string; readonly expression: Expression }[];
  /** Refusals that only the answer to `likeness` can tell. */
  lateRefusals(change: C, subject: Subject, inheritance: Inheritance): readonly Refusal[];
  compile(change: C, subject: Subject, inheritance: Inheritance): Compiled;
}
