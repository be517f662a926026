import type { Engine } from './engine.ts';
import { running as mysql } from './mysql/running.ts';
import { running as postgres } from './postgres/running.ts';
import type { RunningDialect } from './running-dialect.ts';

const dialects: { readonly [E in Engine]: RunningDialect } = { postgres, mysql };

/** Beside dialects.ts and not in it: the functions that only run plans do not carry what makes them. */
export const runningDialectOf = (engine: Engine): RunningDialect => dialects[engine];
