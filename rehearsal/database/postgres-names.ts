import { dialectOf } from '../../engine/dialects/dialects.ts';

/** How the rehearsed database, which is PostgreSQL, has names and texts quoted. */
export const { quoted: identifier, qualified, literal } = dialectOf('postgres').names;
