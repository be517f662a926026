import { AppConfigClient, ListDeploymentsCommand } from '@aws-sdk/client-appconfig';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, vi } from 'vitest';
import * as z from 'zod';
import { Ledger, type Claim } from '../../engine/ledger/ledger.ts';
import { phaseOf, type PhaseName, type Plan } from '../../engine/plan/plan.ts';
import { storedPlan } from '../../engine/plan/stored.ts';
import { FlagDocuments } from '../../lambdas/runtime/flag-documents.ts';
import { runUnits } from '../../lambdas/steps/units.ts';
import { startAppConfig } from '../../rehearsal/cloud/appconfig/appconfig.ts';
import { Faults } from '../../rehearsal/cloud/faults.ts';
import { startCloudWatch } from '../../rehearsal/cloud/cloudwatch/cloudwatch.ts';
import { createGuardrails, guardrailAlarmArnOf } from '../../rehearsal/deployment/guardrail-alarms.ts';
import { createReadFlags, placeOfFlags } from '../../rehearsal/deployment/read-flags.ts';
import { placeOf } from '../../rehearsal/deployment/services.ts';
import { Closers } from '../../rehearsal/stage/closers.ts';
import { databaseUnderTest, type DatabaseUnderTest } from '../engine/database-under-test.ts';
import { toolsOver } from '../engine/migration-under-test.ts';
import { stubHandlerEnvironment, targetOf, whereFlagsAre } from './handler-environment.ts';

export const context = { getRemainingTimeInMillis: () => 900_000 };
const planned = z.object({ heldBy: z.null(), epoch: z.number(), goesBack: z.unknown() });

/**
 * A database, an AppConfig and silent alarms, for a file of tests: before each of them there is a table `people`, of which an
 * application writes both `mail` and `email`. A flag is heard of within a second.
 */
export function bothSidesCloud() {
  const opened = new Closers();
  const faults = new Faults();
  let db: DatabaseUnderTest;
  let folder: string;
  let documents: FlagDocuments;
  let appConfig: AppConfigClient;
  let place: { readonly application: string; readonly environment: string };

  beforeAll(async () => {
    db = await databaseUnderTest('');
    folder = mkdtempSync(join(tmpdir(), 'underpin-migrations-'));
    const watch = await opened.add(startCloudWatch({ anyShortPeriod: true }));
    const config = await opened.add(startAppConfig({ alarmState: () => 'OK', faults }));
    await createGuardrails(placeOf(watch), 'tested', { errorRate: 1, latencyP95: 1 });
    const flags = await createReadFlags(placeOf(config), ['tested']);
    const { environment, profile } = placeOfFlags(flags, 'tested');
    place = { application: flags.application, environment };
    appConfig = new AppConfigClient(placeOf(config));
    documents = new FlagDocuments(appConfig, { application: flags.application, profile });
    stubHandlerEnvironment(db, {
      ...whereFlagsAre(watch, config, flags),
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

  /** Of the newest deployment. */
  async function deployedVersion(): Promise<string | undefined> {
    const { application, environment } = place;
    const { Items = [] } = await appConfig.send(
      new ListDeploymentsCommand({ ApplicationId: application, EnvironmentId: environment, MaxResults: 1 }),
    );
    return Items[0]?.ConfigurationVersion;
  }

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

  async function storedPlanOf(migration: string): Promise<Plan> {
    const record = await new Ledger(db.database).find(migration);
    if (record === undefined) throw new Error('the ledger has lost it');
    return storedPlan(record);
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
guardrails: { rollback: { partialWrites: 10% } }
lockTimeout: 5s
`,
    );
  });

  /** A walk of the read switch as the state machine has it judged. */
  async function reconciled(
    claim: Claim,
    { n, noneMayDiffer = false }: { readonly n: number; readonly noneMayDiffer?: boolean },
  ): Promise<unknown> {
    const walk = { purpose: 'reconcile', n } as const;
    const { handler: cut } = await import('../../lambdas/cut-shards.ts');
    const { shards } = await cut({ ...claim, walk, enters: 'read-switch' }, context);
    const { handler: compare } = await import('../../lambdas/verify-shard.ts');
    for (const shard of shards) await compare(shard, context);
    const { handler: judge } = await import('../../lambdas/judge-verification.ts');
    return judge({ ...claim, walk, noneMayDiffer }, context);
  }
  return {
    faults,
    get db(): DatabaseUnderTest {
      return db;
    },
    get appConfig(): AppConfigClient {
      return appConfig;
    },
    get documents(): FlagDocuments {
      return documents;
    },
    get place(): { readonly application: string; readonly environment: string } {
      return place;
    },
    variants,
    deployedVersion,
    start,
    apply,
    storedPlanOf,
    reconciled,
  };
}
