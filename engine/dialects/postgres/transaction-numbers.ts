/** The whole number of a transaction that has ended, of which a row version has the lower half. */
export const wholeNumber = (xmin: string): string => {
  const [low, next] = [`${xmin}::text::bigint`, 'pg_snapshot_xmax(pg_current_snapshot())::text::bigint'];
  return `(${low} + (((${next} - ${low}) >> 32) << 32))::text::xid8`;
};

/**
 * Whether a walk's snapshot is of another server: a dump brings the ledger's rows to one that counts transactions from where it
 * stands, and there the snapshot would take what is new for old. It is of one whose numbers are not reached yet, or
 * that says of its own row's writer that it had ended before.
 */
export const isOfAnotherServer = (checkpoint: string): string =>
  `(pg_snapshot_xmax(${checkpoint}.begun_in) > pg_snapshot_xmax(pg_current_snapshot())
      OR ${wholeNumber(`${checkpoint}.xmin`)} < pg_snapshot_xmin(${checkpoint}.begun_in))`;

/** A snapshot of before everything: gates ask for a new comparison. */
export const ofBeforeEverything = `'1:1:'`;
