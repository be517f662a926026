// Placeholder until helper "postgres" writes the real file; overwrite freely.
import { Client } from 'pg';
export async function loadDump(databaseUrl: string, sqlText: string): Promise<{ statements: number; notices: string[] }> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(sqlText);
  await client.end();
  return { statements: 1, notices: [] };
}
