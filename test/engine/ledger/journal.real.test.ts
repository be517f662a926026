import { expect, test } from 'vitest';
import { installLedger } from '../../../engine/ledger/install.ts';
import { Ledger } from '../../../engine/ledger/ledger.ts';
import { databaseUnderTest } from '../database-under-test.ts';
import { planForTests } from '../plan-for-tests.ts';

test('a note of statements that is longer than a row of the Data API does not keep people from the journal', async () => {
  const db = await databaseUnderTest();
  try {
    await installLedger(db.database);
    const ledger = new Ledger(db.database);
    const table = { schema: 'public', name: 't' };
    const plan = planForTests({
      migration: 'm',
      table,
      shape: { kind: 'none', breaks: null },
      phases: {},
    });
    const claim = await ledger.claim({
      migration: 'm',
      seen: 0,
      execution: 'arn:e',
      declaration: '',
      plan,
      settings: {},
    });
    await db.sql.query(
      `INSERT INTO underpin.event (migration, epoch, what, detail)
       SELECT 'm', $1, 'statements', jsonb_build_object('calls', jsonb_object_agg(n, n)) FROM generate_series(1, 20000) AS n`,
      [claim.epoch],
    );
    await ledger.enterPhase(claim, 'expand');
    const what = ['claimed', 'running'];
    expect((await ledger.journal.since('m', 'arn:e')).map((event) => event.what)).toEqual(what);
    expect((await ledger.journal.latest('m')).map((event) => event.what)).toEqual(what.toReversed());
  } finally {
    await db.close();
  }
});
