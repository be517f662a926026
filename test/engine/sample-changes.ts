/** Of a text that may hold anything: values that are no number refuse it. */
export const codeToNumber = {
  kind: 'change-type',
  column: 'code',
  to: 'number',
  type: 'integer',
  up: 'code::integer',
  down: 'number::text',
} as const;

/** Lossy: the way back rounds to whole cents. */
export const oldValueInUnits = {
  kind: 'change-type',
  column: 'old_value',
  to: 'new_value',
  type: 'numeric(14,4)',
  up: 'old_value / 100.0',
  down: 'round(new_value * 100)::integer',
} as const;
