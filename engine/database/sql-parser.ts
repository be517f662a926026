/** The parser of the database's own engine: raises an error for a text that it cannot read. */
export interface SqlParser {
  /** Statements, as `{ stmts: [ … ] }`. */
  readonly sql: (text: string) => unknown;
  /** One CREATE FUNCTION statement in PL/pgSQL, as `{ plpgsql_funcs: [ … ] }`. */
  readonly plpgsql: (text: string) => unknown;
}
