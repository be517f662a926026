import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { rehearse } from '../../rehearsal/rehearse.ts';
import { noScreen } from '../../rehearsal/screen/screen.ts';
import { mysqlUnderTest } from '../engine/mysql-database-under-test.ts';
import { hasMysql } from '../fresh-mysql-database.ts';
import { quickOptions } from '../migrations/quick-options.ts';
import { exampleSchema, mysqlCloud, type MysqlCloud } from './mysql-cloud.ts';
import { columnsOf } from './mysql-columns.ts';

const rename = '0001-rename-users-email.yaml';
const index = '0002-orders-index-by-status.yaml';
const retype = '0003-orders-amount-in-euros.yaml';

describe.skipIf(!hasMysql())('a rehearsal on MySQL', () => {
  let stage: MysqlCloud<'completes' | 'rolls-back' | 'index' | 'retype'>;
  beforeAll(async () => {
    stage = await mysqlCloud(['completes', 'rolls-back', 'index', 'retype']);
  });
  afterAll(() => stage.close());

  test('rename-column completes under traffic: every row compared, no request failed, no write lost', async () => {
    const { result, report, notes, asAsked } = await stage.run('completes', rename);
    expect({ ...result, notes, asAsked }).toMatchObject({
      outcome: 'completed',
      verification: { mismatches: 0 },
      traffic: { failed: 0, lostWrites: 0 },
      asAsked: true,
    });
    expect(result.verification.checked).toBeGreaterThan(2000);
    expect(result.traffic.requests).toBeGreaterThan(100);
    expect(report?.lockWaits).toMatchObject({ source: expect.stringContaining('performance_schema') });
    const columns = await columnsOf(stage.urlOf('completes'), 'users');
    expect(columns).toContain('email_address');
    expect(columns).not.toContain('email');
  });

  test('rename-column rolls back from its read switch when a guardrail trips, and loses no write', async () => {
    const { result, notes, asAsked } = await stage.run('rolls-back', rename, { breach: 'read-switch' });
    expect({ ...result, notes, asAsked }).toMatchObject({
      outcome: 'rolled-back',
      traffic: { failed: 0, lostWrites: 0 },
      asAsked: true,
    });
    expect(await columnsOf(stage.urlOf('rolls-back'), 'users')).toContain('email');
  });

  test('change-type completes under traffic: clients of both versions wrote, and no write is lost', async () => {
    const { result, notes, asAsked } = await stage.run('retype', retype);
    expect({ ...result, notes, asAsked }).toMatchObject({
      outcome: 'completed',
      verification: { mismatches: 0 },
      traffic: { failed: 0, lostWrites: 0 },
      asAsked: true,
    });
    expect(result.traffic.requests).toBeGreaterThan(100);
    const columns = await columnsOf(stage.urlOf('retype'), 'orders');
    expect(columns).toContain('euros');
    expect(columns).not.toContain('amount');
  });

  test('an index is built beside the traffic', async () => {
    const { result, notes } = await stage.run('index', index);
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
          file: stage.fileOf(index, 'shop'),
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
    const db = await mysqlUnderTest(exampleSchema);
    try {
      await expect(
        rehearse(
          { ...quickOptions, engine: 'mysql', databaseUrl: db.url, file: stage.fileOf(rename, db.schema) },
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
