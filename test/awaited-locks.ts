/** A query of the locks that sessions of this database wait for; other files use the same server meanwhile. */
export const awaitedLocks = (which = 'true'): string => `
  SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
  WHERE NOT granted AND datname = current_database() AND ${which}`;
