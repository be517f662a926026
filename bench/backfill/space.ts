import { askOnce } from './prepared.ts';

/** The table's sizes after the copy, and once a VACUUM has passed, as multiples of those before. */
export interface Left {
  readonly heap: number;
  readonly indexes: number;
  readonly heapAfterVacuum: number;
  readonly indexesAfterVacuum: number;
  /** What the heap then has free for new rows, as a share of it. */
  readonly freeAfterVacuum: number;
}

/** In bytes. */
interface Sizes {
  readonly heap: number;
  readonly indexes: number;
}

/** Of a table and all of its indexes, in bytes. */
export const sizesOf = (url: string, table: string): Promise<Sizes> =>
  askOnce(url, async (client) => {
    const { rows } = await client.query<Sizes>(
      'SELECT pg_relation_size($1)::float8 AS heap, pg_indexes_size($1)::float8 AS indexes',
      [table],
    );
    return rows[0] ?? { heap: Number.NaN, indexes: Number.NaN };
  });

/** What a copy has left in the table. Runs the VACUUM that autovacuum would run a minute later. */
export async function leftSince(url: string, table: string, before: Sizes, after: Sizes): Promise<Left> {
  const free = await askOnce(url, async (client) => {
    await client.query(`VACUUM ${table}`);
    await client.query('CREATE EXTENSION IF NOT EXISTS pgstattuple');
    const { rows } = await client.query<{ share: number }>(
      'SELECT approx_free_percent / 100 AS share FROM pgstattuple_approx($1)',
      [table],
    );
    await client.query('DROP EXTENSION pgstattuple');
    return rows[0]?.share ?? Number.NaN;
  });
  const vacuumed = await sizesOf(url, table);
  return {
    heap: after.heap / before.heap,
    indexes: after.indexes / before.indexes,
    heapAfterVacuum: vacuumed.heap / before.heap,
    indexesAfterVacuum: vacuumed.indexes / before.indexes,
    freeAfterVacuum: free,
  };
}
