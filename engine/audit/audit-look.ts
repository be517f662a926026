import type { Finding, Judged } from './audited.ts';

/** One thing that was looked at: what is well about it, and what is not. */
export interface Look {
  readonly well: string;
  readonly found: readonly Finding[];
}

export const judged = (looks: readonly Look[]): Judged => ({
  open: looks.flatMap(({ found }) => found),
  passed: looks.filter(({ found }) => found.length === 0).map(({ well }) => well),
});

export const look = (well: string, ...found: readonly (Finding | false)[]): Look => ({
  well,
  found: found.filter((each) => each !== false),
});

/** A remedy that is one statement. */
export const run = (statement: string): string => `Run: ${statement}`;
