import type { Engine } from './engine.ts';
import type { RunningDialect } from './running-dialect.ts';

const load: { readonly [E in Engine]: () => Promise<RunningDialect> } = {
  postgres: async () => (await import('./postgres/running.ts')).runningDialect,
  mysql: async () => (await import('./mysql/running.ts')).runningDialect,
};

/** What runs plans on an engine, imported when it is first needed: a function reads the files of its targets' engines alone. */
export const loadRunningDialect = (engine: Engine): Promise<RunningDialect> => load[engine]();
