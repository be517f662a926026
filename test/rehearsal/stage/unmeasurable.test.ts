import { expect, test } from 'vitest';
import { parseSpec } from '../../../engine/spec/spec.ts';
import {
  unmeasurableHere,
  withoutEvidence,
  wordsOfUnmeasurable,
} from '../../../rehearsal/stage/unmeasurable.ts';

const text = 'goal: Rename\ntable: users\nchange: { kind: rename-column, from: email, to: address }\n';
const here = (more = '') =>
  unmeasurableHere(
    parseSpec(`${text}${more}`, 'rename.yaml'),
    { requestsPerSecond: 0 },
    { uncounted: 'nobody may read pg_stat_statements here' },
  );

test('what the rehearsal sets is said to be its own word, and no file of the author’s', () => {
  expect(here().map(wordsOfUnmeasurable)).toEqual([
    'there is no traffic, so no reads are reported: rehearsed with reads.reported: false, which the file does not say',
    'nobody may read pg_stat_statements here: rehearsed with contract.statements: unmeasured, which the file does not say',
  ]);
  expect(withoutEvidence(text, here())).toMatch(/reported: false[\s\S]*statements: unmeasured/u);
});

test('what the file says already is left to its author', () => {
  expect(here('reads: { reported: false }\ncontract: { statements: unmeasured }\n')).toEqual([]);
});

test('nothing is said of reads where none move', () => {
  const optional = 'goal: Optional\ntable: users\nchange: { kind: drop-not-null, column: email }\n';
  expect(
    unmeasurableHere(parseSpec(optional, 'optional.yaml'), { requestsPerSecond: 0 }, { uncounted: null }),
  ).toEqual([]);
});
