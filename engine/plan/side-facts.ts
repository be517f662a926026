import * as z from 'zod';

/** Something that hangs on a column: `default of email`, and how the catalog prints it. */
export const sideFact = z.object({ what: z.string(), as: z.string() });
export type SideFact = Readonly<z.infer<typeof sideFact>>;

/** How to have a standing migration planned for the table as it is now. */
export const planAnew =
  'run the migration once more with `onRollback: remove`, reject its first gate, and start it anew';

// What it did to the change is done no more.
const nobodyMisses = /^(?:publication|rule|replica identity by index) /u;

/** What is not as it was, each with what became of it. Definitions may hold values, and stay where they are. */
export function changedFacts(before: readonly SideFact[], now: readonly SideFact[]): readonly string[] {
  const was = new Map(before.map(({ what, as }) => [what, as]));
  const is = new Map(now.map(({ what, as }) => [what, as]));
  return [
    ...before
      .filter(({ what }) => !is.has(what) && !nobodyMisses.test(what))
      .map(({ what }) => `${what} is gone`),
    ...now.flatMap(({ what, as }) => {
      const then = was.get(what);
      if (then === undefined) return [`${what} is new`];
      return then === as ? [] : [`${what} is another`];
    }),
  ];
}
