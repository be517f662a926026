import { afterEach, expect, test, vi } from 'vitest';
import { LockNotAcquired } from '../../../engine/database/errors.ts';
import { theBackfill } from '../../../engine/ledger/walk-id.ts';
import type { Database } from '../../../engine/database/database.ts';
import { dialectOf } from '../../../engine/dialects/dialects.ts';
import type { Settings } from '../../../engine/plan/settings.ts';
import { ShardCalls } from '../../../lambdas/steps/shard-calls.ts';
import { WalkPace } from '../../../lambdas/steps/walk-pace.ts';
import { walkShard } from '../../../lambdas/steps/walk-shard.ts';
import { Walker } from '../../../lambdas/steps/walker.ts';
import { specOf, toolsOver } from '../../engine/migration-under-test.ts';

afterEach(() => vi.restoreAllMocks());

const settingsOf = (): Settings => {
  const { source: _, ...settings } = specOf('m', {
    table: 'public.t',
    change: { kind: 'rename-column', from: 'a', to: 'b' },
  });
  return settings;
};
const statements = { work: '', skip: '', cut: '' };
const place = { migration: 'm', epoch: 1, walk: theBackfill, shard: 0 };

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
  let nowMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (nowMs += 130_000));
  await expect(walkShard(statements, place, settingsOf(), toolsOver(database))).rejects.toMatchObject({
    name: 'TransientDatabaseError',
    message: 'the health probe failed: AccessDenied',
  });
});

test.each([
  [20, 20, true],
  [21, 20, false],
  [60, Infinity, true],
])(
  '%i locks in a row that are not granted, of %d at most: the walk goes on, %s',
  async (missed, most, goesOn) => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    let locks = 0;
    const database: Database = {
      dialect: dialectOf('postgres'),
      rows: ({ text }, row) => {
        if (text.includes('pg_table_size')) return Promise.resolve([row.parse({ bytes: null })]);
        if ((locks += 1) <= missed) return Promise.reject(new LockNotAcquired('somebody has it'));
        return Promise.resolve([row.parse({ state: 'done', rows: 1, changed: 1, ms: 1 })]);
      },
      run: refused,
      start: refused,
    };
    const tools = toolsOver(database);
    const pace = await WalkPace.begun(settingsOf(), { begun: [], shard: 0 }, tools, most);
    const walker = new Walker(place, new ShardCalls(statements, place, 1000, database), pace, tools, {
      leave: { given: () => Promise.resolve(true), dutyCycle: 1, slowed: 1 },
      noteStatement: () => {},
      notePassedOver: () => Promise.resolve(),
    });
    const walked = walker.walk().catch((error: unknown) => error);
    expect(await walked).toEqual(goesOn || expect.any(LockNotAcquired));
  },
);
