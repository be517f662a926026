import { expect, test } from 'vitest';
import { smallBatches, withBatchesOf } from '../../../rehearsal/stage/small-batches.ts';
import { specOf } from '../../engine/migration-under-test.ts';

const change = { kind: 'rename-column', from: 'a', to: 'b' };
const spec = specOf('m', { table: 'public.t', change });

test('a backfill in which a worker is killed has a hundred batches', () => {
  expect(smallBatches(spec, { killWorker: true, rows: 30_000 })).toBe(300);
  expect(smallBatches(spec, { killWorker: true, rows: 5 })).toBe(10);
});

test('batches stay what the file says where nobody is killed, or where they are small', () => {
  expect(smallBatches(spec, { killWorker: false, rows: 30_000 })).toBeNull();
  const small = specOf('m', { table: 'public.t', change, backfill: { maxBatchRows: 50 } });
  expect(smallBatches(small, { killWorker: true, rows: 30_000 })).toBeNull();
});

test('the rest of the file stays as it is', () => {
  expect(withBatchesOf('backfill:\n  parallelism: 3\nowner: me\n', 300)).toBe(
    'backfill:\n  parallelism: 3\n  maxBatchRows: 300\nowner: me\n',
  );
});
