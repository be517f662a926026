import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parseDocument } from 'yaml';
import { startLocalCloud, type LocalCloud } from '../../rehearsal/deployment/local-cloud.ts';
import { localTarget } from '../../rehearsal/deployment/local-target.ts';
import type { RehearsalOptions } from '../../rehearsal/options.ts';
import { rehearse } from '../../rehearsal/rehearse.ts';
import { noScreen } from '../../rehearsal/screen/screen.ts';
import { freshName } from '../engine/dialects/mysql/fresh-name.ts';
import { mysqlUnderTest } from '../engine/mysql-database-under-test.ts';
import { freshMysqlDatabase, hasMysql } from '../fresh-mysql-database.ts';
import type { FreshDatabase } from '../fresh-database.ts';
import { loadMysqlDump } from '../../rehearsal/database/load-mysql-dump.ts';
import { quickOptions } from '../migrations/quick-options.ts';
import { columnsOf } from './mysql-columns.ts';

const rename = '0001-rename-users-email.yaml';
const index = '0002-orders-index-by-status.yaml';
const retype = '0003-orders-amount-in-euros.yaml';
const schema = readFileSync('rehearsal/data/mysql-example-schema.sql', 'utf8');
// In the cloud's time, which is twenty times as fast.
const windows = {
  'reads.ramp': [100],
  'reads.bake': '60s',
  'confidence.window': '20s',
  'confidence.reconcileEvery': '10s',
};

describe.skipIf(!hasMysql())('a rehearsal on MySQL', () => {
  const targets = ['completes', 'rolls-back', 'index', 'retype'] as const;
  type Target = (typeof targets)[number];
  const databases = new Map<Target, FreshDatabase>();
  let folder: string;
  let cloud: LocalCloud;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'underpin-rehearsal-'));
    for (const name of targets) {
      const database = await freshMysqlDatabase();
      databases.set(name, database);
      await loadMysqlDump(database.url, schema);
    }
    cloud = await startLocalCloud({
      targets: [...databases].map(([name, { url }]) => localTarget(url, name)),
      migrationsFolder: folder,
      // How fast the application answers here is the machine's affair.
      limits: { errorRate: 0.005, latencyP95: 1000 },
      functions: inject('programs').functions,
      speed: 20,
    });
  });
  afterAll(async () => {
    await cloud.close();
    for (const database of databases.values()) await database.drop();
    rmSync(folder, { recursive: true });
  });

  /** The shipped example, on another database and under a name that no other run has in the server's one ledger. */
  function fileOf(example: string, database: string): string {
    const document = parseDocument(readFileSync(join('migrations/mysql', example), 'utf8'));
    document.set('table', String(document.get('table')).replace('shop.', `${database}.`));
    for (const [key, value] of Object.entries(windows)) document.setIn(key.split('.'), value);
    const file = join(folder, `0001-${freshName()}.yaml`);
    writeFileSync(file, document.toString());
    return file;
  }

  const urlOf = (target: Target): string => databases.get(target)?.url ?? '';
  const schemaOf = (target: Target): string => new URL(urlOf(target)).pathname.slice(1);
  const run = (target: Target, example: string, options: Partial<RehearsalOptions> = {}) =>
    rehearse(
      {
        ...quickOptions,
        engine: 'mysql',
        databaseUrl: urlOf(target),
        file: fileOf(example, schemaOf(target)),
        ...options,
      },
      noScreen,
      { programs: inject('programs'), cloud, target },
    );

  test('rename-column completes under traffic: every row compared, no request failed, no write lost', async () => {
    const { result, report, notes, asAsked } = await run('completes', rename);
    expect({ ...result, notes, asAsked }).toMatchObject({
      outcome: 'completed',
      verification: { mismatches: 0 },
      traffic: { failed: 0, lostWrites: 0 },
      asAsked: true,
    });
    expect(result.verification.checked).toBeGreaterThan(2000);
    expect(result.traffic.requests).toBeGreaterThan(100);
    expect(report?.lockWaits).toMatchObject({ source: expect.stringContaining('performance_schema') });
    const columns = await columnsOf(urlOf('completes'), 'users');
    expect(columns).toContain('email_address');
    expect(columns).not.toContain('email');
  });

  test('rename-column rolls back from its read switch when a guardrail trips, and loses no write', async () => {
    const { result, notes, asAsked } = await run('rolls-back', rename, { breach: 'read-switch' });
    expect({ ...result, notes, asAsked }).toMatchObject({
      outcome: 'rolled-back',
      traffic: { failed: 0, lostWrites: 0 },
      asAsked: true,
    });
    expect(await columnsOf(urlOf('rolls-back'), 'users')).toContain('email');
  });

  test('change-type completes under traffic: clients of both versions wrote, and no write is lost', async () => {
    const { result, notes, asAsked } = await run('retype', retype);
    expect({ ...result, notes, asAsked }).toMatchObject({
      outcome: 'completed',
      verification: { mismatches: 0 },
      traffic: { failed: 0, lostWrites: 0 },
      asAsked: true,
    });
    expect(result.traffic.requests).toBeGreaterThan(100);
    const columns = await columnsOf(urlOf('retype'), 'orders');
    expect(columns).toContain('euros');
    expect(columns).not.toContain('amount');
  });

  test('an index is built beside the traffic', async () => {
    const { result, notes } = await run('index', index);
    expect({ ...result, notes }).toMatchObject({
      outcome: 'completed',
      traffic: { failed: 0, lostWrites: 0 },
    });
    expect(result.traffic.requests).toBeGreaterThan(0);
  });

  test('starts a server of its own, with a database of the migration’s name and the example in it', async () => {
    const before = process.env['UNDERPIN_MYSQLD'];
    process.env['UNDERPIN_MYSQLD'] = inject('mysqlProgram');
    try {
      const { result, notes } = await rehearse(
        {
          ...quickOptions,
          engine: 'mysql',
          file: fileOf(index, 'shop'),
          rows: 200,
          requestsPerSecond: 0,
          timeScale: null,
        },
        noScreen,
        { programs: inject('programs') },
      );
      expect({ ...result, notes }).toMatchObject({ outcome: 'completed' });
    } finally {
      if (before === undefined) delete process.env['UNDERPIN_MYSQLD'];
      else process.env['UNDERPIN_MYSQLD'] = before;
    }
  });

  test('does not begin where somebody else is connected', async () => {
    const db = await mysqlUnderTest(schema);
    try {
      await expect(
        rehearse(
          { ...quickOptions, engine: 'mysql', databaseUrl: db.url, file: fileOf(rename, db.schema) },
          noScreen,
          { programs: inject('programs') },
        ),
      ).rejects.toMatchObject({
        name: 'InvalidSpec',
        message: expect.stringContaining('others are connected'),
      });
    } finally {
      await db.close();
    }
  });
});
