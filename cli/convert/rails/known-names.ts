import { listOf, type RubyValue } from './call.ts';

/** In whose ways a call is read, and after what. */
export interface Course {
  readonly version: number;
  readonly known: KnownNames;
}

/** The names that earlier migrations gave to indexes and foreign keys, which later ones take away by their columns alone. */
export class KnownNames {
  private readonly indexes = new Map<string, string>();
  private readonly foreignKeys = new Map<string, string>();

  addIndex(table: string, columns: RubyValue, name: string): void {
    this.indexes.set(keyOf(table, columns), name);
  }

  indexOver(table: string, columns: RubyValue): string | undefined {
    return this.indexes.get(keyOf(table, columns));
  }

  addForeignKey(table: string, columns: RubyValue, name: string): void {
    this.foreignKeys.set(keyOf(table, columns), name);
  }

  foreignKeyOf(table: string, columns: RubyValue): string | undefined {
    return this.foreignKeys.get(keyOf(table, columns));
  }
}

const keyOf = (table: string, columns: RubyValue): string => JSON.stringify([table, listOf(columns)]);
