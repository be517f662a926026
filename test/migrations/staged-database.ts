import type { Engine } from '../../engine/dialects/engine.ts';
import type { TableCatalog } from './catalog-of.ts';

/** A table with the views that read it, each with its text. */
export interface StagedTable extends TableCatalog {
  readonly views: readonly string[];
}

/** A database that one path after the other has to itself. */
export interface StagedDatabase {
  readonly url: string;
  readonly engine: Engine;
  /** Lets it be empty, with the example schema, and nobody there. */
  reset(): Promise<void>;
  /** Ends the sessions that functions have kept, until there is none. */
  endSessions(): Promise<void>;
  /** Who is connected beside whoever asks. */
  others(): Promise<readonly unknown[]>;
  /** Lets the last batch of a walk be ten seconds old, where transactions that began within them are waited for. */
  letBatchesBeOld(migration: string): Promise<void>;
  /** `migration`: whose functions are ours; where a table is copied, what it leaves is among them. */
  catalog(table: string, migration: string): Promise<StagedTable>;
  /** A shipped example's text, about this database. */
  readonly aboutIt: (yaml: string) => string;
}
