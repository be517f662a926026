/** What one statement of an author's would do that it should not beside live traffic. */
export interface LintFinding {
  readonly rule: string;
  /** What it does, with its lock and what it reads or writes under it. */
  readonly fact: string;
  /** The safe way. */
  readonly remedy: string;
  /** No reason makes it possible. */
  readonly never: boolean;
}
