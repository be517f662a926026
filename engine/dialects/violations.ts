/** Rows that a rule forbids: each by itself, or those that are equal in these columns. */
export type ForbiddenRows =
  | { readonly kind: 'each'; readonly violated: string }
  | { readonly kind: 'equal'; readonly columns: readonly string[] };

export interface Violations {
  readonly rows: number;
  /** There are more than were counted. */
  readonly more: boolean;
  /** Of the first rows: values of theirs, which only a person may see. */
  readonly keys: readonly string[];
  /** The rule calls something that writes, and was stopped before it had. */
  readonly writes: boolean;
}
