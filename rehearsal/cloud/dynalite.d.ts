declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** In memory without `path`. The times are how long a table stays in its CREATING, UPDATING or DELETING state. */
  export default function dynalite(options: {
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }): Server;
}
