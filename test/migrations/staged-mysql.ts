import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection, type Connection } from 'mysql2/promise';
import * as z from 'zod';
import { loadMysqlDump } from '../../rehearsal/database/load-mysql-dump.ts';
import { freshMysqlDatabase } from '../fresh-mysql-database.ts';
import type { StagedDatabase } from './staged-database.ts';

const texts = z.array(z.tuple([z.string()]));

export async function stagedMysql(): Promise<StagedDatabase> {
  const { url } = await freshMysqlDatabase();
  const name = new URL(url).pathname.slice(1);
  // A connection for each question: a rehearsal refuses a database on which somebody else is.
  async function asked<T>(question: (client: Connection) => Promise<T>): Promise<T> {
    const client = await createConnection({ uri: url, multipleStatements: true });
    try {
      return await question(client);
    } finally {
      await client.end();
    }
  }
  const list = async (client: Connection, sql: string, values: readonly string[] = []) => {
    const [rows] = await client.query({ sql, rowsAsArray: true, values: [...values] });
    return texts.parse(rows).map(([text]) => text);
  };
  const others = (client: Connection): Promise<readonly string[]> =>
    list(
      client,
      'SELECT CAST(p.id AS CHAR) FROM performance_schema.processlist AS p WHERE p.db = DATABASE() AND p.id <> CONNECTION_ID()',
    );
  return {
    url,
    engine: 'mysql',
    reset: async () => {
      const schema = await readFile('rehearsal/data/mysql-example-schema.sql', 'utf8');
      await asked((client) => client.query(`DROP DATABASE ${name}; CREATE DATABASE ${name}`));
      await loadMysqlDump(url, schema);
    },
    endSessions: () =>
      asked(async (client) => {
        for (let there = await others(client); there.length > 0; there = await others(client))
          for (const id of there) await client.query(`KILL ${id}`).catch(() => {});
      }),
    // A session that was ended, such as that of the last question, goes a moment later; one that was left behind stays.
    others: () =>
      asked(async (client) => {
        let there = await others(client);
        for (
          const end = Date.now() + 5000;
          there.length > 0 && Date.now() < end;
          there = await others(client)
        )
          await sleep(20);
        return there;
      }),
    letBatchesBeOld: (migration) =>
      asked(async (client) => {
        const sql = `UPDATE underpin.checkpoint
          SET started_at = started_at - INTERVAL 10 SECOND, updated_at = updated_at - INTERVAL 10 SECOND
          WHERE migration = ? AND purpose IN ('backfill', 'repair')`;
        await client.query(sql, [migration]);
      }),
    catalog: (table, migration) =>
      asked(async (client) => {
        const columns = await list(
          client,
          `SELECT CONCAT(column_name, ' ', column_type, IF(is_nullable = 'NO', ' NOT NULL', ''), IFNULL(CONCAT(' DEFAULT ', column_default), ''))
           FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?`,
          [table],
        );
        return {
          columns: Object.fromEntries(
            columns.map((text) => {
              const [column = '', ...its] = text.split(' ');
              return [column, its.join(' ')];
            }),
          ),
          indexes: await list(
            client,
            `SELECT CONCAT(index_name, ' ', MIN(non_unique), ' ', GROUP_CONCAT(column_name, ' ', IFNULL(sub_part, ''), collation ORDER BY seq_in_index))
             FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ? GROUP BY index_name ORDER BY 1`,
            [table],
          ),
          constraints: await list(
            client,
            `SELECT CONCAT(constraint_type, ' ', constraint_name) FROM information_schema.table_constraints
             WHERE table_schema = DATABASE() AND table_name = ? ORDER BY 1`,
            [table],
          ),
          triggers: await list(
            client,
            'SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE() ORDER BY 1',
          ),
          functions: await list(
            client,
            `SELECT r.routine_name FROM information_schema.routines AS r
             WHERE r.routine_schema = 'underpin' AND r.routine_comment = CONCAT('underpin ', ?)
             UNION ALL SELECT table_name FROM information_schema.tables
             WHERE table_schema = DATABASE() AND table_name LIKE '%underpin%'`,
            [migration],
          ),
          views: await list(
            client,
            `SELECT CONCAT(v.table_name, ' ', v.view_definition) FROM information_schema.views AS v
             WHERE v.table_schema = DATABASE() ORDER BY 1`,
          ),
        };
      }),
    aboutIt: (yaml) => yaml.replaceAll('shop.', `${name}.`),
  };
}
