import { installLedger } from '../../engine/ledger/install.ts';
import { AppConfigClient } from '@aws-sdk/client-appconfig';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { z } from 'zod';
import { compile } from '../../engine/compile.ts';
import { planningDialectOf } from '../../engine/dialects/planning-dialect.ts';
import { preflight } from '../../engine/preflight.ts';
import type { PlanningDatabase } from '../../engine/database/planning-database.ts';
import { one, type Database } from '../../engine/database/database.ts';
import { LockNotAcquired } from '../../engine/database/errors.ts';
import { Ledger, type Claim } from '../../engine/ledger/ledger.ts';
import { theBackfill, walkParameters, type Purpose, type WalkId } from '../../engine/ledger/walk-id.ts';
import type { Progress } from '../../engine/ledger/walks.ts';
import { phaseNames, phaseOf, type PhaseName, type Plan } from '../../engine/plan/plan.ts';
import { parseSpec, type Spec } from '../../engine/spec/spec.ts';
import { storedSettings } from '../../engine/plan/stored.ts';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { Guardrails } from '../../lambdas/runtime/guardrails.ts';
import { Gates } from '../../lambdas/runtime/gates.ts';
import { Holds } from '../../lambdas/runtime/holds.ts';
import { sqlParser } from '../../lambdas/runtime/sql-parser.ts';
import { ReadFlag } from '../../lambdas/runtime/read-flag.ts';
import { MetricHistory } from '../../lambdas/runtime/metric-history.ts';
import type { Tools } from '../../lambdas/runtime/tools.ts';
import { runUnits } from '../../lambdas/steps/units.ts';
import { walkNow } from '../../lambdas/steps/walk-now.ts';
import { walkShard } from '../../lambdas/steps/walk-shard.ts';

class QuietGuardrails extends Guardrails {
  override async ask(): Promise<void> {}
}

const local = { region: 'eu-central-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

/** Of read flags behind which there is no AppConfig. */
export const noPlace = {
  target: 'tested',
  application: '',
  environment: '',
  profile: '',
  forward: '',
  back: '',
  monitor: { AlarmArn: '' },
};

// Nobody answers them. Made once: six of them for each migration would cost as much as some of its statements.
const clients = {
  appConfig: new AppConfigClient(local),
  cloudWatch: new CloudWatchClient(local),
  dynamoDb: new DynamoDBClient(local),
  sfn: new SFNClient(local),
};

/** The tools of a handler; alarms are silent, and there is no AppConfig behind the read flag. */
export const toolsOver = (database: Database): Tools => ({
  target: {
    name: 'tested',
    engine: 'postgres',
    cluster: '',
    secret: '',
    database: '',
    environment: '',
    profile: '',
    guardrailsArn: '',
  },
  database,
  ledger: new Ledger(database),
  readFlag: new ReadFlag(clients.appConfig, noPlace),
  gates: new Gates(clients.dynamoDb, 'holds', 'tested'),
  holds: new Holds(clients.dynamoDb, clients.sfn, 'holds', 'tested'),
  guardrails: new QuietGuardrails(clients.cloudWatch, 'quiet'),
  metricHistory: new MetricHistory(clients.cloudWatch),
  applicationNamespace: 'Underpin/Application',
  remainingMs: () => 60_000,
});

/** A migration that lives in a test's database, driven as the handlers drive it. */
export interface MigrationUnderTest {
  readonly plan: Plan;
  readonly claim: Claim;
  readonly ledger: Ledger;
  readonly database: Database;
  /** Applies phases in the order given; a lock that was not granted is asked for again, as the state machine does. */
  apply(...phases: readonly PhaseName[]): Promise<void>;
  /** Applies phases in the order given, and asks for each lock once. */
  applyOnce(...phases: readonly PhaseName[]): Promise<void>;
  /** Undoes phases in the order given. */
  undo(...phases: readonly PhaseName[]): Promise<void>;
  /** A purpose alone is its first walk. */
  cut(walk: Purpose | WalkId, shards: number): Promise<readonly number[]>;
  walk(use: 'batch' | 'check', walk: Purpose | WalkId, shards?: number): Promise<Progress>;
  /** Walks the backfill once more from its start. */
  backfill(shards?: number): Promise<Progress>;
  /** Mismatches of a verification of every row. */
  mismatches(shards?: number): Promise<number>;
  /** Fences whoever holds the epoch, as a rollback does, and gives the migration under the next one. */
  fenced(): Promise<MigrationUnderTest>;
  /** The migration under another claim. */
  under(another: Claim): MigrationUnderTest;
}

export interface Declared {
  readonly table: string;
  readonly change: Readonly<Record<string, unknown>>;
  readonly [setting: string]: unknown;
}

/** JSON is YAML. */
export const specOf = (name: string, declared: Declared): Spec =>
  parseSpec(
    JSON.stringify({ goal: 'A test', confidence: { window: '1h' }, ...declared }, null, 1),
    `${name}.yaml`,
  );

/** What a migration is planned with. */
export const planningOn = async (database: Database): Promise<PlanningDatabase> => ({
  database,
  parser: await sqlParser(),
});

const withLedger = new WeakSet<Database>();

/** Once where a ledger is never removed: it stands beside all databases of a server, and is fifty statements. */
async function ledgerOn(database: Database): Promise<void> {
  if (withLedger.has(database)) return;
  await installLedger(database);
  if (planningDialectOf(database).ledgerSchema.remove === null) withLedger.add(database);
}

export async function migrationUnderTest(
  database: Database,
  name: string,
  declared: Declared,
): Promise<MigrationUnderTest> {
  const spec = specOf(name, declared);
  const planning = await planningOn(database);
  const subject = await preflight(spec, planning);
  const ledger = new Ledger(database);
  await ledgerOn(database);
  const plan = await compile(spec, subject, planning);
  const { source: _, ...settings } = spec;
  // Tests make a table anew and leave what was migrating the one before.
  const { schema, name: table } = spec.table;
  const former = 'DELETE FROM underpin.table_claim WHERE table_schema = :schema AND table_name = :table';
  await database.run({ text: former, parameters: { schema, table } });
  const claim = await ledger.claim({
    migration: name,
    seen: 0,
    execution: 'test',
    declaration: '',
    plan,
    settings,
  });
  return underClaim(database, plan, settings.lockTimeoutMs, claim);
}

export const idOf = (walk: Purpose | WalkId): WalkId =>
  typeof walk === 'string' ? { purpose: walk, n: 1 } : walk;

async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1)
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof LockNotAcquired) || tries === 200) throw error;
    }
}

/** One that a handler has claimed. */
export function underClaim(
  database: Database,
  plan: Plan,
  lockTimeoutMs: number,
  claim: Claim,
): MigrationUnderTest {
  const tools = toolsOver(database);
  const { ledger } = tools;
  let verifications = 0;
  const self: MigrationUnderTest = {
    plan,
    claim,
    ledger,
    database,
    apply: async (...phases) => {
      for (const phase of phases) await patiently(() => self.applyOnce(phase));
    },
    applyOnce: async (...phases) => {
      for (const phase of phases) {
        await ledger.enterPhase(claim, phase);
        const { run } = phaseOf(plan, phase);
        if (!(await runUnits(tools, claim, phase, 'run', run, lockTimeoutMs)))
          throw new Error(`${phase} runs on`);
      }
    },
    undo: async (...phases) => {
      for (const phase of phases) {
        const { undo } = phaseOf(plan, phase);
        if ('irreversible' in undo) throw new Error(undo.irreversible);
        await patiently(() => runUnits(tools, claim, phase, 'undo', undo, lockTimeoutMs));
        if (phase === 'backfill') await ledger.walks.forget(claim);
        await ledger.forget(claim, phase);
      }
    },
    cut: async (walk, shards) => {
      const parameters = { ...walkParameters(claim, idOf(walk)), epoch: claim.epoch, shards };
      const cut = { text: (await walkNow(plan, idOf(walk).purpose, ledger))?.cut ?? '', parameters };
      await one(database, cut, z.object({ held: z.literal(1) }));
      return (await ledger.walks.shards(claim, idOf(walk))).map(({ shard }) => shard);
    },
    walk: async (use, walk, shards = 2) => {
      const record = await ledger.find(claim.migration);
      const { [use]: work, skip = '', cut = '' } = (await walkNow(plan, idOf(walk).purpose, ledger)) ?? {};
      if (!record || work === undefined) throw new Error('nothing to walk');
      const settings = storedSettings(record);
      for (const shard of await self.cut(walk, shards))
        await walkShard({ work, skip, cut }, { ...claim, walk: idOf(walk), shard }, settings, tools);
      return ledger.walks.progress(claim, idOf(walk));
    },
    backfill: async (shards) => {
      await ledger.walks.forget(claim);
      return self.walk('batch', theBackfill, shards);
    },
    mismatches: async (shards) =>
      (await self.walk('check', { purpose: 'verify', n: (verifications += 1) }, shards)).changed,
    under: (another) => underClaim(database, plan, lockTimeoutMs, another),
    fenced: async () =>
      underClaim(database, plan, lockTimeoutMs, await ledger.fence(claim.migration, 'test')),
  };
  return self;
}

/** Undoes everything but what cannot be undone, newest first. */
export const allPhasesBack: readonly PhaseName[] = phaseNames
  .filter((phase) => phase !== 'contract')
  .toReversed();

/** What a plan warns of the table at hand; what every plan says of applications that name no columns is left out. */
export const ownWarnings = ({ warnings }: Pick<Plan, 'warnings'>): readonly string[] =>
  warnings.filter((warning) => !/^(?:a prepared SELECT|COPY |INSERT INTO)/u.test(warning));
