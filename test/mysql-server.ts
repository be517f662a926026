import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { findMysql, UnusableMysql, usable, type MysqlBinary } from '../rehearsal/database/mysql-binary.ts';
import { startMysql } from '../rehearsal/database/mysql-server.ts';
import { installMysql } from './install-mysql.ts';
import { unsynced } from './unsynced-mysql.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Null where no MySQL could be had: its tests are skipped then. */
    readonly mysqlUrl: string | null;
    readonly mysqlVersion: string;
    readonly mysqlProgram: string;
    /** Where an empty data directory is kept, for servers of a test's own. */
    readonly mysqlCache: string;
  }
}

const cache = fileURLToPath(new URL('../node_modules/.cache/underpin-mysql', import.meta.url));

/** One MySQL for the whole run; every test makes its own database on it with `freshMysqlDatabase()`. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide('mysqlCache', cache);
  const mysql = await anyMysql();
  if (!('mysqld' in mysql)) {
    console.warn(
      `\nTests on MySQL are SKIPPED: ${mysql.why}.\n` +
        'Put a mysqld (8.0.29 or newer) on the PATH, or name it in UNDERPIN_MYSQLD.\n',
    );
    project.provide('mysqlUrl', null);
    project.provide('mysqlVersion', '');
    project.provide('mysqlProgram', '');
    return () => Promise.resolve();
  }
  // Nothing here is worth surviving a power cut.
  const server = await startMysql(mysql, {
    cache,
    settings: {
      'max-connections': '400',
      'innodb-buffer-pool-size': '128M',
      'innodb-redo-log-capacity': '64M',
      ...unsynced,
      // As MySQL has it by itself from 8.4 on.
      'loose-restrict-fk-on-non-standard-key': '1',
    },
  });
  project.provide('mysqlUrl', server.url);
  project.provide('mysqlVersion', mysql.version);
  project.provide('mysqlProgram', mysql.mysqld);
  return () => server.stop();
}

async function anyMysql(): Promise<MysqlBinary | { readonly why: string }> {
  let unusable = '';
  try {
    const here = findMysql(process.env);
    if (here !== undefined) return here;
  } catch (error) {
    if (!(error instanceof UnusableMysql)) throw error;
    // Somebody named it, and would take tests on another one for tests on theirs.
    if ((process.env['UNDERPIN_MYSQLD'] ?? '') !== '') throw error;
    unusable = `${error.message} `;
  }
  const installed = await installMysql(path.join(cache, 'server'));
  return 'mysqld' in installed ? usable(installed.mysqld) : { why: `${unusable}${installed.why}` };
}
