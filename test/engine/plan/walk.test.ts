import { expect, test } from 'vitest';
import { comparing, oneWalk, walkFor, walksByTruth, type WritingWalk } from '../../../engine/plan/walk.ts';

const statements = (of: string): WritingWalk => ({
  cut: `cut ${of}`,
  batch: `batch ${of}`,
  check: `check ${of}`,
  skip: `skip ${of}`,
  sweep: `sweep ${of}`,
  list: `list ${of}`,
});

test('a walk that does not hang on the truth is found whichever side it is', () => {
  const walks = oneWalk(statements('rows'));
  for (const truth of ['old', 'new', undefined] as const)
    expect(walkFor({ walks }, 'verify', truth)).toMatchObject({ check: 'check rows' });
  expect(walkFor({ walks }, 'before-drop')).toBeUndefined();
});

test('a walk from one side is found while that side is the truth, and by whoever asks only whether there is one', () => {
  const walks = walksByTruth({ old: statements('old'), new: statements('new') });
  expect(walkFor({ walks }, 'reconcile', 'old')).toMatchObject({ check: 'batch old' });
  expect(walkFor({ walks }, 'reconcile', 'new')).toMatchObject({ check: 'batch new' });
  expect(walkFor({ walks }, 'before-contract', 'old')).toBeUndefined();
  expect(walkFor({ walks }, 'before-contract')).toMatchObject({ check: 'batch new' });
});

test('what only compares writes no row', () => {
  expect(Object.keys(comparing(statements('rows')))).toEqual(['cut', 'check', 'skip', 'list']);
});
