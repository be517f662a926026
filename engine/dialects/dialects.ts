import type { Dialect, Engine } from './dialect.ts';
import { postgres } from './postgres/index.ts';

// The one place that names the engines' implementations.
const dialects: { readonly [E in Engine]: Dialect } = { postgres };

export const dialectOf = (engine: Engine): Dialect => dialects[engine];
