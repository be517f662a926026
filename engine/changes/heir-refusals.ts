import type { Inheritance } from '../catalog/inherited.ts';
import { identityRefusals } from './identity.ts';
import { keyRefusals } from './key-refusals.ts';
import type { DatabaseQuestions, Refusal, Subject } from './kind.ts';
import { partNameRefusals } from './part-names.ts';
import { partitionedRefusals } from './partitioned-refusals.ts';
import type { Replacement } from './replacement-refusals.ts';

/** What forbids that a column takes over all that hangs on the one whose place it takes. */
export async function heirRefusals(
  replacement: Replacement,
  subject: Subject,
  inheritance: Inheritance,
  { parser, taken }: Pick<DatabaseQuestions, 'parser' | 'taken'>,
): Promise<readonly Refusal[]> {
  const {
    from,
    keys: { from: key },
  } = replacement;
  return [
    ...partitionedRefusals(from, key, subject, inheritance),
    ...keyRefusals(replacement, subject, inheritance, parser),
    ...identityRefusals(replacement, subject, inheritance.type),
    ...(await partNameRefusals(key, inheritance.indexes, subject, taken)),
  ];
}
