import { mayChange, type ChangeWindow } from './change-window.ts';

/** How long a migration waits for its change window before it begins. */
export interface Beginning {
  /** 0: it begins at once. */
  readonly waitSeconds: number;
  /** For people; empty where it does not wait. */
  readonly waitReason: string;
}

// A hold of Step Functions lasts three years at the most; a step that is still too early after that says so itself.
const longestWaitSeconds = 99_999_999;

export function beginning(window: ChangeWindow | undefined, nowMs: number): Beginning {
  const change = mayChange(window, nowMs);
  if (change.may) return { waitSeconds: 0, waitReason: '' };
  const seconds = Math.max(1, Math.ceil((change.untilMs - nowMs) / 1000));
  return { waitSeconds: Math.min(seconds, longestWaitSeconds), waitReason: change.reason };
}
