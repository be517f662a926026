import { readFile } from 'node:fs/promises';
import { createConnection } from 'mysql2/promise';
import type { Engine } from '../../engine/dialects/engine.ts';
import { fillTable } from '../../rehearsal/data/fill-table.ts';
import { fillMysqlTable } from '../../rehearsal/data/mysql/fill-table.ts';
import { startPostgres } from '../../rehearsal/database/embedded-postgres.ts';
import { loadDump } from '../../rehearsal/database/load-dump.ts';
import { loadMysqlDump } from '../../rehearsal/database/load-mysql-dump.ts';
import { onMysql } from '../../rehearsal/database/on-mysql.ts';
import { askOnce } from './prepared.ts';
import { machineOf } from './results.ts';
import type { Bench } from './section.ts';

interface Server extends Pick<Bench, 'machine' | 'on'> {
  stop(): Promise<void>;
}

const starts: { readonly [E in Engine]: () => Promise<Server> } = {
  postgres: onPostgresOfItsOwn,
  mysql: onMysqlOfItsOwn,
};

/** The servers of the bench's own, each started when the first section needs it. */
export class Servers {
  private readonly started = new Map<Engine, Promise<Server>>();

  of(engine: Engine): Promise<Server> {
    const server = this.started.get(engine) ?? starts[engine]();
    this.started.set(engine, server);
    return server;
  }

  async stop(): Promise<void> {
    // One that could not be started has said why.
    for (const started of this.started.values()) await (await started.catch(() => undefined))?.stop();
  }
}

async function onPostgresOfItsOwn(): Promise<Server> {
  const server = await startPostgres();
  const version = await askOnce(server.url, async (client) => {
    const answer = await client.query<{ server_version: string }>('SHOW server_version');
    return answer.rows[0]?.server_version ?? 'unknown';
  });
  let databases = 0;
  return {
    machine: machineOf({ postgres: version }),
    on: async ({ table }, rows, work) => {
      const name = `bench_${++databases}`;
      const url = await server.createDatabase(name);
      for (const dump of ['rehearsal/data/example-schema.sql', 'bench/backfill/tables.sql'])
        await loadDump(url, await readFile(dump, 'utf8'));
      try {
        await fillTable(url, { schema: 'public', name: table }, rows);
        return await work(url);
      } finally {
        await askOnce(server.url, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
      }
    },
    stop: () => server.stop(),
  };
}

/** The shipped migrations name this database. */
const shop = 'shop';

async function onMysqlOfItsOwn(): Promise<Server> {
  const server = await onMysql.start();
  const run = async (sql: string): Promise<unknown> => {
    const connection = await createConnection(server.url);
    const [rows] = await connection.query({ sql, rowsAsArray: true });
    await connection.end();
    return rows;
  };
  return {
    machine: machineOf({ mysql: String(await run('SELECT VERSION()')) }),
    on: async ({ table }, rows, work) => {
      const url = await server.createDatabase(shop);
      try {
        await loadMysqlDump(url, await readFile(onMysql.exampleSchema, 'utf8'));
        await fillMysqlTable(url, { schema: shop, name: table }, rows);
        return await work(url);
      } finally {
        await run(`DROP DATABASE ${shop}`);
      }
    },
    stop: () => server.stop(),
  };
}
