/** An error of the API itself, as the SDK will raise it. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  /** The modelled name, as `StateMachineDoesNotExist`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
