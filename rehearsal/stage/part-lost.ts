import { TransientDatabaseError } from '../../engine/database/errors.ts';

/** A part of the rehearsal itself is gone (its database, its traffic): nothing more can be said about the migration. */
export class PartLost extends Error {
  override readonly name = 'PartLost';
}

/** Somebody wants the rehearsal to end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor() {
    super('interrupted');
  }
}

const lostByCode = /^(?:08|57P0|ECONN|EPIPE|ETIMEDOUT|PROTOCOL_CONNECTION_LOST|ER_SERVER_SHUTDOWN)/u;
const lostByWords =
  /^Connection terminated|^Client has encountered a connection error|^The server closed|^Can't add new command when connection is in closed state/u;

/** Whether an error of the driver says that the connection is gone, and not that a statement was wrong. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    error instanceof TransientDatabaseError ||
    ('code' in error && lostByCode.test(String(error.code))) ||
    lostByWords.test(error.message)
  );
}
