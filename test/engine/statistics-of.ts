import { nothingCounted, type TableStatistics } from '../../engine/catalog/statistics.ts';

/** What a server might have counted of a table that nobody has used yet. */
export const statisticsOf = (differs: Partial<TableStatistics> = {}): TableStatistics => ({
  ...nothingCounted,
  rows: 1000,
  tableBytes: 100_000,
  indexBytes: 50_000,
  indexes: 2,
  countedSeconds: 3600,
  version: '18.4',
  ...differs,
});
