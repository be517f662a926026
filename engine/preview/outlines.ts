/** A state machine without what its states say. */
export interface Outline {
  readonly startAt: string;
  readonly states: Readonly<Record<string, OutlinedState>>;
}

export interface OutlinedState {
  /** Where it may go: of a Choice, its rules in order, then its default. */
  readonly next: readonly string[];
  /** That it invokes a function. */
  readonly invokes?: boolean;
  /** The machine that it waits for. */
  readonly starts?: 'verify' | 'gate';
  /** What a frame holds, or each round of a Map. */
  readonly inner?: Outline;
}

/** The machines that a migration consists of. */
export type Outlines = Readonly<Record<'migration' | 'verify' | 'gate', Outline>>;
