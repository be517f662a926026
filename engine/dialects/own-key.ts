import type { TableName } from '../spec/table-name.ts';

/** A foreign key of a table to another one. */
export interface OwnKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly references: TableName;
  readonly referenced: readonly string[];
  /** As the catalog prints it: `NO ACTION`. */
  readonly onDelete: string;
  readonly onUpdate: string;
  /** An index over these columns alone: it may be the key's own, which goes where another key comes. */
  readonly index: string | null;
}
