import type { ExpectedTable } from '../../engine/plan/expected.ts';
import { expectsNothing as nothingOf } from '../../engine/changes/expectations.ts';

/** For plans of tests that no audit compares with anything. */
export const expectsNothing: ExpectedTable = {
  ...nothingOf('app'),
  columns: [{ name: 'c', notNull: false, hasDefault: false, comment: null, grants: [] }],
};
