export const engines = ['postgres', 'mysql'] as const;
/** The databases that a migration can run on. */
export type Engine = (typeof engines)[number];

/** Their names, for people. */
export const productNames: { readonly [E in Engine]: string } = { postgres: 'PostgreSQL', mysql: 'MySQL' };
