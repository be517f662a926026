export const engines = ['postgres'] as const;
/** The databases that a migration can run on. */
export type Engine = (typeof engines)[number];
