import { expect, test } from 'vitest';
import { installLedger } from '../../../engine/ledger/install.ts';
import { Ledger } from '../../../engine/ledger/ledger.ts';
import { databaseUnderTest } from '../database-under-test.ts';
import { planForTests } from '../plan-for-tests.ts';

test('a plan longer than a row of the Data API is found as it was claimed', async () => {
  const db = await databaseUnderTest();
  try {
    await installLedger(db.database);
    const ledger = new Ledger(db.database);
    const plan = {
      ...planForTests({
        migration: 'long',
        table: { schema: 'public', name: 't' },
        shape: { kind: 'none', breaks: null },
        phases: {},
      }),
      warnings: ['\\"ä😀\n'.repeat(20_000)],
    };
    expect(Buffer.byteLength(JSON.stringify(plan))).toBeGreaterThan(200_000);
    await ledger.claim({
      migration: 'long',
      seen: 0,
      execution: 'arn:e',
      declaration: '',
      plan,
      settings: {},
    });
    expect((await ledger.find('long'))?.plan).toEqual(plan);
    expect(await ledger.find('longer')).toBeUndefined();
  } finally {
    await db.close();
  }
});
