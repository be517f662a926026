import { vi } from 'vitest';

/**
 * Looks until nothing is thrown any more, for as long as a machine under load may take; `vi.waitFor` gives up after a second.
 * @param withinMs less than the test's own time, so that what was seen last is what is reported
 */
export const eventually = <T>(look: () => T | Promise<T>, withinMs = 50_000): Promise<T> =>
  vi.waitFor(look, { timeout: withinMs, interval: 20 });
