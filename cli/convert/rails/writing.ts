import type { Call } from './call.ts';
import { quotedTable } from './names.ts';
import type { Course } from './known-names.ts';
import type { Options } from './options.ts';

/** What a method has at hand: its call, and what is known of the migration. */
export interface Writing extends Course {
  readonly call: Call;
  readonly options: Options;
}

/** A statement; `table`, where its text does not name the table of the index that it drops. */
export interface Written {
  readonly sql: string;
  readonly table?: string;
}

export type Write = (writing: Writing) => readonly Written[];

export const statement = (sql: string): readonly Written[] => [{ sql }];

export const alter = (table: string, ...actions: readonly string[]): readonly Written[] =>
  statement(`ALTER TABLE ${quotedTable(table)} ${actions.join(', ')}`);
