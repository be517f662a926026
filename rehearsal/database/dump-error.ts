/** A dump that cannot be loaded: the message names file, line, fact and, where there is one, the remedy. */
export class DumpError extends Error {
  override readonly name = 'DumpError';
}
