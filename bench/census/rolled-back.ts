import { Client } from 'pg';
import type * as z from 'zod';
import { PostgresDatabase } from '../../cli/database/postgres-database.ts';
import type { Database, Statement } from '../../engine/database/database.ts';

/**
 * A database on which nothing stays: what planning makes for a moment, and all that is asked, stands in one transaction
 * that is rolled back. A question that fails leaves the next one a transaction that works.
 */
export class RolledBack implements Database {
  readonly dialect;
  private readonly database: PostgresDatabase;
  private readonly installed = new Set<string>();

  private constructor(private readonly client: Client) {
    this.database = new PostgresDatabase(client);
    this.dialect = this.database.dialect;
  }

  /** Opens the transaction, uses it, and rolls it back, whatever happens. */
  static async within<T>(url: string, use: (database: RolledBack) => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: url, application_name: 'underpin-census' });
    client.on('error', () => undefined);
    await client.connect();
    try {
      // Whoever counts must never stand in the way of an application.
      await client.query(`SET lock_timeout = '2s'; SET statement_timeout = '30s'`);
      await client.query('BEGIN');
      return await use(new RolledBack(client));
    } finally {
      await client.query('ROLLBACK').catch(() => undefined);
      await client.end();
    }
  }

  rows<T>(statement: Statement, row: z.ZodType<T>): Promise<readonly T[]> {
    return this.apart(() => this.database.rows(statement, row));
  }

  /** Every plan installs the same functions. */
  async run(statement: Statement): Promise<void> {
    const isFunction = statement.text.includes('CREATE OR REPLACE FUNCTION');
    if (isFunction && this.installed.has(statement.text)) return;
    await this.apart(() => this.database.run(statement));
    if (isFunction) this.installed.add(statement.text);
  }

  start(): Promise<never> {
    return Promise.reject(new Error('a census starts nothing'));
  }

  private async apart<T>(ask: () => Promise<T>): Promise<T> {
    await this.client.query('SAVEPOINT census');
    try {
      const answer = await ask();
      await this.client.query('RELEASE SAVEPOINT census');
      return answer;
    } catch (error) {
      await this.client.query('ROLLBACK TO SAVEPOINT census');
      throw error;
    }
  }
}
