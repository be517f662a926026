import type { Database } from '../database/database.ts';
import type { Dialect } from './dialect.ts';
import type { Engine } from './engine.ts';
import type { Inspector } from './inspector.ts';
import { mysql } from './mysql/index.ts';
import { postgres } from './postgres/index.ts';

const dialects: { readonly [E in Engine]: Dialect } = { postgres, mysql };

export const dialectOf = (engine: Engine): Dialect => dialects[engine];

/** The dialect by which a database's plans are made. */
export const planningDialectOf = (database: Database): Dialect => dialectOf(database.dialect.engine);

export const inspectorOf = (database: Database): Inspector => planningDialectOf(database).inspector(database);
