import type { OnlineProbe } from '../dialect.ts';
import { identifier, literal, qualified, shortened } from './quote.ts';

/** Builds an index beside the traffic of an empty table of our own, named for the migration. Needs the ledger's schema. */
export function onlineProbe(migration: string): OnlineProbe {
  const table = { schema: 'underpin', name: shortened(`probe_${migration}`) };
  const index = shortened(`probe_${migration}_index`);
  const name = qualified(table);
  return {
    tries: 'CREATE INDEX CONCURRENTLY',
    begin: { text: `CREATE TABLE IF NOT EXISTS ${name} (n integer)`, catalogOnly: true },
    build: {
      text: `CREATE INDEX CONCURRENTLY IF NOT EXISTS ${identifier(index)}\n  ON ${name} (n)`,
      catalogOnly: true,
    },
    look: {
      text: `SELECT json_build_object('valid', EXISTS (
  SELECT FROM pg_index WHERE indrelid = to_regclass(${literal(name)}) AND indisvalid))::text`,
    },
    end: { text: `DROP TABLE IF EXISTS ${name}`, catalogOnly: true },
  };
}
