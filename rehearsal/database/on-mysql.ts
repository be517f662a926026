import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidSpec } from '../../engine/database/errors.ts';
import { fillMysqlTable } from '../data/mysql/fill-table.ts';
import { presentMysqlName } from '../traffic/mysql/present-table.ts';
import { digestsCounted } from './digests-counted.ts';
import { loadMysqlDump } from './load-mysql-dump.ts';
import { findMysql } from './mysql-binary.ts';
import { startMysql } from './mysql-server.ts';
import { refuseMysqlProduction } from './refuse-mysql-production.ts';
import type { RehearsedEngine } from './rehearsed-database.ts';

export const onMysql: RehearsedEngine = {
  start: async () => {
    const found = findMysql(process.env);
    if (found === undefined)
      throw new InvalidSpec(
        'There is no MySQL on this machine. Put a mysqld (8.0.29 or newer) on the PATH, name it in UNDERPIN_MYSQLD, ' +
          'or give a copy by --database-url mysql://user:password@host:3306/database.',
      );
    return startMysql(found);
  },
  // A schema of a migration is a database of MySQL's.
  databaseFor: ({ schema }) => schema,
  exampleSchema: fileURLToPath(new URL('../data/mysql-example-schema.sql', import.meta.url)),
  refuseProduction: refuseMysqlProduction,
  load: (url, text, file) => loadMysqlDump(url, text, basename(file)),
  uncounted: async (url) =>
    (await digestsCounted(url))
      ? null
      : 'this server does not count every statement in performance_schema, so no statements are measured',
  nameOf: (url) => decodeURIComponent(new URL(url).pathname.slice(1)),
  fill: fillMysqlTable,
  present: presentMysqlName,
};
