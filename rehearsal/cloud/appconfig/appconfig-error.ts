import type { LocalResponse } from '../local-request.ts';

const statusOf = {
  BadRequestException: 400,
  ConflictException: 409,
  PayloadTooLargeException: 413,
  ResourceNotFoundException: 404,
} as const;

/** What AppConfig answers instead of a result. `name` is the exception that the SDK throws. */
export class AppConfigError extends Error {
  override readonly name: keyof typeof statusOf;
  private readonly members: Readonly<Record<string, unknown>>;

  /** `members` are the exception's further fields on the wire, such as Reason and Details. */
  constructor(name: keyof typeof statusOf, message: string, members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = name;
    this.members = members;
  }

  response(): LocalResponse {
    return {
      status: statusOf[this.name],
      headers: { 'content-type': 'application/json', 'x-amzn-errortype': this.name },
      body: JSON.stringify({ Message: this.message, ...this.members }),
    };
  }
}

export const badRequest = (message: string): AppConfigError =>
  new AppConfigError('BadRequestException', message);

export const conflict = (message: string): AppConfigError => new AppConfigError('ConflictException', message);

/** `resource` is the kind, as `Environment`. */
export const notFound = (resource: string, id: string): AppConfigError =>
  new AppConfigError('ResourceNotFoundException', `${resource} not found: ${id}`, { ResourceName: resource });

/** A document that its configuration profile does not accept; `location` points into it as `/values/reads`. */
export const invalidConfiguration = (location: string, reason: string): AppConfigError =>
  new AppConfigError('BadRequestException', `Invalid configuration at ${location || '/'}: ${reason}`, {
    Reason: 'InvalidConfiguration',
    Details: { InvalidConfiguration: [{ Location: location, Reason: reason, Type: 'JSON_SCHEMA' }] },
  });
