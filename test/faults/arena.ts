import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DeleteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { ListExecutionsCommand, StopExecutionCommand, type ExecutionListItem } from '@aws-sdk/client-sfn';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { parseDocument } from 'yaml';
import { startPostgres } from '../../rehearsal/database/embedded-postgres.ts';
import type { DatabaseServer } from '../../rehearsal/database/server-process.ts';
import { createGuardrails } from '../../rehearsal/deployment/guardrail-alarms.ts';
import { holdsTable } from '../../rehearsal/deployment/holds.ts';
import { startLocalCloud, type LocalCloud } from '../../rehearsal/deployment/local-cloud.ts';
import { localTarget, rehearsedTarget } from '../../rehearsal/deployment/local-target.ts';
import type { Programs } from '../../rehearsal/deployment/programs.ts';
import { rehearse } from '../../rehearsal/rehearse.ts';
import { noScreen } from '../../rehearsal/screen/screen.ts';
import { Closers } from '../../rehearsal/stage/closers.ts';
import type { Rehearsal } from '../../rehearsal/stage/result.ts';
import { scratchFolder } from '../../rehearsal/stage/scratch-folder.ts';
import { catalogOf, type TableCatalog } from '../migrations/catalog-of.ts';
import { quickOptions } from '../migrations/quick-options.ts';
import type { Path } from './paths.ts';

// How fast the application answers, and what fails while its database is away, is no reason to go back here.
const limits = { errorRate: 1, latencyP95: 1000 };

const exampleSchema = 'rehearsal/data/example-schema.sql';

// Waits are this many times shorter.
const speed = 20;

/** A server, a warm cloud on it and the live traffic: what the faults of a cell meet. */
export class Arena {
  private constructor(
    readonly server: DatabaseServer,
    readonly databaseUrl: string,
    readonly cloud: LocalCloud,
    private readonly programs: Programs,
    private readonly folder: string,
    private readonly opened: Closers,
  ) {}

  static async open(programs: Programs): Promise<Arena> {
    const opened = new Closers();
    const server = await startPostgres({ settings: { fsync: 'off', full_page_writes: 'off' } });
    opened.later(() => server.stop());
    try {
      const databaseUrl = await server.createDatabase('cell');
      const { path: folder } = await opened.add(scratchFolder('underpin-faults-'));
      const cloud = await opened.add(
        startLocalCloud({
          targets: [localTarget(databaseUrl)],
          migrationsFolder: folder,
          limits,
          functions: programs.functions,
          speed,
        }),
      );
      return new Arena(server, databaseUrl, cloud, programs, folder, opened);
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.opened.close();
  }

  /** An empty database with the example schema, and nothing of an earlier cell that goes on. */
  async reset({ asked }: Path): Promise<void> {
    this.cloud.faults.clear();
    await this.halt();
    await this.calm();
    // A guardrail that is tripped on purpose publishes an error rate of one half.
    const guarding = asked.breach ? { ...limits, errorRate: 0.4 } : limits;
    await createGuardrails(this.cloud.cloudWatchPlace, rehearsedTarget, guarding);
    const { Items = [] } = await this.cloud.dynamoDb.send(new ScanCommand({ TableName: holdsTable }));
    for (const { id } of Items)
      if (id) await this.cloud.dynamoDb.send(new DeleteItemCommand({ TableName: holdsTable, Key: { id } }));
    const schema = await readFile(exampleSchema, 'utf8');
    await this.cutSessions();
    await this.asked((client) =>
      client.query(
        `DROP SCHEMA IF EXISTS underpin, public, accounts CASCADE; CREATE SCHEMA public;
         CREATE EXTENSION pg_stat_statements; ${schema}`,
      ),
    );
  }

  /** One migration from its start to its end, with the traffic beside it. */
  async run({ file, settings, asked }: Path, signal: AbortSignal): Promise<Rehearsal> {
    const written = join(await mkdtemp(join(this.folder, 'written-')), basename(file));
    const document = parseDocument(await readFile(file, 'utf8'));
    for (const [key, value] of Object.entries(settings)) document.setIn(key.split('.'), value);
    await writeFile(written, document.toString());
    const options = { ...quick, file: written, databaseUrl: this.databaseUrl, ...asked };
    return rehearse(options, noScreen, { programs: this.programs, cloud: this.cloud, signal });
  }

  catalog(table: string): Promise<TableCatalog> {
    return this.asked((client) => catalogOf(client, table));
  }

  /** Lets functions end that nobody waits for any more; a rehearsal refuses a database on which somebody else is. */
  async idle(): Promise<void> {
    while (this.cloud.lambda.unanswered().length > 0) await sleep(10);
    await this.cutSessions();
  }

  /** Of the migrated database, the application's among them. */
  cutSessions(): Promise<void> {
    return this.onServer(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE datname = 'cell' AND backend_type = 'client backend'`,
    );
  }

  /** Beside the migrated database. */
  async onServer(sql: string): Promise<void> {
    await asking(this.server.url, (client) => client.query(sql));
  }

  /** By a connection for each question: a rehearsal refuses a database on which somebody else is. */
  asked<T>(question: (client: Client) => Promise<T>): Promise<T> {
    return asking(this.databaseUrl, question);
  }

  /** Stops every execution and every function that still works. */
  private async halt(): Promise<void> {
    for (let all = await this.running(); all.length > 0; all = await this.running())
      for (const { executionArn } of all)
        await this.cloud.sfn.send(new StopExecutionCommand({ executionArn }));
    for (; this.cloud.lambda.unanswered().length > 0; await sleep(10)) this.cloud.lambda.kill();
  }

  private async calm(): Promise<void> {
    const cloudWatch = new CloudWatchClient(this.cloud.cloudWatchPlace);
    const alarms = new DescribeAlarmsCommand({ AlarmTypes: ['CompositeAlarm'], StateValue: 'ALARM' });
    while (((await cloudWatch.send(alarms)).CompositeAlarms ?? []).length > 0) await sleep(50);
    cloudWatch.destroy();
  }

  private async running(): Promise<readonly ExecutionListItem[]> {
    const found = await Promise.all(
      Object.values(this.cloud.machines).map((stateMachineArn) =>
        this.cloud.sfn.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' })),
      ),
    );
    return found.flatMap(({ executions = [] }) => executions);
  }
}

const quick = { ...quickOptions, rows: 300, baselineMs: 100 };

async function asking<T>(url: string, question: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return await question(client);
  } finally {
    await client.end();
  }
}
