import type { Engine } from '../../engine/dialects/engine.ts';

const engines: Readonly<Record<string, Engine>> = {
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
  'mysql:': 'mysql',
};

/** The engine that an address names; undefined for what is no database's address. */
export const engineOfUrl = (url: string): Engine | undefined =>
  URL.canParse(url) ? engines[new URL(url).protocol] : undefined;

/** For people. What was given is not repeated: it may hold a password. */
export const addressesTaken =
  '--database-url takes an address such as postgresql://user:password@host:5432/database or mysql://user:password@host:3306/database.';
