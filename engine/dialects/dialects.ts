import type { Dialect } from './dialect.ts';
import type { Engine } from './engine.ts';
import { mysql } from './mysql/index.ts';
import { postgres } from './postgres/index.ts';

const dialects: { readonly [E in Engine]: Dialect } = { postgres, mysql };

export const dialectOf = (engine: Engine): Dialect => dialects[engine];
