import { afterEach, expect, test, vi } from 'vitest';
import { theBackfill } from '../../../engine/ledger/walk-id.ts';
import type { Database } from '../../../engine/database/database.ts';
import { dialectOf } from '../../../engine/dialects/dialects.ts';
import { walkShard } from '../../../lambdas/steps/walk-shard.ts';
import { specOf, toolsOver } from '../../engine/migration-under-test.ts';

afterEach(() => vi.restoreAllMocks());

const refused = () => Promise.reject(Object.assign(new Error('secret'), { name: 'AccessDenied' }));

test('a walk that cannot read the health of its database for minutes fails with the reason', async () => {
  const database: Database = {
    dialect: dialectOf('postgres'),
    rows: ({ text }, row) => {
      if (text.includes('aurora_version')) return refused();
      return Promise.resolve(text.includes('pg_table_size') ? [row.parse({ bytes: null })] : []);
    },
    run: refused,
    start: refused,
  };
  const { source: _, ...settings } = specOf('m', {
    table: 'public.t',
    change: { kind: 'rename-column', from: 'a', to: 'b' },
  });
  let nowMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (nowMs += 130_000));
  const statements = { work: '', skip: '', cut: '' };
  const place = { migration: 'm', epoch: 1, walk: theBackfill, shard: 0 };
  await expect(walkShard(statements, place, settings, toolsOver(database))).rejects.toMatchObject({
    name: 'TransientDatabaseError',
    message: 'the health probe failed: AccessDenied',
  });
});
