import { Client, DatabaseError } from 'pg';
import { InvalidSpec } from '../../engine/database/errors.ts';

interface Found {
  readonly who: string;
  readonly replicas: number;
  readonly recovery: boolean;
}

// A role without pg_read_all_stats is not told what kind of backend another role's session is; the server's own
// processes have no user, and that it sees.
const question = `
  SELECT coalesce(string_agg(DISTINCT coalesce(nullif(application_name, ''), usename, 'a client'), ', ')
           FILTER (WHERE datname = current_database() AND pid <> pg_backend_pid()
                     AND coalesce(backend_type = 'client backend', usesysid IS NOT NULL)), '') AS who,
         (SELECT count(*)::integer FROM pg_stat_replication) AS replicas,
         pg_is_in_recovery() AS recovery
    FROM pg_stat_activity`;

/**
 * A rehearsal writes, locks and breaks things on purpose: where anybody else is connected, another rehearsal included,
 * it does not begin. Raises InvalidSpec.
 */
export async function refuseProduction(url: string): Promise<void> {
  const found = await asked(url);
  if (found.recovery) refuse('is a replica, which nobody can write. Give a copy.');
  if (found.who !== '')
    refuse(
      `looks like production: others are connected (${found.who}). ` +
        'A rehearsal writes, locks and breaks things on purpose. Restore a copy and give its address.',
    );
  if (found.replicas > 0)
    refuse('looks like production: it has replicas. Restore a copy and give its address.');
}

function refuse(fact: string): never {
  throw new InvalidSpec(`--database-url ${fact}`);
}

async function asked(url: string): Promise<Found> {
  const client = new Client({ connectionString: url, application_name: 'underpin-rehearsal' });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<Found>(question);
    const [found] = rows;
    if (found === undefined) throw new Error('it gave no answer');
    return { ...found, replicas: found.replicas + (await auroraReaders(client)) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new InvalidSpec(
      `--database-url cannot be reached: ${why}. Look at its host, port, user, password and database.`,
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

const undefinedFunction = '42883';

/** Aurora's readers do not show in pg_stat_replication, and its functions need not show in the catalog: a call tells. */
async function auroraReaders(client: Client): Promise<number> {
  try {
    const { rowCount } = await client.query(
      `SELECT FROM aurora_replica_status() WHERE session_id <> 'MASTER_SESSION_ID'`,
    );
    return rowCount ?? 0;
  } catch (error) {
    if (error instanceof DatabaseError && error.code === undefinedFunction) return 0;
    throw error;
  }
}
