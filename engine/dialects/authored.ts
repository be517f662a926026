import type { SqlParser } from '../database/sql-parser.ts';
import type { Plan, Unit } from '../plan/plan.ts';
import type { Fault } from '../spec/fault.ts';
import type { TableName } from '../spec/table-name.ts';
import type { Fragment } from '../spec/fragments.ts';
import type { DdlFile, JudgedStatement } from './ddl.ts';
import type { LintFinding } from './lint.ts';

/** SQL that an author writes, and what a plan makes of it, read by the engine's own parser. */
export interface Authored {
  /** What keeps a fragment from being what it claims to be; undefined if nothing does. */
  fault(fragment: Fragment, parser: SqlParser): Fault | undefined;
  /** What each of an author's statements would do that it should not beside live traffic. No database is asked. */
  lint(
    statements: readonly string[],
    parser: SqlParser,
    use?: 'run' | 'undo',
  ): readonly (readonly LintFinding[])[];
  /** The one place at which an expression names a column; null where there is no such place. */
  onlyColumn(expression: string, parser: SqlParser): OnlyColumn | null;
  /** What each statement of somebody's DDL would do to tables in use, and the migrations that do it without harm. */
  judge(files: readonly DdlFile[], parser: SqlParser): readonly JudgedStatement[];
  /** Whether a text is one query that writes nothing. */
  isQuery(text: string, parser: SqlParser): boolean;
  /** An author's statements as units, in their order; `verb` begins what people read of them. */
  units(
    migration: string,
    statements: readonly string[],
    of: { readonly verb: string; readonly parser: SqlParser; readonly adds?: AddedDomains },
  ): readonly Unit[];
  /** The indexes that are built beside the traffic, each with its table. */
  indexesBuilt(
    statements: readonly string[],
    parser: SqlParser,
  ): readonly { readonly name: string; readonly table: TableName }[];
  /** The tables that ALTER TABLE changes where a plan finds out how; each must be the migration's own. */
  tablesAltered(statements: readonly string[], parser: SqlParser): readonly TableName[];
  /** The columns that ALTER TABLE adds with a type that the server knows by its own name alone, each with its table. */
  columnsAdded(
    statements: readonly string[],
    parser: SqlParser,
  ): readonly { readonly table: TableName; readonly column: string; readonly type: string }[];
  /** Fails, so that the phase does, where a query gives a row. */
  mustBeEmpty(query: string): Unit;
  /** Raises PreflightFailed where a statement of a plan does what the plan does not mean. */
  checkPlan(plan: Plan, parser: SqlParser): void;
  /** The setting under which the parser and the server agree where quoted text ends. */
  readonly usualQuoting: string;
}

/** The columns of a domain that statements add to a table, each by its statement's place: others may change what adding one costs. */
export interface AddedDomains {
  readonly table: TableName;
  readonly domains: readonly { readonly at: number; readonly type: string }[];
}

/** The place at which an expression names its only column. */
export interface OnlyColumn {
  /** The expression casts the column and does nothing else. */
  readonly isCast: boolean;
  /** The expression with a value in that place. */
  replacedBy(value: string): string;
}
