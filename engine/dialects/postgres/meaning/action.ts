/** One thing that SQL does, by the parser's word for it, and to what: schema, relation, and what of the relation. */
export interface Action {
  readonly does: string;
  readonly to: readonly string[];
  /** Not done by the statement itself, but by the body of the function that it makes. */
  readonly inside?: true;
}
