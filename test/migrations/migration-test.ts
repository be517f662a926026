import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { parseDocument } from 'yaml';
import type { PhaseName } from '../../engine/plan.ts';
import type { RehearsalOptions } from '../../rehearsal/options.ts';
import { rehearse } from '../../rehearsal/rehearse.ts';
import type { Rehearsal } from '../../rehearsal/result.ts';
import type { Screen } from '../../rehearsal/screen.ts';
import { freshDatabase, type FreshDatabase } from '../fresh-database.ts';
import { catalogOf } from './catalog-of.ts';

export interface MigrationUnderTest {
  readonly file: string;
  readonly table: string;
  /** The phases in which a guardrail is tripped; the change's own, without those that do nothing for it. */
  readonly phases: readonly PhaseName[];
  readonly gates: readonly ('read-switch' | 'contract')[];
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
    let database: FreshDatabase;
    let folder: string;
    let client: Client;

    beforeEach(async () => {
      database = await freshDatabase();
      folder = await mkdtemp(join(tmpdir(), 'underpin-migration-test-'));
      client = new Client({ connectionString: database.url, application_name: 'underpin-rehearsal-test' });
      await client.connect();
      await client.query(await readFile(exampleSchema, 'utf8'));
    });

    afterEach(async () => {
      await client.end();
      await expectNobodyLeft(database.url);
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    });

    const run = async (
      asked: Partial<RehearsalOptions> = {},
      settings: Readonly<Record<string, unknown>> = {},
    ): Promise<Rehearsal> => {
      const file = join(folder, basename(migration.file));
      await writeFile(file, await shortened(migration.file, settings));
      return rehearse({ ...quick, file, databaseUrl: database.url, ...asked }, silent, {
        functions: new Map(Object.entries(inject('bundledFunctions'))),
      });
    };

    const expectCompleted = async ({ result, asAsked, notes }: Rehearsal): Promise<void> => {
      expect(notes).toEqual([]);
      expect({ ...result, asAsked }).toMatchObject({
        asAsked: true,
        outcome: 'completed',
        verification: { mismatches: 0 },
        traffic: { failed: 0, lostWrites: 0 },
      });
      expect(await catalogOf(client, migration.table)).toMatchObject({
        columns: migration.columnsAfter,
        triggers: [],
        functions: [],
      });
    };

    const expectRolledBack = ({ result, asAsked }: Rehearsal): void => {
      expect({ ...result, asAsked }).toMatchObject({
        asAsked: true,
        outcome: 'rolled-back',
        traffic: { failed: 0, lostWrites: 0 },
      });
    };

    test('completes under live traffic, and leaves nothing of ours behind', async () => {
      await expectCompleted(await run());
    });

    test('a worker killed in the middle of the backfill changes nothing but the time', async () => {
      await expectCompleted(await run({ killWorker: true, rows: 30_000 }));
    });

    test.each(migration.phases)(
      'a guardrail in %s rolls back, and the next start completes',
      async (phase) => {
        const rehearsal = await run({ breach: phase });
        expectRolledBack(rehearsal);
        expect(rehearsal.result.rollback?.phase).toBe(phase);
        await expectCompleted(await run());
      },
    );

    test.each(migration.gates)(
      'a refused gate at %s rolls back, and the next start completes',
      async (gate) => {
        expectRolledBack(await run({ reject: gate }));
        await expectCompleted(await run());
      },
    );

    test('onRollback: remove leaves the table as it was', async () => {
      const before = await catalogOf(client, migration.table);
      const phase = migration.phases.at(-1) ?? 'verify';
      expectRolledBack(await run({ breach: phase }, { onRollback: 'remove' }));
      expect(await catalogOf(client, migration.table)).toEqual(before);
      await expectCompleted(await run({}, { onRollback: 'remove' }));
    });
  });
}

const quick: Omit<RehearsalOptions, 'file'> = {
  rows,
  requestsPerSecond: 40,
  approve: true,
  reject: null,
  breach: null,
  killWorker: false,
  schema: null,
  databaseUrl: null,
  timeScale: 1e9,
  json: null,
  baselineMs: 300,
};

const silent: Screen = { line: () => {}, live: () => {}, ask: () => Promise.resolve(null) };

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
