import type { Column } from '../catalog/facts.ts';
import type { Brief } from '../plan/plan.ts';
import type { TableName } from '../spec/table-name.ts';
import type { KeyColumn, SessionSettings } from './inspector.ts';

/** A column that is computed from its row where nobody has written it. */
export interface Fill {
  readonly migration: string;
  readonly table: TableName;
  /** What the walks go by. */
  readonly key: readonly KeyColumn[];
  readonly isPartitioned?: true;
  /** The columns that the table has before. */
  readonly row: readonly Column[];
  readonly column: string;
  readonly type: string;
  /** As of a pair's column. */
  readonly plain: boolean;
  /** Its own or its type's; null for a type without. */
  readonly collation: string | null;
  readonly expression: string;
  readonly settings: SessionSettings;
}

/** The triggers that fill a column where a writer that does not know it left it NULL. */
export interface FillSql {
  start(fill: Fill): Brief;
  end(fill: Fill): readonly string[];
  /** Names of the triggers that stand meanwhile. */
  triggers(fill: Fill): string[];
}

/** A new column that is filled, with all that it has in the end. */
export interface FillPlan {
  readonly fill: Fill;
  /** Its default; null for none. */
  readonly otherwise: string | null;
  readonly notNull: boolean;
}
