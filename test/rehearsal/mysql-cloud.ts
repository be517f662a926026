import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { inject } from 'vitest';
import { parseDocument } from 'yaml';
import * as z from 'zod';
import { loadMysqlDump } from '../../rehearsal/database/load-mysql-dump.ts';
import { startLocalCloud } from '../../rehearsal/deployment/local-cloud.ts';
import { localTarget } from '../../rehearsal/deployment/local-target.ts';
import type { RehearsalOptions } from '../../rehearsal/options.ts';
import { rehearse } from '../../rehearsal/rehearse.ts';
import { noScreen } from '../../rehearsal/screen/screen.ts';
import type { Rehearsal } from '../../rehearsal/stage/result.ts';
import { freshName } from '../engine/dialects/mysql/fresh-name.ts';
import type { FreshDatabase } from '../fresh-database.ts';
import { freshMysqlDatabase } from '../fresh-mysql-database.ts';
import { quickOptions } from '../migrations/quick-options.ts';

export const exampleSchema = readFileSync('rehearsal/data/mysql-example-schema.sql', 'utf8');

// In the cloud's time, which is twenty times as fast.
const windows = {
  'confidence.window': '20s',
  'confidence.reconcileEvery': '10s',
};
const quarantine = { ...windows, 'contract.quarantine': '20s' };
const readWindows = { ...quarantine, 'reads.ramp': [100], 'reads.bake': '60s' };

type Settings = Readonly<Record<string, unknown>>;

/** Ends the sessions that the warm cloud has kept: a rehearsal refuses a database on which somebody else is. */
async function calm(url: string): Promise<void> {
  const connection = await createConnection(url);
  try {
    const [found] = await connection.query(
      'SELECT p.id FROM performance_schema.processlist AS p WHERE p.db = DATABASE() AND p.id <> CONNECTION_ID()',
    );
    for (const { id } of z.array(z.object({ id: z.coerce.number() })).parse(found))
      await connection.query(`KILL ${id}`).catch(() => {});
  } finally {
    await connection.end();
  }
}

/** One warm cloud, and for each target a database of its own with the example in it. */
export interface MysqlCloud<Target extends string> {
  /** Rehearses a shipped example. */
  run(
    target: Target,
    example: string,
    options?: Partial<RehearsalOptions>,
    settings?: Settings,
    name?: string,
  ): Promise<Rehearsal>;
  /** The example for another database, under a name that no other run has in the server's one ledger. */
  fileOf(example: string, database: string, settings?: Settings, name?: string): string;
  urlOf(target: Target): string;
  schemaOf(target: Target): string;
  close(): Promise<void>;
}

export async function mysqlCloud<Target extends string>(
  targets: readonly Target[],
): Promise<MysqlCloud<Target>> {
  const folder = mkdtempSync(join(tmpdir(), 'underpin-rehearsal-'));
  const databases = new Map<Target, FreshDatabase>();
  for (const name of targets) {
    const database = await freshMysqlDatabase();
    databases.set(name, database);
    await loadMysqlDump(database.url, exampleSchema);
  }
  const cloud = await startLocalCloud({
    targets: [...databases].map(([name, { url }]) => localTarget(url, name)),
    migrationsFolder: folder,
    // How fast the application answers here is the machine's affair.
    limits: { errorRate: 0.005, latencyP95: 1000 },
    functions: inject('programs').functions,
    speed: 20,
  });
  const fileOf: MysqlCloud<Target>['fileOf'] = (example, database, settings = {}, name = freshName()) => {
    const document = parseDocument(readFileSync(join('migrations/mysql', example), 'utf8'));
    for (const key of ['table', 'change'])
      document.set(
        key,
        z
          .unknown()
          .parse(JSON.parse(JSON.stringify(document.toJS()[key]).replaceAll('shop.', `${database}.`))),
      );
    const usual = document.hasIn(['contract', 'quarantine'])
      ? quarantine
      : document.has('reads')
        ? readWindows
        : windows;
    for (const [key, value] of Object.entries({ ...usual, ...settings }))
      document.setIn(key.split('.'), value);
    const file = join(folder, `0001-${name}.yaml`);
    writeFileSync(file, document.toString());
    return file;
  };
  const urlOf = (target: Target): string => databases.get(target)?.url ?? '';
  const schemaOf = (target: Target): string => new URL(urlOf(target)).pathname.slice(1);
  return {
    fileOf,
    urlOf,
    schemaOf,
    run: async (target, example, options = {}, settings = {}, name = freshName()) => {
      // A guardrail of an earlier run would roll this one back.
      while (cloud.isAlarmOn(target)) await sleep(50);
      await calm(urlOf(target));
      return rehearse(
        {
          ...quickOptions,
          engine: 'mysql',
          databaseUrl: urlOf(target),
          file: fileOf(example, schemaOf(target), settings, name),
          ...options,
        },
        noScreen,
        { programs: inject('programs'), cloud, target },
      );
    },
    close: async () => {
      await cloud.close();
      for (const database of databases.values()) await database.drop();
      rmSync(folder, { recursive: true });
    },
  };
}
