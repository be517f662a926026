import type { Column } from '../catalog/facts.ts';
import type { TableName } from '../spec/table-name.ts';
import type { KeyColumn, SessionSettings } from './inspector.ts';

/** A column that is computed from its row where nobody has written it. */
export interface Fill {
  readonly migration: string;
  readonly table: TableName;
  /** The columns of the key that the walks go by. */
  readonly key: readonly string[];
  readonly isPartitioned?: true;
  /** The columns that the table has before. */
  readonly row: readonly Column[];
  readonly column: string;
  readonly type: string;
  /** Its own or its type's; null for a type without. */
  readonly collation: string | null;
  readonly expression: string;
  readonly settings: SessionSettings;
}

/** A new column that is filled, with all that it has in the end. */
export interface FillPlan {
  readonly fill: Fill;
  /** Of the rows that are walked. */
  readonly key: readonly KeyColumn[];
  /** Its default; null for none. */
  readonly otherwise: string | null;
  readonly notNull: boolean;
}
