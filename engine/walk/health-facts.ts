import * as z from 'zod';

/** Signals of a database's health. */
export const healthFacts = z.object({
  blockedSessions: z.number(),
  replicaLagHidden: z.boolean(),
  replicaLagMs: z.number().nullable(),
  /** What else of the engine's asks for rest, with its limit; null: nothing. */
  pressing: z.string().nullable().optional(),
});
export type HealthFacts = z.infer<typeof healthFacts>;
