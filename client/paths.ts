/** Which shape of the table: the one that the migration leaves, or the one that it builds. */
export type Path = 'old' | 'new';

/** What identifies who reads: always the same for the same user, whatever process asks. */
export type Key = string | number | bigint;

/** The two ways to the same answer. Reads must change nothing: one that fails on the new path is repeated on the old. */
export interface ReadPaths<T> {
  readonly old: () => T | Promise<T>;
  readonly new: () => T | Promise<T>;
  /**
   * Whether both answers mean the same. Default: deep equality of copies, so that the caller may change what it got; what
   * `equal` and `ignore` see is not copied. Used by compare mode alone, as are the next two.
   */
  readonly equal?: (old: T, fresh: T) => boolean;
  /** Differences that are known and harmless. */
  readonly ignore?: (old: T, fresh: T) => boolean;
  /** What of an answer may be told of a mismatch. Without it, no value is. */
  readonly clean?: (value: T) => unknown;
}

/** The two ways to write the same fact. */
export interface WritePaths<T> {
  readonly old: () => T | Promise<T>;
  readonly new: () => T | Promise<T>;
}

export const other = (path: Path): Path => (path === 'old' ? 'new' : 'old');

/** What may be told of an error: its name or code. Its message can hold a row's values. */
export function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? `${error.name} ${error.code}` : error.name;
}
