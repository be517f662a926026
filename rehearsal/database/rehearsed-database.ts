import type { TableName } from '../../engine/spec/table-name.ts';
import type { OnProgress } from '../data/fill-table.ts';
import type { TargetTable } from '../traffic/present-table.ts';
import type { DatabaseServer } from './server-process.ts';

export interface RehearsedDatabase {
  readonly url: string;
  /** Whether it was made for this rehearsal; otherwise it is somebody's copy. */
  readonly isOurs: boolean;
  readonly name: string;
  /** Why no statements are counted, so that no evidence can be had of them; null where they are. */
  readonly uncounted: string | null;
  /** Fills a table, and gives how many rows it has then. Raises DataError. */
  fill(table: TableName, rows: number, onProgress: OnProgress): Promise<number>;
  /** The table under the name that it has now: an earlier start may have left it under another. */
  present(named: TargetTable): Promise<TableName>;
  /** Rejects with PartLost when the server that was started for it ends by itself. */
  readonly lost: Promise<never>;
}

/** What an engine has to do with a database before and while it is rehearsed on. */
export interface RehearsedEngine {
  /** A server for this rehearsal alone. */
  start(): Promise<DatabaseServer>;
  /** The name of the database that is made on it. */
  databaseFor(table: TableName): string;
  readonly exampleSchema: string;
  /** Raises InvalidSpec where anybody else is there. */
  refuseProduction(url: string): Promise<void>;
  /** Loads an SQL file, and gives what was left out. Raises DumpError. */
  load(url: string, text: string, file: string): Promise<readonly string[]>;
  uncounted(url: string, options: { readonly isOurs: boolean }): Promise<string | null>;
  nameOf(url: string): string;
  fill(url: string, table: TableName, rows: number, onProgress: OnProgress): Promise<number>;
  present(url: string, named: TargetTable): Promise<TableName>;
}
