/** An error of CloudWatch: the shape that the SDK throws, its older query name, and the HTTP status. */
const errors = {
  InvalidParameterValueException: ['InvalidParameterValue', 400],
  InvalidParameterCombinationException: ['InvalidParameterCombination', 400],
  MissingRequiredParameterException: ['MissingParameter', 400],
  InvalidNextToken: ['InvalidNextToken', 400],
  LimitExceededFault: ['LimitExceeded', 400],
  ResourceNotFound: ['ResourceNotFound', 404],
  /** Not in the model: what AWS says to an operation that it does not know. */
  UnknownOperationException: ['UnknownOperationException', 404],
} as const;

export class CloudWatchError extends Error {
  override readonly name: keyof typeof errors;

  constructor(name: keyof typeof errors, message: string) {
    super(message);
    this.name = name;
  }

  get queryName(): string {
    return errors[this.name][0];
  }

  get status(): number {
    return errors[this.name][1];
  }
}

export const invalidValue = (message: string): CloudWatchError =>
  new CloudWatchError('InvalidParameterValueException', message);

export const invalidCombination = (message: string): CloudWatchError =>
  new CloudWatchError('InvalidParameterCombinationException', message);
