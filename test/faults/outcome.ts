/** How a migration ends. */
export type Outcome = 'completed' | 'rolled-back' | 'failed';
