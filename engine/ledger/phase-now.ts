import type { MigrationSummary } from './summary.ts';

const phaseOfHold: readonly (readonly [RegExp, MigrationSummary['phase']])[] = [
  [/^(read-switch$|bake-)/u, 'read-switch'],
  [/^swap$/u, 'swap'],
  [/^(contract$|confidence-)/u, 'confidence'],
  [/^quarantine$/u, 'quarantine'],
];

/** The phase that a migration is in. The ledger says it with a phase's first work, and a hold can come before that. */
export const phaseNow = (
  { phase }: Pick<MigrationSummary, 'phase'>,
  hold: { readonly hold: string } | null,
): MigrationSummary['phase'] =>
  phaseOfHold.find(([names]) => hold !== null && names.test(hold.hold))?.[1] ?? phase;
