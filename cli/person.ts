import { hostname, userInfo } from 'node:os';

/** Who gives an order, as far as this machine knows. CloudTrail knows the principal. */
export const person = (): string => `${userInfo().username}@${hostname()}`;
