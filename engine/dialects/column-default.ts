/**
 * A constant default is the same to everybody; a stable one (now(), current_user) hangs on the session that left the
 * column out; a volatile one (nextval, random) differs at each call, so it tells nothing.
 */
export interface ColumnDefault {
  readonly expression: string;
  readonly varies: 'never' | 'by session' | 'at each call';
  /** No default in the catalog: the column is an identity, which goes from one to the other as such. */
  readonly isIdentity?: true;
}
