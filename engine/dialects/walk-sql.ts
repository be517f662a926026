import type { WritingWalk } from '../plan/walk.ts';
import type { TableName } from '../spec/table-name.ts';
import type { Pair } from './dual-write.ts';
import type { Fill } from './filled-column.ts';
import type { KeyColumn } from './inspector.ts';
import type { Repair } from './rules-sql.ts';

export interface WalkSql {
  /** What people must know of a walk over rows that this tells apart. */
  cautions(table: TableName, key: readonly KeyColumn[]): readonly string[];
  /** `touched`: columns that an UPDATE sets by itself, and that the walk keeps as they are. */
  pair(table: TableName, key: readonly KeyColumn[], pair: Pair, touched?: readonly string[]): WritingWalk;
  fill(table: TableName, key: readonly KeyColumn[], fill: Fill): WritingWalk;
  repair(key: readonly KeyColumn[], repair: Repair): WritingWalk;
}
