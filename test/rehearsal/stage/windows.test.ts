import { expect, test } from 'vitest';
import { parseSpec } from '../../../engine/spec/spec.ts';
import { livedWindows, rehearsedWindows } from '../../../rehearsal/stage/windows.ts';

const spec = parseSpec(
  'goal: Rename\ntable: users\nchange: { kind: rename-column, from: email, to: address }\ncontract: { quiet: 1h }\n',
  'rename.yaml',
);
const keys = (...lived: Parameters<typeof livedWindows>[1]) =>
  livedWindows(rehearsedWindows(spec, null), lived).map(({ key }) => key);

test('windows are those of the phases that the plan has, and no others', () => {
  expect(keys('expand')).toEqual([]);
  expect(keys('expand', 'quarantine', 'contract')).toEqual(['contract.quiet', 'contract.quarantine']);
  expect(keys('expand', 'backfill', 'verify', 'read-switch', 'confidence', 'quarantine', 'contract')).toEqual(
    ['reads.bake', 'confidence.window', 'confidence.reconcileEvery', 'contract.quiet', 'contract.quarantine'],
  );
});
