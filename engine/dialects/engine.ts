export const engines = ['postgres', 'mysql'] as const;
/** The databases that a migration can run on. */
export type Engine = (typeof engines)[number];
