import { migrationTest } from './migration-test.ts';

migrationTest('drop-table', {
  file: 'migrations/0020-drop-coupons.yaml',
  table: 'public.coupons',
  // Nothing is copied and no reads move: its statements are counted, then it is out of sight, then it is gone.
  phases: ['confidence', 'quarantine'],
  gates: ['contract'],
  stops: ['confidence', 'quarantine'],
  columnsAfter: {},
});
