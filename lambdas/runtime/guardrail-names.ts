/** The alarms of a target that roll back, as they are called behind its name; each is a heading of docs/runbook.md. */
export const guardrailNames = [
  'replica-lag',
  'deadlocks',
  'database-load',
  'commit-latency',
  'connections',
  'history-list',
  'blocked-sessions',
  'backfill-stalled',
  'stubborn-rows',
  'mismatches',
  'read-errors',
  'read-latency',
  'breakers-open',
] as const;
export type GuardrailName = (typeof guardrailNames)[number];
