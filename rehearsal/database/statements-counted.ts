import { Client } from 'pg';

/** Whether a database counts its statements in a view that this role can read; `create`: makes it do so first. */
export async function statementsCounted(
  url: string,
  { create }: { readonly create: boolean },
): Promise<boolean> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    if (create) await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
    const { rows } = await client.query<{ counted: boolean }>(
      `SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements')
          AND current_setting('pg_stat_statements.max', true) IS NOT NULL
          AND pg_has_role('pg_read_all_stats', 'USAGE') AS counted`,
    );
    return rows[0]?.counted === true;
  } finally {
    await client.end();
  }
}
