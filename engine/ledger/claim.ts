/** A worker's right to write: it ends when the epoch does. */
export interface Claim {
  readonly migration: string;
  readonly epoch: number;
}
