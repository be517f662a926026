import { mayChange, type ChangeWindow } from './change-window.ts';

/** How long a migration waits for its change window before it begins. */
export interface StartDelay {
  /** 0: it begins at once. */
  readonly waitSeconds: number;
  /** For people; empty where it does not wait. */
  readonly waitReason: string;
}

// A hold of Step Functions lasts three years at the most; a step that is still too early after that says so itself.
const longestWaitSeconds = 99_999_999;

export function startDelay(window: ChangeWindow | undefined, nowMs: number): StartDelay {
  const change = mayChange(window, nowMs);
  if (change.may) return { waitSeconds: 0, waitReason: '' };
  const seconds = Math.max(1, Math.ceil((change.untilMs - nowMs) / 1000));
  return { waitSeconds: Math.min(seconds, longestWaitSeconds), waitReason: change.reason };
}
