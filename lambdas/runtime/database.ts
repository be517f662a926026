import { RDSDataClient } from '@aws-sdk/client-rds-data';
import type { Database } from '../../engine/database/database.ts';
import type { Engine } from '../../engine/dialects/engine.ts';
import { loadRunningDialect } from '../../engine/dialects/load-running-dialect.ts';
import type { RunningDialect } from '../../engine/dialects/running-dialect.ts';
import { Ledger } from '../../engine/ledger/ledger.ts';
import { DataApiDatabase } from './data-api-database.ts';
import { tracedClient } from './observed.ts';
import { once } from './once.ts';
import { perPreparedTarget, perTarget, preparedBy, type PreparedMaker } from './targets.ts';

// The service itself gives up after 45 s; the client waits a little longer, so that its answer is heard.
const requestHandler = { requestTimeout: 65_000 };

const client = once(() => tracedClient(new RDSDataClient({ requestHandler })));
const onceOnly = once(() => tracedClient(new RDSDataClient({ requestHandler, maxAttempts: 1 })));

/** Opens the database that is migrated, by what `load` gives of its engine's SQL. */
export const databaseBy = (load: (engine: Engine) => Promise<RunningDialect>): PreparedMaker<Database> =>
  perPreparedTarget(
    ({ engine }) => load(engine),
    ({ cluster, secret, database: name }, dialect) =>
      new DataApiDatabase(
        client(),
        { dialect, resourceArn: cluster, secretArn: secret, database: name },
        onceOnly(),
      ),
  );

/** The database that is migrated. */
export const database = databaseBy(loadRunningDialect);

export const ledger = preparedBy(
  database,
  perTarget((target) => new Ledger(database(() => target))),
);
