import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { Ledger } from '../../engine/ledger/ledger.ts';
import { DataApiDatabase } from './data-api-database.ts';
import { tracedClient } from './observed.ts';
import { once } from './once.ts';
import { perTarget } from './targets.ts';

// The service itself gives up after 45 s; the client waits a little longer, so that its answer is heard.
const requestHandler = { requestTimeout: 65_000 };

const client = once(() => tracedClient(new RDSDataClient({ requestHandler })));
const onceOnly = once(() => tracedClient(new RDSDataClient({ requestHandler, maxAttempts: 1 })));

/** The database that is migrated. */
export const database = perTarget(
  ({ engine, cluster, secret, database: name }) =>
    new DataApiDatabase(
      client(),
      { engine, resourceArn: cluster, secretArn: secret, database: name },
      onceOnly(),
    ),
);

export const ledger = perTarget((target) => new Ledger(database(() => target)));
