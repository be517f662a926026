import { DatabaseError } from 'pg';
import { ServiceError } from '../service-error.ts';

/** The text in which the service reports PostgreSQL's errors. Only the SQLSTATE at its end is fit for a program. */
export function describeDatabaseError(error: DatabaseError): string {
  const detail = error.detail === undefined ? '' : `\n  Detail: ${error.detail}`;
  const hint = error.hint === undefined ? '' : `\n  Hint: ${error.hint}`;
  const position = error.position === undefined ? '' : `Position: ${error.position}; `;
  return `${error.severity ?? 'ERROR'}: ${error.message}${detail}${hint}; ${position}SQLState: ${error.code ?? 'XX000'}`;
}

/** What the caller learns about an error of the statement or of its connection. */
export function statementError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  if (error instanceof DatabaseError) {
    if (isMultiStatement(error))
      return new ServiceError('ValidationException', "Multistatements aren't supported");
    return new ServiceError('DatabaseErrorException', describeDatabaseError(error));
  }
  const why = error instanceof Error ? error.message : String(error);
  return new ServiceError(
    'DatabaseUnavailableException',
    `The writer instance in the DB cluster isn't available: ${why}`,
  );
}

function isMultiStatement(error: DatabaseError): boolean {
  return error.code === '42601' && error.routine === 'exec_parse_message';
}
