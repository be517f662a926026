import { parseDocument } from 'yaml';
import { movesReads } from '../../engine/changes/bound-kind.ts';
import type { Spec } from '../../engine/spec/spec.ts';
import type { RehearsalOptions } from '../options.ts';
import type { RehearsedDatabase } from '../database/rehearsed-database.ts';

/** Evidence that cannot be had in this rehearsal: the key that it sets in its own copy of the migration's file, and why. */
export interface Unmeasurable {
  readonly key: string;
  readonly value: string | boolean;
  readonly why: string;
}

/** What the author's file does not say, and the rehearsal therefore does. */
export const wordsOfUnmeasurable = ({ key, value, why }: Unmeasurable): string =>
  `${why}: rehearsed with ${key}: ${value}, which the file does not say`;

/** What the file says already is the author's word, and left as it is. */
export const unmeasurableHere = (
  { change, reads, contract }: Pick<Spec, 'change' | 'reads' | 'contract'>,
  { requestsPerSecond }: Pick<RehearsalOptions, 'requestsPerSecond'>,
  { uncounted }: Pick<RehearsedDatabase, 'uncounted'>,
): readonly Unmeasurable[] => [
  ...(requestsPerSecond > 0 || !reads.reported || !movesReads(change)
    ? []
    : [{ key: 'reads.reported', value: false, why: 'there is no traffic, so no reads are reported' }]),
  ...(uncounted === null || contract.statements === 'unmeasured'
    ? []
    : [
        {
          key: 'contract.statements',
          value: 'unmeasured',
          why: uncounted,
        },
      ]),
];

/** The migration's file, saying what will not be measured. */
export function withoutEvidence(text: string, unmeasurable: readonly Unmeasurable[]): string {
  const document = parseDocument(text);
  for (const { key, value } of unmeasurable) document.setIn(key.split('.'), value);
  return document.toString();
}
