import { mysqlPlanner } from '../../cli/database/mysql-planner.ts';
import type { Database } from '../../engine/database/database.ts';

/** A MySQL on which the ledger's database stays, as behind every plan: DDL commits by itself there. */
export async function withinMysql<T>(url: string, use: (database: Database) => Promise<T>): Promise<T> {
  const planner = await mysqlPlanner(url);
  try {
    return await use(await planner.trying());
  } finally {
    await planner.close();
  }
}
