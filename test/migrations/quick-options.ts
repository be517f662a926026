import type { RehearsalOptions } from '../../rehearsal/options.ts';

/** A rehearsal that shows nothing and asks nobody, in the cloud's own time. */
export const quickOptions: Omit<RehearsalOptions, 'file'> = {
  rows: 3000,
  requestsPerSecond: 20,
  approve: true,
  reject: null,
  holdGates: false,
  breach: null,
  killWorker: false,
  schema: null,
  databaseUrl: null,
  engine: 'postgres',
  timeScale: 1,
  json: null,
  report: null,
  baselineMs: 200,
};
