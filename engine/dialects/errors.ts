/** Stands for a code that only a function of somebody's can raise: it may be made of a row's value. */
export const userDefined = 'user-defined';

/** What an error of the database means for whoever sent the statement. */
export type ErrorMeaning =
  | 'transient'
  | 'locked'
  /** Raised by the ledger: the epoch is over, or a person has aborted. */
  | 'fenced'
  | 'aborted'
  /** A row's own data refused, or a function that a row woke. */
  | 'row refused'
  | 'wrong SQL'
  /** The database's own fault, or what somebody's DDL at the same time looks like. */
  | 'internal error'
  | 'other';

export interface Errors {
  /** What the engine said, from an error's message; undefined where it holds no code. Only what is shown of the code is safe to pass on. */
  read(message: string): { readonly code: string; readonly sentence: string } | undefined;
  meaning(code: string): ErrorMeaning;
  /** Whether, raised where an author's expressions are evaluated over rows, it is about one of these rows. */
  isAboutRow(code: string): boolean;
  /** Whether it is about objects of the catalog, and whose words name them, beside what is wrong with the SQL itself. */
  isOfCatalog(code: string): boolean;
  /** A code as people and logs may read it: one that the engine itself raises, or we do; else that it is user-defined. */
  shown(code: string): string;
  /** A shown code with the name of its condition. */
  words(code: string): string;
}
