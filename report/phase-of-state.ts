import type { PhaseName } from '../engine/plan/plan.ts';

export type Section = PhaseName | 'plan' | 'rollback';

// By the first words of the states of migration.asl.json, as they read from top to bottom.
const sections: readonly (readonly [RegExp, Section])[] = [
  [
    /^(Plan|Take the migration|Has another|Look at that|Is it still|May it begin|Tell that it waits|Wait for its)/u,
    'plan',
  ],
  [/^Expand/u, 'expand'],
  [/^Write both/u, 'dual-write'],
  [/^(Cut into shards|Backfill|Sweep)/u, 'backfill'],
  [/^(Verify every|Build constraints|Built|Let it build)/u, 'verify'],
  [
    /read.switch|^Compare again before the read|^Ask: may reads|^(Switch reads$|New shape wins)/u,
    'read-switch',
  ],
  [
    /contract\?|: contract|^Ask: may the old|^(Begin the confidence|Compare again before the contract|Live with both|Collect evidence without|Is the evidence|Evidence is|Verify once more)/u,
    'confidence',
  ],
  [/^(Quarantine|Is there a quarantine)/u, 'quarantine'],
  [
    /^(Contract$|Audit what is left$|Close as completed|Write the report of the migration|Tell that it is done|Done)/u,
    'contract',
  ],
  [
    /^(Bring the old shape back|Switch reads back|Fence|Undo|Is the new shape|Ask: may the new|Gate: remove|Remove|Audit what is left after|Close as rolled|Write the report of the rollback|Tell that it was rolled|Rolled)/u,
    'rollback',
  ],
];

/** The phase that a state of the migration machine belongs to; undefined for the few that end without one. */
export const sectionOf = (state: string): Section | undefined =>
  sections.find(([words]) => words.test(state))?.[1];
