import { Clusters, type DataApiDatabase } from './clusters.ts';
import { callerOf } from '../edge.ts';
import { Faults, underFault, type FaultError } from '../faults.ts';
import { openHttpFront, type HttpFront, type ApiReply, type ApiRequest } from './http-front.ts';
import { parseBody, readRequest, requestShapes, type OperationName } from './requests.ts';
import { runCall, type Service } from './service.ts';
import { ServiceError } from './service-error.ts';
import { beginTransaction, commitTransaction, rollbackTransaction } from './transaction-operations.ts';
import { Transactions } from './transactions.ts';

/** The RDS Data API over real PostgreSQL and MySQL: any SDK client with this endpoint talks to it. */
export interface DataApi {
  /** For `AWS_ENDPOINT_URL_RDS_DATA`. */
  readonly endpoint: string;
  readonly faults: Faults;
  addDatabase(resourceArn: string, database: DataApiDatabase): void;
  /** Cuts what still runs there. */
  removeDatabase(resourceArn: string): Promise<void>;
  /** Rolls back open transactions, cancels running statements, closes all connections. May be called twice. */
  close(): Promise<void>;
}

export interface DataApiOptions {
  /** By resource ARN. */
  readonly databases: ReadonlyMap<string, DataApiDatabase>;
  /** Rules made before the first call. */
  readonly faults?: Faults;
  /** Connections to each database; further calls wait. Default 40. */
  readonly connectionLimit?: number;
  /** The service's 45 s, 3 min and 24 h, for tests that cannot wait. */
  readonly statementTimeoutMs?: number;
  readonly transactionIdleMs?: number;
  readonly transactionTotalMs?: number;
}

const REQUEST_LIMIT_BYTES = 4 * 1024 * 1024;
const HOUR_MS = 3_600_000;

const OPERATIONS: Readonly<Record<string, OperationName>> = {
  '/Execute': 'ExecuteStatement',
  '/BatchExecute': 'BatchExecuteStatement',
  '/BeginTransaction': 'BeginTransaction',
  '/CommitTransaction': 'CommitTransaction',
  '/RollbackTransaction': 'RollbackTransaction',
};

const HANDLERS: { readonly [Name in OperationName]: (service: Service, body: unknown) => Promise<string> } = {
  ExecuteStatement: (service, body) => {
    const request = readRequest(requestShapes.ExecuteStatement, body);
    return runCall(service, request, (session) => session.execute(request));
  },
  BatchExecuteStatement: (service, body) => {
    const request = readRequest(requestShapes.BatchExecuteStatement, body);
    return runCall(service, request, (session) => session.executeBatch(request));
  },
  BeginTransaction: (service, body) =>
    beginTransaction(service, readRequest(requestShapes.BeginTransaction, body)),
  CommitTransaction: (service, body) =>
    commitTransaction(service, readRequest(requestShapes.CommitTransaction, body)),
  RollbackTransaction: (service, body) =>
    rollbackTransaction(service, readRequest(requestShapes.RollbackTransaction, body)),
};

export async function startDataApi(options: DataApiOptions): Promise<DataApi> {
  const clusters = new Clusters(options.connectionLimit ?? 40);
  for (const [resourceArn, database] of options.databases) clusters.add(resourceArn, database);
  const transactions = new Transactions({
    idleMs: options.transactionIdleMs ?? 180_000,
    totalMs: options.transactionTotalMs ?? 24 * HOUR_MS,
  });
  const service: Service = {
    clusters,
    transactions,
    statementTimeoutMs: options.statementTimeoutMs ?? 45_000,
  };
  const faults = options.faults ?? new Faults();
  let calls = 0;
  const front = await openHttpFront(REQUEST_LIMIT_BYTES, (request) =>
    answer(service, faults, request, ++calls),
  );
  let closing: Promise<void> | undefined;
  return {
    endpoint: front.endpoint,
    faults,
    addDatabase: (resourceArn, database) => clusters.add(resourceArn, database),
    removeDatabase: (resourceArn) => clusters.remove(resourceArn),
    close: () => (closing ??= closeAll(front, transactions, clusters)),
  };
}

async function closeAll(front: HttpFront, transactions: Transactions, clusters: Clusters): Promise<void> {
  await front.close();
  await transactions.closeAll();
  await clusters.close();
}

async function answer(
  service: Service,
  faults: Faults,
  request: ApiRequest,
  number: number,
): Promise<ApiReply> {
  try {
    const operation = operationOf(request);
    if (request.body === undefined) {
      throw new ServiceError('BadRequestException', 'Request exceeds the size limit of 4 MiB');
    }
    const body = parseBody(request.body);
    const fault = faults.next({
      service: 'rds-data',
      operation,
      ...callerOf(request.headers),
      body,
      number,
    });
    const work = (): Promise<ApiReply> => carriedOut(service, operation, body);
    return (await underFault(fault, work, refusedReply)) ?? { drop: true };
  } catch (error) {
    return errorReply(error);
  }
}

function operationOf({ path, signed }: ApiRequest): OperationName {
  if (path === '/ExecuteSql') throw new ServiceError('BadRequestException', "ExecuteSql isn't supported");
  const operation = Object.hasOwn(OPERATIONS, path) ? OPERATIONS[path] : undefined;
  if (operation === undefined) {
    throw new ServiceError('UnknownOperationException', `The Data API has no operation at ${path}`);
  }
  if (!signed) throw new ServiceError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  return operation;
}

async function carriedOut(service: Service, operation: OperationName, body: unknown): Promise<ApiReply> {
  try {
    return { status: 200, body: await HANDLERS[operation](service, body) };
  } catch (error) {
    return errorReply(error);
  }
}

const refusedReply = ({ status, name, message }: FaultError): ApiReply => ({
  status,
  errorName: name,
  body: JSON.stringify({ message }),
});

function errorReply(error: unknown): ApiReply {
  if (error instanceof ServiceError) {
    const { status, name, message, dbConnectionId } = error;
    return { status, errorName: name, body: JSON.stringify({ message, dbConnectionId }) };
  }
  // Not an error that AWS knows: a defect of this server, which should not pass for a passing weakness of the cloud.
  const message = `local Data API: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  return { status: 500, errorName: 'InternalServerErrorException', body: JSON.stringify({ message }) };
}
