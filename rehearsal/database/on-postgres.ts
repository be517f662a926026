import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { fillTable } from '../data/fill-table.ts';
import { presentName } from '../traffic/present-table.ts';
import { startPostgres } from './embedded-postgres.ts';
import { loadDump } from './load-dump.ts';
import { refuseProduction } from './refuse-production.ts';
import type { RehearsedEngine } from './rehearsed-database.ts';
import { statementsCounted } from './statements-counted.ts';

export const onPostgres: RehearsedEngine = {
  start: () => startPostgres(),
  databaseFor: () => 'rehearsal',
  exampleSchema: fileURLToPath(new URL('../data/example-schema.sql', import.meta.url)),
  refuseProduction,
  load: async (url, text, file) => (await loadDump(url, text, basename(file), file)).notices,
  uncounted: async (url, { isOurs }) =>
    (await statementsCounted(url, { create: isOurs }))
      ? null
      : 'this database lets nobody read pg_stat_statements, so no statements are measured',
  // As the driver reads it: an address without a database means the one that is called like the user.
  nameOf: (url) => new Client({ connectionString: url }).database ?? 'postgres',
  fill: fillTable,
  present: presentName,
};
