import { randomBytes } from 'node:crypto';

/** A migration's name that no other test uses: MySQL's ledger is one for the whole server. */
export const freshName = (): string => `m-${randomBytes(5).toString('hex')}`;
