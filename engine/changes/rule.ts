import type { NewRelation, SessionSettings } from '../dialects/inspector.ts';
import type { ForbiddenRows } from '../dialects/violations.ts';

/** Something that is to hold of every row, and the constraint or index that will hold it. */
export interface Rule {
  /** The key of the spec that says it. */
  readonly key: string;
  /** Under which it stays; null where it goes again by itself. */
  readonly name: string | null;
  readonly made: NewRelation;
  /** The rows that break it; null: none can. */
  readonly forbidden: ForbiddenRows | null;
  readonly isRepaired: boolean;
  /** What to do about rows that break it. */
  readonly remedy: string;
}

/** A rule as the database takes it. */
export interface KnownRule {
  /** Its definition, as the database prints it. */
  readonly printed: string;
  /** Of the session that read it: what the author's expressions are run under. */
  readonly settings: SessionSettings;
}
