// Enough rows to be worth a worker, and to be worth another invocation of one.
const rowsForAWorker = 25_000;
const rowsForAShard = 250_000;
const mostForAWorker = 4;

/** Into how many key ranges a table is cut: as many for each worker, so that they finish together. */
export function shardsOf(rows: number, parallelism: number): number {
  const workers = Math.min(parallelism, Math.max(1, Math.ceil(rows / rowsForAWorker)));
  // One worker waits for nobody.
  if (workers === 1) return 1;
  return workers * Math.min(mostForAWorker, Math.max(1, Math.floor(rows / workers / rowsForAShard)));
}
