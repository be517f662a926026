import * as z from 'zod';

/** What every part of a report is made of. */

export interface NotMeasured {
  /** Why, in words that follow "Not measured: ". */
  readonly notMeasured: string;
}
export type Measured<T> = T | NotMeasured;

export function isMeasured<T extends object>(part: T): part is Exclude<T, NotMeasured> {
  return !('notMeasured' in part);
}

export const orNotMeasured = <S extends z.ZodType>(part: S) =>
  z.union([z.strictObject({ notMeasured: z.string() }), part]);

export const at = z.iso.datetime();
export const count = z.number().nonnegative();
export const fact = z.strictObject({ name: z.string(), value: z.string() });
