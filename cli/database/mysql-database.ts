import { randomUUID } from 'node:crypto';
import type { Connection, Pool, QueryResult } from 'mysql2/promise';
import type * as z from 'zod';
import type { Database, Statement } from '../../engine/database/database.ts';
import { answerOf } from '../../engine/database/named-call.ts';
import { dialectOf } from '../../engine/dialects/dialects.ts';
import { isMysqlError } from './mysql-error.ts';
import { knownError } from '../../lambdas/runtime/database-errors.ts';

const mysql = dialectOf('mysql');

/** What every connection of this class needs: values as MySQL writes them. */
export const asWritten = {
  charset: 'utf8mb4_0900_ai_ci',
  supportBigNumbers: true,
  bigNumberStrings: true,
  dateStrings: true,
  jsonStrings: true,
} as const;

/** A database by the ordinary driver, for whoever looks: it starts nothing. Its client was opened with `asWritten`. */
export class MysqlDatabase implements Database {
  readonly dialect = mysql;

  constructor(private readonly client: Connection | Pool) {}

  async rows<T>(statement: Statement, row: z.ZodType<T>): Promise<readonly T[]> {
    const result = await answerOf(mysql, statement, {
      name: randomUUID,
      execute: (each) => this.heard(each),
    });
    const rows: readonly unknown[] = Array.isArray(result) ? result : [];
    return rows.map((values) => row.parse(JSON.parse(textOf(values))));
  }

  async run(statement: Statement): Promise<void> {
    await this.heard(statement);
  }

  start(): Promise<never> {
    return Promise.reject(new Error('this database is only looked at'));
  }

  /** Errors as the Data API words them, so that the engine knows them by their numbers. */
  private async heard(statement: Statement): Promise<QueryResult> {
    const { text, values } = mysql.positional(statement);
    const asked = { sql: text, rowsAsArray: true };
    try {
      // What takes no values may be something that MySQL does not prepare.
      const [result] = await (values.length === 0
        ? this.client.query(asked)
        : this.client.execute({ ...asked, values: values.map(bound) }));
      return result;
    } catch (error) {
      if (!isMysqlError(error)) throw error;
      const message = `${error.message}; Error code: ${error.errno}; SQLState: ${error.sqlState}`;
      throw knownError(
        Object.assign(new Error(message), { name: 'DatabaseErrorException' }),
        mysql.errors,
        statement,
      );
    }
  }
}

// The driver sends every number as a double.
const bound = (value: string | number | boolean | null): string | number | boolean | null =>
  typeof value === 'number' && Number.isInteger(value) ? String(value) : value;

const textOf = (row: unknown): string => {
  const first: unknown = Array.isArray(row) ? row[0] : null;
  return typeof first === 'string' ? first : 'null';
};
