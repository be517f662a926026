import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createConnection } from 'mysql2/promise';
import { expect, inject, test } from 'vitest';
import { hasMysql } from '../../fresh-mysql-database.ts';

const here = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);

test.skipIf(!hasMysql())('after SIGKILL nothing is left of a MySQL', async () => {
  const binary = JSON.stringify({ mysqld: inject('mysqlProgram'), version: inject('mysqlVersion') });
  const program = `
    import { startMysql } from ${here('../../../rehearsal/database/mysql-server.ts')};
    console.log((await startMysql(${binary})).url);
    setInterval(() => {}, 1_000);`;
  const owner = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = String((await once(createInterface(owner.stdout), 'line'))[0]);
  const connection = await createConnection(url);
  const [rows] = await connection.query('SELECT @@datadir AS folder');
  await connection.end();
  const folder = path.dirname(Array.isArray(rows) ? String(Reflect.get(rows[0] ?? {}, 'folder')) : '');
  expect(existsSync(folder)).toBe(true);
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  await expect.poll(() => existsSync(folder)).toBe(false);
  await expect(createConnection(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
