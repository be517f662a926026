import type { OnEvent } from './events.ts';
import { nameOf, other, type Key, type Path, type WritePaths } from './paths.ts';

export interface DualWriteParts {
  readonly flag: string;
  /** The side whose result counts, now. */
  readonly truth: () => Path;
  /** How long the other side may keep the caller waiting. */
  readonly otherWithinMs: number;
  readonly onEvent: OnEvent;
  /** Called for each write that only the truth is known to have. */
  readonly partial: () => void;
}

/**
 * Writes both sides, the truth first: what that fails with is the caller's, and then nothing else is written. What the
 * other side fails with is reported for reconciliation and never loses the truth's result.
 */
export async function writeBoth<T>(key: Key, paths: WritePaths<T>, parts: DualWriteParts): Promise<T> {
  const truth = parts.truth();
  const missing = other(truth);
  const result = await paths[truth]();
  const failure = await failureOf(paths[missing], parts.otherWithinMs);
  if (failure !== undefined) {
    parts.partial();
    parts.onEvent({ flag: parts.flag, what: 'partial-write', key, truth, missing, error: failure });
  }
  return result;
}

/** What went wrong, by name; a write that is not done in time may still arrive, and counts as missing. */
async function failureOf(write: () => unknown, withinMs: number): Promise<string | undefined> {
  let patience: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    patience = setTimeout(() => resolve(`not done within ${withinMs} ms`), withinMs);
  });
  const done = (async () => {
    try {
      await write();
      return undefined;
    } catch (error) {
      return nameOf(error);
    }
  })();
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(patience);
  }
}
