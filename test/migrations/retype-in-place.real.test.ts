import { expect, test } from 'vitest';
import { onStage } from './on-stage.ts';
import type { Stage } from './stage.ts';

const codeToText = { file: 'migrations/0015-coupons-code-to-text.yaml', table: 'public.coupons' };

test('a type that changes in the catalog alone asks nobody, waits for nothing and fails no request', () =>
  onStage(codeToText, completes));

async function completes(stage: Stage): Promise<void> {
  const { result, asAsked, notes } = await stage.run();
  expect(notes).toEqual([]);
  expect({ ...result, asAsked }).toMatchObject({
    asAsked: true,
    outcome: 'completed',
    traffic: { failed: 0, lostWrites: 0 },
  });
  expect(result.phases.map(({ name }) => name)).toEqual(['plan', 'expand', 'verify']);
  const { columns, triggers, functions } = await stage.catalog();
  expect({ columns, triggers, functions }).toEqual({
    columns: {
      id: 'bigint NOT NULL',
      code: 'text NOT NULL',
      note: 'text',
      created_at: 'timestamp with time zone NOT NULL DEFAULT now()',
    },
    triggers: [],
    functions: [],
  });
}
