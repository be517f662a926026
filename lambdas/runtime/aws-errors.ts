import { TransientAwsError } from '../../engine/database/errors.ts';

const networkErrors = new Set([
  'TimeoutError',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

const transientNames = new Set([
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'RequestTimeout',
  'InternalServerException',
  'InternalServiceFault',
  'InternalFailure',
  'ServiceUnavailable',
  'ServiceUnavailableException',
]);

/** Whether a service was never reached or never heard; by the name or the code of the error. */
export const isNetworkError = (error: Error): boolean =>
  networkErrors.has(error.name) ||
  ('code' in error && typeof error.code === 'string' && networkErrors.has(error.code));

/** What AWS answers. Throttling, a fault of the service and a lost connection raise TransientAwsError. */
export async function callAws<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && isTransient(error))
      throw new TransientAwsError(`AWS did not answer: ${error.name}`, { cause: error });
    throw error;
  }
}

function isTransient(error: Error): boolean {
  const status = statusOf(error);
  return isNetworkError(error) || transientNames.has(error.name) || status === 429 || status >= 500;
}

function statusOf(error: Error): number {
  if (!('$metadata' in error) || typeof error.$metadata !== 'object' || error.$metadata === null) return 0;
  const { $metadata } = error;
  return 'httpStatusCode' in $metadata && typeof $metadata.httpStatusCode === 'number'
    ? $metadata.httpStatusCode
    : 0;
}
