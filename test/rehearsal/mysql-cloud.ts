import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { parseDocument } from 'yaml';
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
const readWindows = { ...windows, 'reads.ramp': [100], 'reads.bake': '60s' };
const quarantine = { ...windows, 'contract.quarantine': '20s' };

type Settings = Readonly<Record<string, unknown>>;

/** One warm cloud, and for each target a database of its own with the example in it. */
export interface MysqlCloud<Target extends string> {
  /** Rehearses a shipped example. */
  run(
    target: Target,
    example: string,
    options?: Partial<RehearsalOptions>,
    settings?: Settings,
  ): Promise<Rehearsal>;
  /** The example for another database, under a name that no other run has in the server's one ledger. */
  fileOf(example: string, database: string, settings?: Settings): string;
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
  const fileOf = (example: string, database: string, settings: Settings = {}): string => {
    const document = parseDocument(readFileSync(join('migrations/mysql', example), 'utf8'));
    for (const key of [['table'], ['change', 'references']])
      if (document.hasIn(key))
        document.setIn(key, String(document.getIn(key)).replace('shop.', `${database}.`));
    const usual = document.hasIn(['contract', 'quarantine'])
      ? quarantine
      : document.has('reads')
        ? readWindows
        : windows;
    for (const [key, value] of Object.entries({ ...usual, ...settings }))
      document.setIn(key.split('.'), value);
    const file = join(folder, `0001-${freshName()}.yaml`);
    writeFileSync(file, document.toString());
    return file;
  };
  const urlOf = (target: Target): string => databases.get(target)?.url ?? '';
  const schemaOf = (target: Target): string => new URL(urlOf(target)).pathname.slice(1);
  return {
    fileOf,
    urlOf,
    schemaOf,
    run: (target, example, options = {}, settings = {}) =>
      rehearse(
        {
          ...quickOptions,
          engine: 'mysql',
          databaseUrl: urlOf(target),
          file: fileOf(example, schemaOf(target), settings),
          ...options,
        },
        noScreen,
        { programs: inject('programs'), cloud, target },
      ),
    close: async () => {
      await cloud.close();
      for (const database of databases.values()) await database.drop();
      rmSync(folder, { recursive: true });
    },
  };
}
