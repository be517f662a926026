/** The service's error names with the HTTP status that the model gives each. ValidationException is real but unmodelled. */
const STATUS = {
  BadRequestException: 400,
  DatabaseErrorException: 400,
  DatabaseResumingException: 400,
  HttpEndpointNotEnabledException: 400,
  InvalidResourceStateException: 400,
  InvalidSecretException: 400,
  SecretsErrorException: 400,
  SerializationException: 400,
  StatementTimeoutException: 400,
  UnsupportedResultException: 400,
  ValidationException: 400,
  AccessDeniedException: 403,
  ForbiddenException: 403,
  MissingAuthenticationTokenException: 403,
  DatabaseNotFoundException: 404,
  NotFoundException: 404,
  TransactionNotFoundException: 404,
  UnknownOperationException: 404,
  InternalServerErrorException: 500,
  ServiceUnavailableError: 503,
  DatabaseUnavailableException: 504,
} as const;

export type ServiceErrorName = keyof typeof STATUS;

/** An answer other than 200. Whatever else is thrown in here is a defect of the local cloud and becomes a loud 500. */
export class ServiceError extends Error {
  override readonly name: ServiceErrorName;
  readonly status: number;
  /** StatementTimeoutException alone carries it: the backend's process id. */
  readonly dbConnectionId?: number;

  constructor(name: ServiceErrorName, message: string, dbConnectionId?: number) {
    super(message);
    this.name = name;
    this.status = STATUS[name];
    if (dbConnectionId !== undefined) this.dbConnectionId = dbConnectionId;
  }
}
