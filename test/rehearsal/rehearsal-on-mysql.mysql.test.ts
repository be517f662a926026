import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { rehearse } from '../../rehearsal/rehearse.ts';
import { noScreen } from '../../rehearsal/screen/screen.ts';
import { mysqlUnderTest } from '../engine/mysql-database-under-test.ts';
import { hasMysql } from '../fresh-mysql-database.ts';
import { quickOptions } from '../migrations/quick-options.ts';

const example = '0002-orders-index-by-status.yaml';
const file = join('migrations/mysql', example);

describe.skipIf(!hasMysql())('a rehearsal on MySQL', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'underpin-rehearsal-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('starts a server of its own, with a database of the migration’s name and the example in it', async () => {
    const before = process.env['UNDERPIN_MYSQLD'];
    process.env['UNDERPIN_MYSQLD'] = inject('mysqlProgram');
    try {
      const { result, notes } = await rehearse(
        { ...quickOptions, engine: 'mysql', file, rows: 200, requestsPerSecond: 0, timeScale: null },
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
    const db = await mysqlUnderTest(await readFile('rehearsal/data/mysql-example-schema.sql', 'utf8'));
    const about = join(folder, example);
    await writeFile(about, (await readFile(file, 'utf8')).replaceAll('shop.', `${db.schema}.`));
    try {
      await expect(
        rehearse({ ...quickOptions, engine: 'mysql', databaseUrl: db.url, file: about }, noScreen, {
          programs: inject('programs'),
        }),
      ).rejects.toMatchObject({
        name: 'InvalidSpec',
        message: expect.stringContaining('others are connected'),
      });
    } finally {
      await db.close();
    }
  });
});
