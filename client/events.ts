import type { Key, Path } from './paths.ts';

/** What a switch has to say. It never holds a value of a row unless the application's own `clean` gave it. */
export type SwitchEvent = { readonly flag: string } & (
  | { readonly what: 'flag-moved'; readonly share: number | null }
  /** The last good answer stays in force, else the old path. */
  | { readonly what: 'agent-lost'; readonly reason: string }
  | { readonly what: 'agent-found' }
  /** All reads of this process take the old path until it closes. */
  | { readonly what: 'breaker-opened'; readonly reason: string }
  | { readonly what: 'breaker-closed' }
  | {
      readonly what: 'mismatch';
      readonly key: Key;
      readonly kind: 'different' | 'old-failed' | 'new-failed';
      /** The failure's name, of the two failing kinds. */
      readonly error?: string;
      /** As cleaned by the application; absent without its `clean`. */
      readonly old?: unknown;
      readonly new?: unknown;
    }
  /** The truth holds the write and the other side does not, or nobody knows: reconcile this key. */
  | {
      readonly what: 'partial-write';
      readonly key: Key;
      readonly truth: Path;
      readonly missing: Path;
      readonly error: string;
    }
  /** A function of the application's that was given to the switch threw, or the switch itself is wrong. */
  | { readonly what: 'fault'; readonly where: string; readonly error: string }
);

export type OnEvent = (event: SwitchEvent) => void;

const fewMismatches = 10;
const perMs = 60_000;

/** One line of JSON on stderr for each event; of mismatches, which may be many, ten a minute. */
export function writeOnStderr(now: () => number = Date.now): OnEvent {
  let since = -Infinity;
  let mismatches = 0;
  return (event) => {
    if (event.what === 'mismatch') {
      if (now() - since >= perMs) [since, mismatches] = [now(), 0];
      mismatches += 1;
      if (mismatches > fewMismatches) return;
    }
    console.warn(JSON.stringify({ underpin: event.what, ...event }, printable));
  };
}

const printable = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

/** A listener of the application's that throws is its own affair. */
export const safely =
  (onEvent: OnEvent): OnEvent =>
  (event) => {
    try {
      onEvent(event);
    } catch {
      // Nobody is left to be told.
    }
  };
