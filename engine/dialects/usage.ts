import type { SqlParser } from '../database/sql-parser.ts';
import type { OldShapeMeasured, StatementsMeasured } from '../evidence/measured.ts';
import type { Claim } from '../ledger/ledger.ts';
import type { TableName } from '../spec/table-name.ts';

/** A column that somebody may still use. */
export interface UsedColumn {
  readonly table: TableName;
  readonly column: string;
}

/** Who still uses a column, as far as the server counts statements and its catalog knows. */
export interface Usage {
  /** Notes in the ledger how often statements were called so far; does nothing where they are not counted. */
  note(claim: Claim): Promise<void>;
  /** Which statements of the last so many seconds name the column; or why nobody knows. */
  statements(claim: Claim, seconds: number, parser: SqlParser): Promise<StatementsMeasured>;
  /** What in the catalog still needs it. */
  catalog(parser: SqlParser): Promise<Pick<OldShapeMeasured, 'dependents' | 'functions' | 'notes'>>;
}
