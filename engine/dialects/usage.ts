import type { SqlParser } from '../database/sql-parser.ts';
import type { OldShapeMeasured, StatementsMeasured } from '../evidence/measured.ts';
import type { Claim } from '../ledger/ledger.ts';
import type { TableName } from '../spec/table-name.ts';

/** Columns of a table that somebody may still use, or, where there are none, the table itself. */
export interface UsedColumns {
  readonly table: TableName;
  readonly columns: readonly string[];
  /** Where the rows are, if the table's name is a view's for a while. */
  readonly base?: TableName;
}

/** Who still uses columns or a table, as far as the server counts statements and its catalog knows. */
export interface Usage {
  /** Notes in the ledger how often statements were called so far; does nothing where they are not counted. */
  note(claim: Claim): Promise<void>;
  /** Which statements of the last so many seconds name one of the columns; or why nobody knows. */
  statements(claim: Claim, seconds: number, parser: SqlParser): Promise<StatementsMeasured>;
  /** Other people's triggers that know one of them and none of those that take their place, each with the reason. */
  triggersBehind(to: readonly string[], parser: SqlParser): Promise<readonly string[]>;
  /** What knows one of them by its number, or a view in the table's place, and stays with it whatever it is called. `but remade`: what can be made again is left out. */
  bound(which?: 'all' | 'but remade'): Promise<readonly string[]>;
  /** What in the catalog still needs one of them. */
  catalog(parser: SqlParser): Promise<Pick<OldShapeMeasured, 'dependents' | 'functions' | 'notes'>>;
}
