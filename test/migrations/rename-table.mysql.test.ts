import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PhaseName } from '../../engine/plan/plan.ts';
import { freshName } from '../engine/dialects/mysql/fresh-name.ts';
import { hasMysql } from '../fresh-mysql-database.ts';
import { mysqlCloud, type MysqlCloud } from '../rehearsal/mysql-cloud.ts';
import { columnsOf } from '../rehearsal/mysql-columns.ts';

const file = '0011-orders-to-purchases.yaml';
const breaches: readonly PhaseName[] = ['expand', 'quarantine'];

describe.skipIf(!hasMysql())('rename-table on MySQL, under traffic by both names', () => {
  let stage: MysqlCloud<'completes' | 'back' | 'refused'>;
  beforeAll(async () => {
    stage = await mysqlCloud(['completes', 'back', 'refused']);
  });
  afterAll(() => stage.close());

  const columnsAt = (target: Parameters<typeof stage.urlOf>[0], table: string) =>
    columnsOf(stage.urlOf(target), table);
  const expectCompleted = async (target: 'completes' | 'back' | 'refused', name = freshName()) => {
    const { result, asAsked, notes } = await stage.run(target, file, {}, {}, name);
    expect({ ...result, asAsked, notes }).toMatchObject({
      outcome: 'completed',
      asAsked: true,
      notes: [],
      traffic: { failed: 0, lostWrites: 0 },
    });
    expect(result.traffic.requests).toBeGreaterThan(100);
    expect(await columnsAt(target, 'orders')).toEqual([]);
    expect(await columnsAt(target, 'purchases')).toContain('status');
  };

  test('completes, and nothing has the old name', () => expectCompleted('completes'));

  test(`a guardrail in ${breaches.join(', then ')} rolls back, and the next start completes`, async () => {
    const name = freshName();
    for (const breach of breaches) {
      const { result, asAsked } = await stage.run('back', file, { breach }, {}, name);
      expect({ ...result, asAsked }).toMatchObject({
        outcome: 'rolled-back',
        asAsked: true,
        rollback: { phase: breach },
        traffic: { failed: 0, lostWrites: 0 },
      });
    }
    await expectCompleted('back', name);
  });

  test('a refused contract rolls back, and nothing of the new name is left', async () => {
    const { result, asAsked } = await stage.run(
      'refused',
      file,
      { reject: 'contract' },
      { onRollback: 'remove' },
    );
    expect({ ...result, asAsked }).toMatchObject({
      outcome: 'rolled-back',
      asAsked: true,
      traffic: { failed: 0, lostWrites: 0 },
    });
    expect(await columnsAt('refused', 'orders')).toContain('status');
    expect(await columnsAt('refused', 'purchases')).toEqual([]);
  });
});
