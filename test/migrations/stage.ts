import { DescribeAlarmsCommand, CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DeleteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { ListExecutionsCommand, StopExecutionCommand, type ExecutionListItem } from '@aws-sdk/client-sfn';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { expect, inject } from 'vitest';
import { parseDocument } from 'yaml';
import type { PhaseName } from '../../engine/plan/plan.ts';
import { parseSpec } from '../../engine/spec/spec.ts';
import { holdsTable } from '../../rehearsal/deployment/holds.ts';
import { localTarget } from '../../rehearsal/deployment/local-target.ts';
import { startLocalCloud, type LocalCloud } from '../../rehearsal/deployment/local-cloud.ts';
import type { RehearsalOptions } from '../../rehearsal/options.ts';
import { rehearse, type RehearsalResources } from '../../rehearsal/rehearse.ts';
import { noScreen } from '../../rehearsal/screen/screen.ts';
import { Interrupted } from '../../rehearsal/stage/part-lost.ts';
import { sectionBegun } from '../../report/section.ts';
import type { Rehearsal } from '../../rehearsal/stage/result.ts';
import { freshDatabase, type FreshDatabase } from '../fresh-database.ts';
import { catalogOf, type TableCatalog } from './catalog-of.ts';

const exampleSchema = 'rehearsal/data/example-schema.sql';

// Waits are this many times shorter.
const speed = 20;

/**
 * One database and one warm cloud for every rehearsal of a migration. Between two of them the database is made anew;
 * functions stay warm, flags and alarms stay what they are, as they would on AWS.
 */
export class Stage {
  private constructor(
    private readonly file: string,
    private readonly table: string,
    private readonly database: FreshDatabase,
    private readonly folder: string,
    private readonly cloud: LocalCloud,
    private readonly cloudWatch: CloudWatchClient,
  ) {}

  static async open(file: string, table: string): Promise<Stage> {
    const database = await freshDatabase();
    const folder = await mkdtemp(join(tmpdir(), 'underpin-migration-test-'));
    const spec = parseSpec(await readFile(file, 'utf8'), basename(file));
    const cloud = await startLocalCloud({
      targets: [localTarget(database.url)],
      migrationsFolder: folder,
      // How fast the application answers here is the machine's affair.
      limits: { ...spec.guardrails.rollback, latencyP95: 1000 },
      functions: inject('programs').functions,
      speed,
    });
    return new Stage(file, table, database, folder, cloud, new CloudWatchClient(cloud.cloudWatchPlace));
  }

  /** Closes it, and expects that nobody is left on its database. */
  async close(): Promise<void> {
    this.cloudWatch.destroy();
    await this.cloud.close();
    try {
      await expectNobodyLeft(this.database.url);
    } finally {
      await this.clear();
    }
  }

  /** Closes it after a failure, whatever it was left in. */
  async abandon(): Promise<void> {
    this.cloudWatch.destroy();
    await this.cloud.close().catch(() => undefined);
    await this.clear();
  }

  private async clear(): Promise<void> {
    await this.database.drop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** An empty database with the example schema, which nobody uses; holds of a ledger that is gone go with it. */
  async reset(): Promise<void> {
    const schema = await readFile(exampleSchema, 'utf8');
    await this.calm();
    const { Items = [] } = await this.cloud.dynamoDb.send(new ScanCommand({ TableName: holdsTable }));
    for (const { id } of Items)
      if (id) await this.cloud.dynamoDb.send(new DeleteItemCommand({ TableName: holdsTable, Key: { id } }));
    await this.asked((client) =>
      client.query(
        `DROP SCHEMA IF EXISTS underpin, public CASCADE; CREATE SCHEMA public;
         CREATE EXTENSION pg_stat_statements; ${schema}`,
      ),
    );
  }

  /** Rehearses on the warm cloud. */
  async run(
    asked: Partial<RehearsalOptions> = {},
    settings: Readonly<Record<string, unknown>> = {},
  ): Promise<Rehearsal> {
    await this.calm();
    return this.rehearse(asked, settings, { programs: inject('programs'), cloud: this.cloud });
  }

  /**
   * Runs until a phase has been entered, then stops machines, handlers and the application where they are. At no moment
   * in particular: whatever is under way then, the next start has to cope with.
   */
  async runUntil(phase: PhaseName): Promise<void> {
    await this.calm();
    const stop = new AbortController();
    let halting: Promise<void> | undefined;
    const stopListening = this.cloud.stepFunctions.onEvent(({ stateMachine, event }) => {
      if (stateMachine === 'migration' && sectionBegun(event) === phase)
        halting ??= sleep(100)
          .then(() => this.halt())
          .finally(() => stop.abort());
    });
    const surroundings = { programs: inject('programs'), cloud: this.cloud, signal: stop.signal };
    // Long enough that the end does not come first.
    const settings = { contract: { quarantine: '2m' } };
    try {
      await expect(this.rehearse({}, settings, surroundings)).rejects.toThrow(Interrupted);
      await halting;
    } finally {
      stopListening();
    }
  }

  private async halt(): Promise<void> {
    for (let all = await this.running(); all.length > 0; all = await this.running())
      for (const { executionArn } of all)
        await this.cloud.sfn.send(new StopExecutionCommand({ executionArn }));
    for (; this.cloud.lambda.running().length > 0; await sleep(10)) this.cloud.lambda.kill();
  }

  catalog(): Promise<TableCatalog> {
    return this.asked((client) => catalogOf(client, this.table));
  }

  private async rehearse(
    asked: Partial<RehearsalOptions>,
    settings: Readonly<Record<string, unknown>>,
    surroundings: RehearsalResources,
  ): Promise<Rehearsal> {
    const file = join(await mkdtemp(join(this.folder, 'written-')), basename(this.file));
    await writeFile(file, await shortened(this.file, settings));
    return rehearse({ ...quick, file, databaseUrl: this.database.url, ...asked }, noScreen, surroundings);
  }

  /** Waits until nothing of an earlier rehearsal goes on: no execution, no alarm, no connection. */
  private async calm(): Promise<void> {
    while ((await this.busy()).length > 0) await sleep(50);
    await this.asked((client) =>
      client.query(
        `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'rds-data-api'`,
      ),
    );
  }

  private async busy(): Promise<readonly string[]> {
    const { CompositeAlarms = [] } = await this.cloudWatch.send(
      new DescribeAlarmsCommand({ AlarmTypes: ['CompositeAlarm'], StateValue: 'ALARM' }),
    );
    return [
      ...(await this.running()).map(({ name = '' }) => name),
      ...CompositeAlarms.map(({ AlarmName = '' }) => AlarmName),
    ];
  }

  private async running(): Promise<readonly ExecutionListItem[]> {
    const found = await Promise.all(
      Object.values(this.cloud.machines).map((stateMachineArn) =>
        this.cloud.sfn.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' })),
      ),
    );
    return found.flatMap(({ executions = [] }) => executions);
  }

  // A connection for each question: a rehearsal refuses a database on which somebody else is.
  private async asked<T>(question: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: this.database.url });
    await client.connect();
    try {
      return await question(client);
    } finally {
      await client.end();
    }
  }
}

const quick: Omit<RehearsalOptions, 'file'> = {
  rows: 3000,
  requestsPerSecond: 40,
  approve: true,
  reject: null,
  holdGates: false,
  breach: null,
  killWorker: false,
  schema: null,
  databaseUrl: null,
  timeScale: 1,
  json: null,
  report: null,
  baselineMs: 200,
};

// In the cloud's time. A share takes a real second to reach every process and to be reported, and a read of the old shape
// after that keeps the contract gate shut: the last share is watched for three.
const windows = {
  'reads.bake': '60s',
  'confidence.window': '20s',
  'confidence.reconcileEvery': '10s',
  'contract.quarantine': '5s',
};

/** The shipped file with a shorter ramp and windows, and what the test wants otherwise. */
async function shortened(file: string, settings: Readonly<Record<string, unknown>>): Promise<string> {
  const document = parseDocument(await readFile(file, 'utf8'));
  document.setIn(['reads', 'ramp'], [100]);
  for (const [key, value] of Object.entries(windows)) document.setIn(key.split('.'), value);
  for (const [key, value] of Object.entries(settings)) document.set(key, value);
  return document.toString();
}

async function expectNobodyLeft(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: others } = await client.query<{ who: string }>(
      `SELECT application_name AS who FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
    );
    expect(others).toEqual([]);
  } finally {
    await client.end();
  }
}
