import type { Expected } from '../../engine/plan/expected.ts';
import { expectsNothing as nothingOf } from '../../engine/changes/expectations.ts';

/** For plans of tests that no audit compares with anything. */
export const expectsNothing: Expected = {
  ...nothingOf('app'),
  columns: [{ name: 'c', notNull: false, hasDefault: false, comment: null, grants: [] }],
};
