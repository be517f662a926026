/** What the database does with a write at a moment of a migration. */
export interface Moment {
  /** Counts how often the new side has begun from nothing. */
  readonly round: number;
  /** Whether the triggers stand: not yet, now, or no more. */
  readonly triggers: 'not yet' | 'on' | 'over';
  readonly authority: 'old' | 'new';
  /** Whether the backfill has seen every row. */
  readonly filled: boolean;
}

export const firstMoment: Moment = { round: 0, triggers: 'not yet', authority: 'old', filled: false };

/** Through which moments a migration has gone. While it goes from one to the next, a write may meet either. */
export class Moments {
  now: Moment = firstMoment;
  readonly #course: (readonly Moment[])[] = [[firstMoment]];

  /** A place in the course, before a statement is sent. */
  get place(): number {
    return this.#course.length - 1;
  }

  /** All that a statement may have met that was sent at a place and is answered now. */
  since(place: number): readonly Moment[] {
    return [...new Set(this.#course.slice(place).flat())];
  }

  async change(to: Partial<Moment>, by: () => Promise<unknown>): Promise<void> {
    const next = { ...this.now, ...to };
    this.#course.push([this.now, next]);
    await by();
    this.#course.push([next]);
    this.now = next;
  }
}
