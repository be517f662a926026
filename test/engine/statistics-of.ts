import type { TableStatistics } from '../../engine/catalog/statistics.ts';

/** What a server might have counted of a table that nobody has used yet. */
export const statisticsOf = (differs: Partial<TableStatistics> = {}): TableStatistics => ({
  rows: 1000,
  tableBytes: 100_000,
  indexBytes: 50_000,
  indexes: 2,
  deadRows: 0,
  inserts: 0,
  updates: 0,
  deletes: 0,
  indexScans: 0,
  wholeScans: 0,
  countedSeconds: 3600,
  columnBytes: null,
  keyOrder: null,
  keyShare: null,
  updateTriggers: [],
  publications: [],
  autovacuum: true,
  oldestTransactionSeconds: 0,
  valuesLogged: [],
  version: '18.4',
  ...differs,
});
