import type { Connection } from 'mysql2/promise';
import * as z from 'zod';
import { serverFacts, serverFault } from '../../cli/database/mysql-fault.ts';
import { InvalidSpec } from '../../engine/database/errors.ts';
import { rehearsalConnection } from '../data/mysql/connection.ts';

const question = `
  SELECT COALESCE(GROUP_CONCAT(DISTINCT IF(t.processlist_db = DATABASE(), COALESCE(a.attr_value, t.processlist_user), NULL) SEPARATOR ', '), '') AS who,
         COALESCE(SUM(t.processlist_command LIKE 'Binlog Dump%'), 0) AS replicas
    FROM performance_schema.threads AS t
    LEFT JOIN performance_schema.session_connect_attrs AS a
      ON a.processlist_id = t.processlist_id AND a.attr_name = 'program_name'
   WHERE t.type = 'FOREGROUND' AND t.processlist_id <> CONNECTION_ID() AND t.processlist_user IS NOT NULL
     AND t.processlist_user <> 'event_scheduler'`;

const answer = z.object({ who: z.string(), replicas: z.coerce.number() });

/**
 * A rehearsal writes, locks and breaks things on purpose: where anybody else is connected to the database, another rehearsal
 * included, it does not begin. Raises InvalidSpec.
 */
export async function refuseMysqlProduction(url: string): Promise<void> {
  if (new URL(url).pathname.length < 2)
    refuse('names no database. Write it behind the port: mysql://user:password@host:3306/shop.');
  const { fault, who, replicas } = await asked(url);
  if (fault !== undefined) refuse(fault);
  if (who !== '')
    refuse(
      `looks like production: others are connected (${who}). ` +
        'A rehearsal writes, locks and breaks things on purpose. Restore a copy and give its address.',
    );
  if (replicas > 0) refuse('looks like production: it has replicas. Restore a copy and give its address.');
}

function refuse(fact: string): never {
  throw new InvalidSpec(`--database-url ${fact}`);
}

async function asked(url: string) {
  let client: Connection | undefined;
  try {
    client = await rehearsalConnection(url, 'underpin-rehearsal');
    const fault = serverFault(await serverFacts(client));
    if (fault !== undefined) return { fault, who: '', replicas: 0 };
    const [rows] = await client.query(question);
    return { fault, ...answer.parse(Array.isArray(rows) ? rows[0] : rows) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new InvalidSpec(
      `--database-url cannot be reached: ${why}. Look at its host, port, user, password and database.`,
    );
  } finally {
    await client?.end().catch(() => undefined);
  }
}
