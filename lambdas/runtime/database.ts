import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { Ledger } from '../../engine/ledger/ledger.ts';
import { DataApiDatabase } from './data-api-database.ts';
import { environment } from './environment.ts';
import { tracedClient } from './observed.ts';
import { once } from './once.ts';

/** The database that is migrated. */
export const database = once(() => {
  const found = environment();
  // The service itself gives up after 45 s; the client waits a little longer, so that its answer is heard.
  const requestHandler = { requestTimeout: 65_000 };
  return new DataApiDatabase(
    tracedClient(new RDSDataClient({ requestHandler })),
    {
      engine: found.UNDERPIN_ENGINE,
      resourceArn: found.UNDERPIN_CLUSTER_ARN,
      secretArn: found.UNDERPIN_SECRET_ARN,
      database: found.UNDERPIN_DATABASE,
    },
    tracedClient(new RDSDataClient({ requestHandler, maxAttempts: 1 })),
  );
});

export const ledger = once(() => new Ledger(database()));
