import { nameOf, type Key } from './paths.ts';

/** More are not begun: a new side that hangs must not fill the process with what it owes it. */
const mostUnderway = 100;

/**
 * Writes in the background to a side that nobody reads: the caller waits for none of them and is told nothing. Those of one
 * key come one after the other, so that an older value does not overtake a newer one.
 */
export class ShadowWrites {
  /** The newest write of each key that has one under way. */
  readonly #newest = new Map<string, Promise<void>>();
  #underway = 0;

  /** `failed` gets the name of what went wrong. */
  write(key: Key, write: () => unknown, failed: (error: string) => void): void {
    if (this.#underway >= mostUnderway) {
      failed(`${mostUnderway} shadow writes are under way`);
      return;
    }
    this.#underway += 1;
    const name = `${typeof key} ${String(key)}`;
    const own = inTurn(this.#newest.get(name), write, failed);
    this.#newest.set(name, own);
    void this.#forget(name, own);
  }

  /** Resolves when none is under way. */
  async settled(): Promise<void> {
    while (this.#newest.size > 0) await Promise.all(this.#newest.values());
  }

  async #forget(name: string, own: Promise<void>): Promise<void> {
    await own;
    this.#underway -= 1;
    if (this.#newest.get(name) === own) this.#newest.delete(name);
  }
}

/** Never rejects. */
async function inTurn(
  before: Promise<void> | undefined,
  write: () => unknown,
  failed: (error: string) => void,
): Promise<void> {
  if (before !== undefined) await before;
  try {
    await write();
  } catch (error) {
    failed(nameOf(error));
  }
}
