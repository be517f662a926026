/**
 * CREATE INDEX CONCURRENTLY and its like cannot ask the epoch in their own transaction. A worker that is about to send one
 * says so in the ledger, under its epoch, and takes it back when it is answered. Where no answer comes, the statement may
 * still arrive: for as long the way back waits, and stops it should it come.
 */

/** A worker that was asleep for longer between asking and sending asks again. */
export const sentWithinMs = 10_000;

/** Until it arrives, at the latest: sent, given up by the client after 65 seconds, and ended by the service after 45. */
export const arrivesWithinSeconds = 120;
