import type { Dialect } from './dialect.ts';
import type { Engine } from './engine.ts';

const load: { readonly [E in Engine]: () => Promise<Dialect> } = {
  postgres: async () => (await import('./postgres/index.ts')).postgres,
  mysql: async () => (await import('./mysql/index.ts')).mysql,
};

/** What makes plans on an engine, and runs them. Beside what only runs them: a bundler takes both along from one file. */
export const loadDialect = (engine: Engine): Promise<Dialect> => load[engine]();
