import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Ledger, type Claim } from '../../engine/ledger/ledger.ts';
import { withReadShare } from '../../engine/reads/flags.ts';
import { bothSidesCloud, context } from './both-sides-cloud.ts';

const cloud = bothSidesCloud();
const { variants, deployedVersion, start, apply, reconciled } = cloud;
const fenced = z.object({ epoch: z.number(), undo: z.array(z.string()) });
const undone = z.object({ done: z.boolean(), pass: z.number() });

/** Everything that a rollback invokes, in its order. */
async function rollBack(
  claim: Claim,
  execution: string,
  failure: unknown,
): Promise<readonly (readonly string[])[]> {
  const { handler: switchBack } = await import('../../lambdas/switch-reads-back.ts');
  await switchBack({ migration: claim.migration, execution }, context);
  const said = await variants();
  const [, ...then] = await rollBackFromFence(claim, execution, failure);
  return [said, ...then];
}

/** What of it comes after the reads; what the flag says behind the fence, behind the undo and in the end. */
async function rollBackFromFence(
  claim: Claim,
  execution: string,
  failure: unknown = breach,
): Promise<readonly (readonly string[])[]> {
  const said: (readonly string[])[] = [];
  const { handler: fence } = await import('../../lambdas/fence-workers.ts');
  const { epoch, undo } = fenced.parse(
    await fence({ migration: claim.migration, execution, failure }, context),
  );
  said.push(await variants());
  const { handler: undoPhase } = await import('../../lambdas/undo-phase.ts');
  for (const phase of undo)
    for (let answer = { done: false, pass: 1 }; !answer.done;)
      answer = undone.parse(
        await undoPhase({ migration: claim.migration, epoch, phase, pass: answer.pass }, context),
      );
  said.push(await variants());
  const { handler: close } = await import('../../lambdas/close-migration.ts');
  await close({ migration: claim.migration, epoch, status: 'rolled-back' }, context);
  said.push(await variants());
  return said;
}

const breach = { phase: 'confidence', error: { Error: 'GuardrailBreached', Cause: 'an alarm is on' } };

async function onNewTruth(): Promise<Claim> {
  const claim = { migration: 'm', epoch: (await start('arn:first')).epoch };
  await apply(claim, 'expand', 'dual-write', 'verify');
  await cloud.db.sql.query('UPDATE people SET email = mail');
  await apply(claim, 'read-switch');
  const { handler: begin } = await import('../../lambdas/begin-confidence.ts');
  await begin(claim, context);
  return claim;
}

describe('what the flag tells the writers of an application that writes both sides', () => {
  test('is nothing below the last share, and then the strict state, until the new side is the truth', async () => {
    const claim = { migration: 'm', epoch: (await start('arn:first')).epoch };
    await apply(claim, 'expand', 'dual-write', 'verify');
    const { handler } = await import('../../lambdas/set-read-share.ts');
    await handler({ ...claim, percent: 25 }, context);
    expect(await variants()).toEqual(['new-25', 'old-25']);
    await handler({ ...claim, percent: 100 }, context);
    expect(await variants()).toEqual(['new-100-strict-old']);
    await apply(claim, 'read-switch');
    const { handler: begin } = await import('../../lambdas/begin-confidence.ts');
    await begin(claim, context);
    expect(await variants()).toEqual(['new-100-truth-new']);
  });

  test('is strict on a way back until it has ended; from a share below the last one it is nothing', async () => {
    const claim = await onNewTruth();
    await cloud.db.sql.query(`UPDATE people SET email = 'late' WHERE id = 7`);
    expect(await rollBack(claim, 'arn:first', breach)).toEqual([
      ['old-0-strict-new'],
      ['old-0-strict-new'],
      ['old-0'],
    ]);
    expect((await cloud.db.sql.query('SELECT mail FROM people WHERE id = 7')).rows).toEqual([
      { mail: 'late' },
    ]);
    const again = { migration: 'm', epoch: (await start('arn:again')).epoch };
    const { handler } = await import('../../lambdas/set-read-share.ts');
    await handler({ ...again, percent: 100 }, context);
    expect(await rollBack(again, 'arn:again', breach)).toEqual([
      ['old-0-strict-old'],
      ['old-0-strict-old'],
      ['old-0'],
    ]);
    const third = { migration: 'm', epoch: (await start('arn:third')).epoch };
    await handler({ ...third, percent: 25 }, context);
    expect(await rollBack(third, 'arn:third', breach)).toEqual([['old-0'], ['old-0'], ['old-0']]);
  });

  test('of another start is left alone by the end of one before', async () => {
    const claim = await onNewTruth();
    const { handler: close } = await import('../../lambdas/close-migration.ts');
    await start('arn:again');
    await expect(close({ ...claim, status: 'rolled-back' }, context)).rejects.toMatchObject({
      name: 'Fenced',
    });
    expect(await variants()).toEqual(['new-100-truth-new']);
  });
});

describe('a start after one that was stopped dead while the new side was the truth', () => {
  test.each([
    ['confidence', []],
    ['quarantine', ['quarantine']],
  ] as const)(
    'in %s puts nothing back, and goes back: every acknowledged write is on the old side',
    async (phase, more) => {
      const first = await onNewTruth();
      await apply(first, ...more);
      // A version that knows the new side alone.
      await cloud.db.sql.query(`UPDATE people SET email = 'acknowledged ' || id WHERE id <= 20`);
      const { goesBack, epoch } = await start('arn:second');
      expect(goesBack).toEqual({
        phase,
        error: {
          Error: 'StoppedBefore',
          Cause: expect.stringMatching(/stopped in \w+, when the new side of public\.people was the truth/u),
        },
      });
      const standing = await new Ledger(cloud.db.database).applied('m');
      expect([standing.begun('read-switch'), standing.undoBegun('read-switch')]).toEqual([true, false]);
      const claim = { migration: 'm', epoch };
      await rollBack(claim, 'arn:second', goesBack);
      const { rows } = await cloud.db.sql.query<{ id: number; mail: string }>('SELECT id, mail FROM people');
      const wrong = rows.filter(({ id, mail }) => mail !== (id <= 20 ? `acknowledged ${id}` : `mail ${id}`));
      expect([rows.length, wrong]).toEqual([50, []]);
      // And the one after that goes forward.
      expect(await start('arn:third')).toMatchObject({ heldBy: null, goesBack: null });
    },
  );

  test('and one that was stopped before goes on from there', async () => {
    const claim = { migration: 'm', epoch: (await start('arn:first')).epoch };
    await apply(claim, 'expand', 'dual-write', 'verify');
    expect(await start('arn:second')).toMatchObject({ goesBack: null });
  });
});

describe('before the new side is the truth', () => {
  async function switching(): Promise<Claim> {
    const claim = { migration: 'm', epoch: (await start('arn:first')).epoch };
    await apply(claim, 'expand', 'dual-write', 'verify');
    await cloud.db.sql.query('UPDATE people SET email = mail');
    return claim;
  }

  test('a row that refuses keeps it from that, however few rows have missed a write', async () => {
    const claim = await switching();
    await cloud.db.sql.query(`
      ALTER TABLE people ADD CHECK (email <> 'refused');
      UPDATE people SET mail = 'refused' WHERE id = 7`);
    expect(await reconciled(claim, { n: 1001 })).toMatchObject({
      clean: false,
      found: expect.stringContaining(
        'rows that refuse the change: 1 (SQLSTATE 23514: 1); their keys: ',
      ) as unknown,
    });
    await cloud.db.sql.query(`UPDATE people SET mail = 'corrected', email = 'corrected' WHERE id = 7`);
    expect(await reconciled(claim, { n: 1002 })).toMatchObject({ clean: true, found: '' });
  });

  test('so does one row of many that a version which writes the old side alone has written', async () => {
    const claim = await switching();
    const oldOnly = () => cloud.db.sql.query(`UPDATE people SET mail = mail || '+' WHERE id = 7`);
    await oldOnly();
    expect(await reconciled(claim, { n: 1100 })).toMatchObject({ clean: true, mismatches: 1 });
    await oldOnly();
    expect(await reconciled(claim, { n: 2000, noneMayDiffer: true })).toMatchObject({
      clean: false,
      mismatches: 1,
    });
    expect(await reconciled(claim, { n: 2001, noneMayDiffer: true })).toMatchObject({
      clean: true,
      mismatches: 0,
    });
  });
});

test('the comparison before the contract is judged: one that has not seen every row fails', async () => {
  const claim = await onNewTruth();
  const { handler } = await import('../../lambdas/judge-verification.ts');
  await expect(
    handler({ ...claim, walk: { purpose: 'before-contract', n: 1 } }, context),
  ).rejects.toMatchObject({ name: 'VerificationFailed' });
});

describe('a way back from the last share', () => {
  const strict = async (): Promise<Claim> => {
    const claim = { migration: 'm', epoch: (await start('arn:first')).epoch };
    await apply(claim, 'expand', 'dual-write', 'verify');
    await cloud.db.sql.query('UPDATE people SET email = mail');
    const { handler } = await import('../../lambdas/set-read-share.ts');
    await handler({ ...claim, percent: 100 }, context);
    return claim;
  };

  test('leaves writers strict until nothing can move the truth any more, and tells them where it has moved', async () => {
    const claim = await strict();
    const { handler: switchBack } = await import('../../lambdas/switch-reads-back.ts');
    await switchBack({ migration: 'm', execution: 'arn:first' }, context);
    expect(await variants()).toEqual(['old-0-strict-old']);
    // A copy of ApplyPhase whose answer was lost.
    await apply(claim, 'read-switch');
    expect(await rollBackFromFence(claim, 'arn:first')).toEqual([
      ['old-0-strict-new'],
      ['old-0-strict-new'],
      ['old-0'],
    ]);
    const { rows } = await cloud.db.sql.query(`SELECT id FROM people WHERE mail <> 'mail ' || id`);
    expect(rows).toEqual([]);
  });

  test('tells them that the old side is the truth, whatever the newest flag says and nobody has deployed', async () => {
    const claim = await strict();
    const { handler: close } = await import('../../lambdas/close-migration.ts');
    const { latest, document } = await cloud.documents.newest();
    // An earlier call has stored its flag and ended there.
    const stored = await cloud.documents.store(latest, withReadShare(document, 'm_tested', { percent: 0 }));
    expect(await deployedVersion()).not.toBe(String(stored));
    await close({ ...claim, status: 'rolled-back' }, context);
    expect(await variants()).toEqual(['old-0']);
    expect(await deployedVersion()).toBe(String((await cloud.documents.newest()).latest));
  });

  test('goes on where the ledger holds a plan that this version cannot read', async () => {
    await strict();
    await cloud.db.sql.query(`UPDATE underpin.migration SET plan = '{"of": "another version"}'`);
    const { handler } = await import('../../lambdas/switch-reads-back.ts');
    expect(await handler({ migration: 'm', execution: 'arn:first' }, context)).toEqual({ percent: 0 });
    expect(await variants()).toEqual(['old-0-strict-old']);
  });
});
