/** An error that the server gave, as the driver passes it on. */
export interface MysqlError extends Error {
  readonly errno: number;
  readonly sqlState: string;
}

/** An error that the server gave, and not the driver. */
export const isMysqlError = (error: unknown): error is MysqlError =>
  error instanceof Error &&
  'errno' in error &&
  typeof error.errno === 'number' &&
  'sqlState' in error &&
  typeof error.sqlState === 'string' &&
  error.sqlState !== '';
