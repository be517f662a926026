import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { parseDocument } from 'yaml';
import type { PhaseName } from '../../engine/plan/plan.ts';
import type { RehearsalOptions } from '../../rehearsal/options.ts';
import { rehearse } from '../../rehearsal/rehearse.ts';
import { reportPage } from '../../report/html.ts';
import { isMeasured, type Report } from '../../report/report.ts';
import type { Rehearsal, RehearsalResult } from '../../rehearsal/stage/result.ts';
import { noScreen, type Screen } from '../../rehearsal/screen/screen.ts';
import { freshDatabase, type FreshDatabase } from '../fresh-database.ts';
import { catalogOf, type TableCatalog } from './catalog-of.ts';

export interface MigrationUnderTest {
  readonly file: string;
  readonly table: string;
  /** The phases in which a guardrail is tripped; the change's own, without those that do nothing for it. */
  readonly phases: readonly PhaseName[];
  readonly gates: readonly ('read-switch' | 'contract')[];
  /** The phases in which everything is stopped dead. */
  readonly stops: readonly PhaseName[];
  /** What the table looks like when all is done: columns by name, with type and NOT NULL. */
  readonly columnsAfter: Readonly<Record<string, string>>;
}

const exampleSchema = 'rehearsal/data/example-schema.sql';
const rows = 3000;

/**
 * Sends a migration through every path unasked: it completes; it rolls back from each phase and is started again;
 * a worker is killed in the middle; a gate is refused; the new shape is removed again. Old and new clients write
 * throughout, and every acknowledged write is checked.
 */
export function migrationTest(name: string, migration: MigrationUnderTest): void {
  describe(name, () => {
    let stage: Stage;
    beforeEach(async () => {
      stage = await Stage.open(migration);
    });
    afterEach(() => stage.close());

    test('completes under live traffic, and leaves nothing of ours behind', async () => {
      await stage.expectCompleted(await stage.run());
    });

    test('a worker killed in the middle of the backfill changes nothing but the time', async () => {
      await stage.expectCompleted(await stage.run({ killWorker: true, rows: 30_000 }));
    });

    test.each(migration.phases)(
      'a guardrail in %s rolls back, and the next start completes',
      async (phase) => {
        const rehearsal = await stage.run({ breach: phase });
        expectRolledBack(rehearsal);
        expect(rehearsal.result.rollback?.phase).toBe(phase);
        await stage.expectCompleted(await stage.run());
      },
    );

    test.each(migration.gates)(
      'a refused gate at %s rolls back, and the next start completes',
      async (gate) => {
        expectRolledBack(await stage.run({ reject: gate }));
        await stage.expectCompleted(await stage.run());
      },
    );

    test.each(migration.stops)('everything stops dead in %s, and the next start completes', async (phase) => {
      await stage.runUntil(phase);
      // Without traffic: the old version of the application would have been retired by then.
      await stage.expectCompleted(await stage.run({ requestsPerSecond: 0 }));
    });

    test('onRollback: remove leaves the table as it was', async () => {
      const before = await stage.catalog();
      const phase = migration.phases.at(-1) ?? 'verify';
      expectRolledBack(await stage.run({ breach: phase }, { onRollback: 'remove' }));
      expect(await stage.catalog()).toEqual(before);
      await stage.expectCompleted(await stage.run({}, { onRollback: 'remove' }));
    });
  });
}

/** The state machine wrote its report, and it says what the rehearsal has measured itself. */
function expectReported(
  report: Report | null,
  { outcome, traffic, phases, verification }: RehearsalResult,
): void {
  if (report === null) throw new Error('no report was written');
  expect(report).toMatchObject({
    outcome: { status: outcome },
    // A rehearsal without traffic has none to tell of.
    users:
      traffic.requests === 0
        ? { notMeasured: expect.any(String) }
        : { total: traffic.requests, failed: traffic.failed },
    audit: { open: expect.any(Array) },
    cost: {
      items: [
        { quantity: expect.any(Number) },
        { what: 'Lambda invocations' },
        {},
        { what: 'RDS Data API requests' },
      ],
      counts: [{ value: expect.stringMatching(/in (\d+) of \1 executions$/u) }],
    },
  });
  expect(report.phases.map(({ name }) => name)).toEqual(phases.map(({ name }) => name));
  if (!isMeasured(report.cost) || !isMeasured(report.verification))
    throw new Error('cost and passes are measured');
  for (const { what, quantity } of report.cost.items) expect(quantity, what).toBeGreaterThan(0);
  const compared = report.verification.passes.findLast(({ kind, finished }) => kind !== 'repair' && finished);
  expect(compared?.changed ?? 0).toBe(verification.mismatches);
  expect(reportPage(report)).not.toMatch(/undefined|NaN|\[object/u);
}

function expectRolledBack({ result, asAsked, report }: Rehearsal): void {
  expectReported(report, result);
  expect({ ...result, asAsked }).toMatchObject({
    asAsked: true,
    outcome: 'rolled-back',
    traffic: { failed: 0, lostWrites: 0 },
  });
}

/** A database with the example schema, and rehearsals on it. */
class Stage {
  private constructor(
    private readonly migration: MigrationUnderTest,
    private readonly database: FreshDatabase,
    private readonly folder: string,
  ) {}

  static async open(migration: MigrationUnderTest): Promise<Stage> {
    const database = await freshDatabase();
    const folder = await mkdtemp(join(tmpdir(), 'underpin-migration-test-'));
    const stage = new Stage(migration, database, folder);
    const schema = await readFile(exampleSchema, 'utf8');
    // The gate before the contract asks it.
    await stage.asked((client) => client.query(`CREATE EXTENSION pg_stat_statements; ${schema}`));
    return stage;
  }

  async close(): Promise<void> {
    await expectNobodyLeft(this.database.url);
    await this.database.drop();
    await rm(this.folder, { recursive: true, force: true });
  }

  async run(
    asked: Partial<RehearsalOptions> = {},
    settings: Readonly<Record<string, unknown>> = {},
    { screen = noScreen, signal }: { readonly screen?: Screen; readonly signal?: AbortSignal } = {},
  ): Promise<Rehearsal> {
    const file = join(this.folder, basename(this.migration.file));
    await writeFile(file, await shortened(this.migration.file, settings));
    return rehearse({ ...quick, file, databaseUrl: this.database.url, ...asked }, screen, {
      functions: new Map(Object.entries(inject('bundledFunctions'))),
      ...(signal ? { signal } : {}),
    });
  }

  /** Runs until a phase has been entered, then stops state machines, handlers and all else where they are. */
  async runUntil(phase: PhaseName): Promise<void> {
    const stop = new AbortController();
    const line = (text: string): void => {
      if (text === `▸ ${phase}`) setTimeout(() => stop.abort(), 200);
    };
    await expect(this.run({}, {}, { screen: { ...noScreen, line }, signal: stop.signal })).rejects.toThrow();
    expect(stop.signal.aborted).toBe(true);
  }

  catalog(): Promise<TableCatalog> {
    return this.asked((client) => catalogOf(client, this.migration.table));
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

  async expectCompleted({ result, asAsked, notes, report }: Rehearsal): Promise<void> {
    expect(notes).toEqual([]);
    expectReported(report, result);
    expect({ ...result, asAsked }).toMatchObject({
      asAsked: true,
      outcome: 'completed',
      verification: { mismatches: 0 },
      traffic: { failed: 0, lostWrites: 0 },
    });
    const left = { columns: this.migration.columnsAfter, triggers: [], functions: [] };
    expect(await this.catalog()).toMatchObject(left);
  }
}

const quick: Omit<RehearsalOptions, 'file'> = {
  rows,
  requestsPerSecond: 40,
  approve: true,
  reject: null,
  holdGates: false,
  breach: null,
  killWorker: false,
  schema: null,
  databaseUrl: null,
  timeScale: 1e9,
  json: null,
  report: null,
  baselineMs: 300,
};

/** The shipped file with a shorter ramp, and what the test wants otherwise. */
async function shortened(file: string, settings: Readonly<Record<string, unknown>>): Promise<string> {
  const document = parseDocument(await readFile(file, 'utf8'));
  document.setIn(['reads', 'ramp'], [50, 100]);
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
