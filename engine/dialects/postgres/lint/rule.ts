import type { Part } from './parts.ts';

/** One thing that a statement must not do beside live traffic: how it is recognised, what it costs, and what to do instead. */
export interface Rule {
  readonly name: string;
  readonly finds: (part: Part) => boolean;
  /** What it does, with its lock and what it reads or writes under it. */
  readonly fact: string;
  readonly remedy: string;
  /** No reason makes it possible: it cannot run as one call, or nobody could tell what it does. */
  readonly never?: true;
  /** It does no harm to a table that the same list of statements has made: that one is empty, and nobody knows it. */
  readonly harmlessIfNew?: true;
}
