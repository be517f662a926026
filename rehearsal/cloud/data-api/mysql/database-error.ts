import { ServiceError } from '../service-error.ts';

/** An error that the server gave, as the driver passes it on. */
export interface MysqlError extends Error {
  readonly errno: number;
  readonly sqlState: string;
}

export const isMysqlError = (error: unknown): error is MysqlError =>
  error instanceof Error &&
  'errno' in error &&
  typeof error.errno === 'number' &&
  'sqlState' in error &&
  typeof error.sqlState === 'string' &&
  error.sqlState !== '';

/** The text in which the service reports MySQL's errors. */
export const describeDatabaseError = ({ message, errno, sqlState }: MysqlError): string =>
  `${message}; Error code: ${errno}; SQLState: ${sqlState}`;

export function statementError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  if (isMysqlError(error)) return new ServiceError('DatabaseErrorException', describeDatabaseError(error));
  const why = error instanceof Error ? error.message : String(error);
  return new ServiceError(
    'DatabaseUnavailableException',
    `The writer instance in the DB cluster isn't available: ${why}`,
  );
}
