import type { OnEvent } from './events.ts';
import { nameOf, other, type Key, type Path, type WritePaths } from './paths.ts';
import type { ShadowWrites } from './shadow-writes.ts';
import type { WriteMode } from './write-mode.ts';

export interface DualWriteParts {
  readonly flag: string;
  /** Which side counts and how, now. */
  readonly mode: () => WriteMode;
  /** How long the other side may keep the caller waiting; of a strict write it is awaited as long as it takes. */
  readonly otherWithinMs: number;
  readonly onEvent: OnEvent;
  /** Called for each write that only the truth is known to have. */
  readonly partial: () => void;
  readonly shadows: ShadowWrites;
}

/**
 * Writes both sides, the truth first: what that fails with is the caller's, and then nothing else is written. What the
 * other side fails with is reported for reconciliation and never loses the truth's result; of a strict write it is the
 * caller's too, so that nobody is promised a write that one side has not. A shadow write keeps nobody waiting.
 */
export async function writeBoth<T>(key: Key, paths: WritePaths<T>, parts: DualWriteParts): Promise<T> {
  const { truth, writes } = parts.mode();
  const missing = other(truth);
  const note = (error: string): void => reportPartial(key, { truth, missing, error }, parts);
  const result = await paths[truth]();
  if (writes === 'strict') {
    try {
      await paths[missing]();
    } catch (error) {
      note(nameOf(error));
      throw error;
    }
    return result;
  }
  if (writes === 'shadow') {
    parts.shadows.write(key, paths[missing], note);
    return result;
  }
  const failure = await failureOf(paths[missing], parts.otherWithinMs);
  if (failure !== undefined) note(failure);
  return result;
}

function reportPartial(
  key: Key,
  told: { readonly truth: Path; readonly missing: Path; readonly error: string },
  { flag, onEvent, partial }: DualWriteParts,
): void {
  partial();
  onEvent({ flag, what: 'partial-write', key, ...told });
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
