import type { Names } from './definitions.ts';
import type { Engine } from './engine.ts';
import * as mysql from './mysql/quote.ts';
import * as postgres from './postgres/quote.ts';

type Limits = Pick<Names, 'lengthFault' | 'isReserved'>;

/** What each engine takes for a name. Beside the dialects: who reads a migration's file does not make its plan. */
export const nameLimits: { readonly [E in Engine]: Limits } = { postgres, mysql };
