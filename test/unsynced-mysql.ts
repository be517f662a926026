/** Settings of a server whose data nobody misses after a power cut: each statement that changes the catalog flushes several files. */
export const unsynced: Readonly<Record<string, string>> = {
  'innodb-flush-log-at-trx-commit': '0',
  'innodb-flush-method': 'nosync',
  'innodb-doublewrite': 'OFF',
  'sync-binlog': '0',
};
