import { AppConfigClient } from '@aws-sdk/client-appconfig';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { Ledger, type Claim } from '../../engine/ledger/ledger.ts';
import { phaseOf, type PhaseName } from '../../engine/plan/plan.ts';
import { storedPlan } from '../../engine/plan/stored.ts';
import { FlagDocuments } from '../../lambdas/runtime/flag-documents.ts';
import { runUnits } from '../../lambdas/steps/units.ts';
import { startAppConfig } from '../../rehearsal/cloud/appconfig/appconfig.ts';
import { startCloudWatch } from '../../rehearsal/cloud/cloudwatch/cloudwatch.ts';
import { createGuardrails, guardrailAlarmArnOf } from '../../rehearsal/deployment/guardrail-alarms.ts';
import { createReadFlags, placeOfFlags } from '../../rehearsal/deployment/read-flags.ts';
import { placeOf } from '../../rehearsal/deployment/services.ts';
import { Closers } from '../../rehearsal/stage/closers.ts';
import { databaseUnderTest, type DatabaseUnderTest } from '../engine/database-under-test.ts';
import { toolsOver } from '../engine/migration-under-test.ts';
import { stubHandlerEnvironment, targetOf } from './handler-environment.ts';

const opened = new Closers();
let db: DatabaseUnderTest;
let folder: string;
let documents: FlagDocuments;
let appConfig: AppConfigClient;

beforeAll(async () => {
  db = await databaseUnderTest('');
  folder = mkdtempSync(join(tmpdir(), 'underpin-migrations-'));
  const watch = await opened.add(startCloudWatch({ anyShortPeriod: true }));
  const config = await opened.add(startAppConfig({ alarmState: () => 'OK' }));
  await createGuardrails(placeOf(watch), 'tested', { errorRate: 1, latencyP95: 1 });
  const flags = await createReadFlags(placeOf(config), ['tested']);
  const { environment, profile } = placeOfFlags(flags, 'tested');
  appConfig = new AppConfigClient(placeOf(config));
  documents = new FlagDocuments(appConfig, { application: flags.application, profile });
  stubHandlerEnvironment(db, {
    AWS_ENDPOINT_URL_CLOUDWATCH: watch.endpoint,
    AWS_ENDPOINT_URL_APPCONFIG: config.endpoint,
    UNDERPIN_APPCONFIG_APPLICATION: flags.application,
    UNDERPIN_APPCONFIG_FORWARD: flags.forward,
    UNDERPIN_APPCONFIG_BACK: flags.back,
    UNDERPIN_TARGETS: JSON.stringify([
      targetOf(db, { environment, profile, guardrailsArn: guardrailAlarmArnOf('tested') }),
    ]),
    UNDERPIN_MIGRATIONS: folder,
    UNDERPIN_CHECKLIST: 'shown',
  });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
  appConfig.destroy();
  await opened.close();
  await db.close();
});

/** What the newest flag says. */
const variants = async (): Promise<readonly string[]> =>
  (await documents.newest()).document.values['m_tested']?._variants?.map(({ name }) => name) ?? [];

const context = { getRemainingTimeInMillis: () => 900_000 };
const planned = z.object({ heldBy: z.null(), epoch: z.number(), goesBack: z.unknown() });
const fenced = z.object({ epoch: z.number(), undo: z.array(z.string()) });
const undone = z.object({ done: z.boolean(), pass: z.number() });

async function start(execution: string): Promise<z.infer<typeof planned>> {
  vi.resetModules();
  const { handler } = await import('../../lambdas/plan-migration.ts');
  return planned.parse(await handler({ migration: 'm', execution, takeOver: true }, context));
}

async function apply({ migration, epoch }: Claim, ...phases: readonly PhaseName[]): Promise<void> {
  const tools = toolsOver(db.database);
  const plan = await storedPlanOf(migration);
  for (const phase of phases)
    for (let done = false; !done;)
      done = await runUnits(tools, { migration, epoch }, phase, 'run', phaseOf(plan, phase).run, 1000);
}

async function storedPlanOf(migration: string) {
  const record = await new Ledger(db.database).find(migration);
  if (record === undefined) throw new Error('the ledger has lost it');
  return storedPlan(record);
}

/** Everything that a rollback invokes, in its order. */
async function rollBack(
  claim: Claim,
  execution: string,
  failure: unknown,
): Promise<readonly (readonly string[])[]> {
  const said: (readonly string[])[] = [];
  const { handler: switchBack } = await import('../../lambdas/switch-reads-back.ts');
  await switchBack({ migration: claim.migration, execution }, context);
  said.push(await variants());
  const { handler: fence } = await import('../../lambdas/fence-workers.ts');
  const { epoch, undo } = fenced.parse(
    await fence({ migration: claim.migration, execution, failure }, context),
  );
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
  await db.sql.query('UPDATE people SET email = mail');
  await apply(claim, 'read-switch');
  const { handler: begin } = await import('../../lambdas/begin-confidence.ts');
  await begin(claim, context);
  return claim;
}

beforeEach(async () => {
  await db.sql.query(`
    DROP SCHEMA IF EXISTS underpin CASCADE;
    DROP TABLE IF EXISTS people;
    CREATE TABLE people (id int PRIMARY KEY, mail text NOT NULL);
    INSERT INTO people SELECT n, 'mail ' || n FROM generate_series(1, 50) AS n`);
  writeFileSync(
    join(folder, '0001-m.yaml'),
    `goal: Rename it without a trigger
table: public.people
change: { kind: rename-column, from: mail, to: email, dualWrite: application }
reads: { bake: 1s, compare: 0% }
`,
  );
});

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

  test('is strict on a way back until the old side has caught up; from before the new truth it is nothing', async () => {
    const claim = await onNewTruth();
    await db.sql.query(`UPDATE people SET email = 'late' WHERE id = 7`);
    expect(await rollBack(claim, 'arn:first', breach)).toEqual([
      ['old-0-strict-new'],
      ['old-0-strict-new'],
      ['old-0'],
    ]);
    expect((await db.sql.query('SELECT mail FROM people WHERE id = 7')).rows).toEqual([{ mail: 'late' }]);
    const again = { migration: 'm', epoch: (await start('arn:again')).epoch };
    const { handler } = await import('../../lambdas/set-read-share.ts');
    await handler({ ...again, percent: 100 }, context);
    expect(await rollBack(again, 'arn:again', breach)).toEqual([['old-0'], ['old-0'], ['old-0']]);
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
      await db.sql.query(`UPDATE people SET email = 'acknowledged ' || id WHERE id <= 20`);
      const { goesBack, epoch } = await start('arn:second');
      expect(goesBack).toEqual({
        phase,
        error: {
          Error: 'StoppedBefore',
          Cause: expect.stringMatching(/stopped in \w+, when the new side of public\.people was the truth/u),
        },
      });
      const standing = await new Ledger(db.database).applied('m');
      expect([standing.begun('read-switch'), standing.undoBegun('read-switch')]).toEqual([true, false]);
      const claim = { migration: 'm', epoch };
      await rollBack(claim, 'arn:second', goesBack);
      const { rows } = await db.sql.query<{ id: number; mail: string }>('SELECT id, mail FROM people');
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

test('a row that refuses keeps the new side from being the truth, however few rows have missed a write', async () => {
  const claim = { migration: 'm', epoch: (await start('arn:first')).epoch };
  await apply(claim, 'expand', 'dual-write', 'verify');
  const walk = { purpose: 'reconcile', n: 1100 };
  const { handler: cut } = await import('../../lambdas/cut-shards.ts');
  const { shards } = await cut({ ...claim, walk, enters: 'read-switch' }, context);
  const { handler: compare } = await import('../../lambdas/verify-shard.ts');
  for (const shard of shards) await compare(shard, context);
  await db.sql.query('UPDATE people SET email = mail');
  const { handler: judge } = await import('../../lambdas/judge-verification.ts');
  const again = { ...walk, n: 1101 };
  const { shards: ranges } = await cut({ ...claim, walk: again, enters: 'read-switch' }, context);
  for (const shard of ranges) await compare(shard, context);
  expect(await judge({ ...claim, walk: again }, context)).toMatchObject({ clean: true, mismatches: 0 });
  await db.sql.query(
    `INSERT INTO underpin.stubborn_row (migration, key, sqlstate) VALUES ('m', '["7"]', '22003')`,
  );
  expect(await judge({ ...claim, walk: again }, context)).toMatchObject({
    clean: false,
    refused: '1 (SQLSTATE 22003: 1)',
  });
});
