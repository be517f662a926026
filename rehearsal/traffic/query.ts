/** A statement as the application's driver takes it. */
export interface Query {
  readonly text: string;
  readonly values: readonly (string | number | null)[];
}

/** What one statement gave, and what it took. */
export interface Answer {
  readonly rows: readonly Record<string, unknown>[];
  readonly rowCount: number;
  /** The key that the database made, where the engine tells it beside the rows. */
  readonly generated: string | null;
  readonly waitMs: number;
  readonly queryMs: number;
}
