import { parseDocument } from 'yaml';
import type { RehearsalOptions } from '../options.ts';
import type { RehearsedDatabase } from '../database/rehearsed-database.ts';

/** Evidence that cannot be had in this rehearsal, as the migration's file would say it, and as people read it. */
export interface Unmeasurable {
  readonly key: string;
  readonly value: string | boolean;
  readonly says: string;
}

export const unmeasurableHere = (
  { requestsPerSecond }: Pick<RehearsalOptions, 'requestsPerSecond'>,
  { uncounted }: Pick<RehearsedDatabase, 'uncounted'>,
): readonly Unmeasurable[] => [
  ...(requestsPerSecond > 0
    ? []
    : [{ key: 'reads.reported', value: false, says: 'no traffic, so no reads are reported' }]),
  ...(uncounted === null
    ? []
    : [
        {
          key: 'contract.statements',
          value: 'unmeasured',
          says: uncounted,
        },
      ]),
];

/** The migration's file, saying what will not be measured. */
export function withoutEvidence(text: string, unmeasurable: readonly Unmeasurable[]): string {
  const document = parseDocument(text);
  for (const { key, value } of unmeasurable) document.setIn(key.split('.'), value);
  return document.toString();
}
