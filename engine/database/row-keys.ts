/**
 * Keys of rows that forbid a change. They are values: only who planned at a terminal may read them. Nothing that serialises, copies or
 * prints an error, a log among it, finds them: they are in no property.
 */
export class RowKeys {
  readonly #keys: readonly string[];
  constructor(keys: readonly string[]) {
    this.#keys = keys;
  }

  /** For a person's eyes. */
  forTerminal(): readonly string[] {
    return this.#keys;
  }
}
