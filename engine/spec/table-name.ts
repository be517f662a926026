/** A table by its names in the catalog: unquoted, case kept. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}
