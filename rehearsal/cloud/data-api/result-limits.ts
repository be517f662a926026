import { ServiceError } from './service-error.ts';

export interface ResultLimits {
  readonly rowBytes: number;
  readonly responseBytes: number;
}

export const RECORDS: ResultLimits = { rowBytes: 64 * 1024, responseBytes: 1024 * 1024 };
/** `formatRecordsAs: JSON` may be larger. */
export const FORMATTED: ResultLimits = { rowBytes: 64 * 1024, responseBytes: 10 * 1024 * 1024 };
/** Rows that are not returned are not limited. */
export const UNLIMITED: ResultLimits = { rowBytes: Infinity, responseBytes: Infinity };

/** Known only after the statement ran: what it did stays done, as nothing else is documented. */
export function refuseOversized(oversized: 'row' | 'response' | undefined): void {
  if (oversized === 'row') throw new ServiceError('DatabaseErrorException', 'Packet for query is too large');
  if (oversized === 'response') throw tooLarge();
}

export function withinResultLimit(json: string, { responseBytes }: ResultLimits): string {
  if (Buffer.byteLength(json) > responseBytes) throw tooLarge();
  return json;
}

const tooLarge = (): ServiceError =>
  new ServiceError('DatabaseErrorException', 'Database response exceeded size limit');
