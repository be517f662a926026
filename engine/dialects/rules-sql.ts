import type { Column } from '../catalog/facts.ts';
import type { Phases, Unit } from '../plan/plan.ts';
import type { Walk } from '../plan/walk.ts';
import type { TableName } from '../spec/table-name.ts';
import type { KeyColumn, SessionSettings } from './inspector.ts';
import type { ForbiddenRows } from './violations.ts';

/** A rule that a constraint holds: its definition, and what is true of a row that breaks it. */
export interface HeldRule {
  readonly definition: string;
  readonly violated: string;
  /** Other tables that are read to tell: rows of theirs that the role does not see would be taken for rows that are not there. */
  readonly reads?: readonly TableName[] | undefined;
}

export interface ForeignKey {
  readonly columns: readonly string[];
  readonly references: { readonly table: TableName; readonly columns: readonly string[] };
  readonly onDelete?: string;
  readonly onUpdate?: string;
}

/** What a table may hold, as its constraints say it. */
export interface RulesSql {
  /** `isComposite`: a value is there whatever its fields hold. */
  notNull(column: string, isComposite: boolean): HeldRule;
  check(expression: string): HeldRule;
  foreignKey(table: TableName, key: ForeignKey): HeldRule;
  /** What stands behind the table's name in the index of a unique key. */
  uniqueKey(columns: readonly string[]): string;
  /** A query that shows the rows that a rule forbids. */
  findViolations(table: TableName, key: readonly KeyColumn[], forbidden: ForbiddenRows): string;
}

/** A column that is set so that its row keeps a rule. */
export interface Repair {
  readonly migration: string;
  readonly table: TableName;
  readonly column: string;
  readonly expression: string;
  readonly violated: string;
  readonly reads?: HeldRule['reads'];
  readonly settings: SessionSettings;
  /** The columns of the table. */
  readonly row: readonly Column[];
}

/** The trigger that repairs a row that breaks a rule already when it is updated, so that the constraint does not refuse the update. */
export interface RepairSql {
  start(repair: Repair): readonly string[];
  end(repair: Pick<Repair, 'migration' | 'table'>): readonly string[];
}

/** A rule that comes once every row keeps it. */
export interface RepairPlan {
  readonly repair: Repair;
  /** What makes the rule, and takes it back. */
  readonly last: readonly Unit[];
  readonly undo: readonly Unit[];
  /** The name of its constraint; null: NOT NULL of the column that is repaired. */
  readonly name: string | null;
}

/** A foreign key that comes without a look at the rows that are there. */
export interface UnreadKey {
  readonly migration: string;
  readonly table: TableName;
  readonly name: string;
  readonly key: ForeignKey;
  readonly rule: HeldRule;
  /** What its rows are walked by. */
  readonly walkedBy: readonly KeyColumn[];
  /** What is done to rows that broke it before it came; null: nothing, and they stop the migration. */
  readonly repair: Repair | null;
}

export interface UnreadKeyPlan {
  readonly phases: Phases;
  /** Finds the rows that broke it before it came, and repairs them if somebody has said how. */
  readonly walks: readonly Walk[];
  readonly warnings: readonly string[];
}
