import { describe, expect, test } from 'vitest';
import type { PhaseName } from '../../engine/plan/plan.ts';
import { hasMysql } from '../fresh-mysql-database.ts';
import { expectEnded } from './ended.ts';
import { onStage } from './on-stage.ts';
import type { Stage } from './stage.ts';

const toPurchases = { file: 'migrations/mysql/0011-orders-to-purchases.yaml', table: 'orders' };
const breaches: readonly PhaseName[] = ['expand', 'quarantine'];

describe.skipIf(!hasMysql()).concurrent('rename-table on MySQL, under traffic by both names', () => {
  const columns = async (stage: Stage, table: string): Promise<readonly string[]> =>
    Object.keys((await stage.catalog(table)).columns);
  const expectCompleted = async (stage: Stage): Promise<void> => {
    const rehearsal = await stage.run();
    expectEnded(rehearsal, 'completed', { notes: [] });
    expect(rehearsal.result.traffic.requests).toBeGreaterThan(50);
    expect(await columns(stage, 'orders')).toEqual([]);
    expect(await columns(stage, 'purchases')).toContain('status');
  };

  test('completes, and nothing has the old name', () => onStage(toPurchases, expectCompleted));

  test(`a guardrail in ${breaches.join(', then ')} rolls back, and the next start completes`, () =>
    onStage(toPurchases, async (stage) => {
      for (const breach of breaches)
        expectEnded(await stage.run({ breach }), 'rolled-back', { rollback: { phase: breach } });
      await expectCompleted(stage);
    }));

  test('a refused contract rolls back, and nothing of the new name is left', () =>
    onStage(toPurchases, async (stage) => {
      const rehearsal = await stage.run({ reject: 'contract' }, { onRollback: 'remove' });
      expectEnded(rehearsal, 'rolled-back');
      expect(await columns(stage, 'orders')).toContain('status');
      expect(await columns(stage, 'purchases')).toEqual([]);
    }));
});
