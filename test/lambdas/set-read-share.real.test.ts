import {
  AppConfigClient,
  GetHostedConfigurationVersionCommand,
  ListDeploymentsCommand,
  ListHostedConfigurationVersionsCommand,
  StartDeploymentCommand,
} from '@aws-sdk/client-appconfig';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parseFlags } from '../../engine/reads/flags.ts';
import { startAppConfig } from '../../rehearsal/cloud/appconfig/appconfig.ts';
import { startCloudWatch } from '../../rehearsal/cloud/cloudwatch/cloudwatch.ts';
import { FlagDocuments } from '../../lambdas/runtime/flag-documents.ts';
import { createGuardrails, guardrailAlarmArnOf } from '../../rehearsal/deployment/guardrail-alarms.ts';
import {
  createReadFlags,
  type ReadFlagPlace,
  type TargetFlagPlace,
} from '../../rehearsal/deployment/read-flags.ts';
import { placeOf } from '../../rehearsal/deployment/services.ts';
import { Closers } from '../../rehearsal/stage/closers.ts';
import { databaseUnderTest, type DatabaseUnderTest } from '../engine/database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from '../engine/migration-under-test.ts';
import { stubHandlerEnvironment, targetOf, whereFlagsAre } from './handler-environment.ts';

const namespace = 'Shop';
const opened = new Closers();
let db: DatabaseUnderTest;
let migration: MigrationUnderTest;
let cloudWatch: CloudWatchClient;
let appConfig: AppConfigClient;
let flags: ReadFlagPlace;
let place: TargetFlagPlace;

beforeAll(async () => {
  db = await databaseUnderTest('CREATE TABLE users (id int PRIMARY KEY, email text)');
  migration = await migrationUnderTest(db.database, 'rename', {
    table: 'public.users',
    change: { kind: 'rename-column', from: 'email', to: 'email_address' },
    reads: { compare: '2%' },
    guardrails: { rollback: { errorRate: '1%' } },
  });
  const watch = await opened.add(startCloudWatch({ anyShortPeriod: true }));
  const config = await opened.add(startAppConfig({ alarmState: () => 'OK' }));
  await createGuardrails(placeOf(watch), 'tested', { errorRate: 1, latencyP95: 1 });
  cloudWatch = new CloudWatchClient(placeOf(watch));
  appConfig = new AppConfigClient(placeOf(config));
  flags = await createReadFlags(placeOf(config), ['tested']);
  place = flags.targets.get('tested') ?? { environment: '', profile: '' };
  stubHandlerEnvironment(db, {
    ...whereFlagsAre(watch, config, flags),
    UNDERPIN_TARGETS: JSON.stringify([
      targetOf(db, { ...place, guardrailsArn: guardrailAlarmArnOf('tested') }),
    ]),
    UNDERPIN_APPLICATION_NAMESPACE: namespace,
  });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  cloudWatch.destroy();
  appConfig.destroy();
  await opened.close();
  await db.close();
});

async function setReadShare(percent: number): Promise<unknown> {
  const { handler } = await import('../../lambdas/set-read-share.ts');
  return handler({ ...migration.claim, percent }, { getRemainingTimeInMillis: () => 900_000 });
}

async function variants(): Promise<readonly string[]> {
  const where = { ApplicationId: flags.application, ConfigurationProfileId: place.profile };
  const { Items = [] } = await appConfig.send(new ListHostedConfigurationVersionsCommand(where));
  const VersionNumber = Math.max(...Items.map(({ VersionNumber: number = 0 }) => number));
  const { Content } = await appConfig.send(
    new GetHostedConfigurationVersionCommand({ ...where, VersionNumber }),
  );
  const { values } = parseFlags(new TextDecoder().decode(Content));
  return values['rename_tested']?._variants?.map(({ name }) => name) ?? [];
}

const report = (errorRate: number, ago: number) =>
  cloudWatch.send(
    new PutMetricDataCommand({
      Namespace: namespace,
      MetricData: [
        {
          MetricName: 'ReadErrorRate',
          Dimensions: [
            { Name: 'target', Value: 'tested' },
            { Name: 'migration', Value: 'rename' },
          ],
          Value: errorRate,
          Timestamp: new Date(Date.now() - ago),
        },
      ],
    }),
  );

/** The reads began to move that many minutes ago, as far as the ledger knows. */
const movedAgo = (minutes: number) =>
  db.sql.query(
    `UPDATE underpin.event SET happened_at = clock_timestamp() - make_interval(mins => $1)
     WHERE what = 'running' AND detail ->> 'phase' = 'read-switch'`,
    [minutes],
  );

test('what was reported before reads moved breaks no limit, and the flag says what is compared', async () => {
  await report(0.5, 300_000);
  await setReadShare(5);
  expect(await variants()).toEqual(['new-5-compare-2', 'old-5-compare-2']);
});

test('reads move to a side on which somebody finds nothing yet when that transaction has ended', async () => {
  await migration.apply('expand', 'dual-write');
  await db.sql.query(`INSERT INTO users VALUES (1, 'a')`);
  const reader = await db.connect();
  await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM users');
  await migration.backfill();
  await expect(setReadShare(5)).rejects.toMatchObject({ name: 'NotNow' });
  // Its snapshot is of before, so that what it would read by the new path is wrong.
  await db.sql.query(`UPDATE users SET email = 'b'`);
  await reader.query('COMMIT; BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM users');
  await setReadShare(5);
  await reader.query('COMMIT');
  await reader.end();
});

test('errors below the migration’s own limit let the next share through', async () => {
  await movedAgo(3);
  await report(0.01, 60_000);
  await setReadShare(25);
  expect(await variants()).toEqual(['new-25-compare-2', 'old-25-compare-2']);
});

test('errors above it stop the ramp, though no alarm is on', async () => {
  await report(0.04, 60_000);
  await expect(setReadShare(100)).rejects.toMatchObject({
    name: 'GuardrailBreached',
    message: expect.stringContaining("the migration's errorRate is 1%"),
  });
  expect(await variants()).toEqual(['new-25-compare-2', 'old-25-compare-2']);
});

describe('a copy of the ramp that runs on behind a way back', () => {
  const context = { getRemainingTimeInMillis: () => 900_000 };
  const fence = async (): Promise<void> => {
    const { handler } = await import('../../lambdas/fence-workers.ts');
    const failure = { phase: 'read-switch', error: { Error: 'GuardrailBreached', Cause: 'errors' } };
    await handler({ migration: 'rename', execution: 'test', failure }, context);
  };
  /** The version of the last deployment, and the newest of all. */
  const versions = async () => {
    const at = { ApplicationId: flags.application };
    const { Items: deployed = [] } = await appConfig.send(
      new ListDeploymentsCommand({ ...at, EnvironmentId: place.environment }),
    );
    const { Items: stored = [] } = await appConfig.send(
      new ListHostedConfigurationVersionsCommand({ ...at, ConfigurationProfileId: place.profile }),
    );
    return {
      deployed: Number(deployed[0]?.ConfigurationVersion),
      newest: Math.max(...stored.map(({ VersionNumber = 0 }) => VersionNumber)),
    };
  };
  const backAgain = async (): Promise<void> => {
    expect(await variants()).toEqual(['old-0']);
    const { deployed, newest } = await versions();
    expect(deployed).toBe(newest);
  };

  test('and has deployed its share is overtaken once it is fenced', async () => {
    const { newest: forward } = await versions();
    const { handler: switchBack } = await import('../../lambdas/switch-reads-back.ts');
    await switchBack({ migration: 'rename', execution: 'test' }, context);
    await backAgain();
    await appConfig.send(
      new StartDeploymentCommand({
        ApplicationId: flags.application,
        EnvironmentId: place.environment,
        ConfigurationProfileId: place.profile,
        ConfigurationVersion: String(forward),
        DeploymentStrategyId: flags.back,
      }),
    );
    expect((await versions()).deployed).toBe(forward);
    await fence();
    await backAgain();
  });

  test('and comes to it when it was fenced moves nothing', async () => {
    await movedAgo(0);
    const before = await versions();
    // Its claim held when it began: the fence comes while it reads the flag.
    const newest = vi.spyOn(FlagDocuments.prototype, 'newest').mockImplementationOnce(async function (
      this: FlagDocuments,
    ) {
      await migration.ledger.fence('rename', 'test');
      return this.newest();
    });
    migration = migration.under({
      migration: 'rename',
      epoch: (await migration.ledger.find('rename'))?.epoch ?? 0,
    });
    await expect(setReadShare(25)).rejects.toMatchObject({ name: 'Fenced' });
    expect(newest).toHaveBeenCalled();
    expect(await versions()).toEqual(before);
  });
});
