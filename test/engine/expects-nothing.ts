import type { Expected } from '../../engine/plan/expected.ts';

/** For plans of tests that no audit compares with anything. */
export const expectsNothing: Expected = {
  owner: 'app',
  columns: [{ name: 'c', notNull: false, hasDefault: false, comment: null, grants: [] }],
  indexes: [],
  constraints: [],
  statistics: [],
  replicaIdentity: null,
  leftBehind: [],
  triggers: [],
};
