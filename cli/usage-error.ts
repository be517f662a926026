/** The command line is wrong; the message says what and what instead. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
