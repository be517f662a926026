// A method, so that the SDK's handlers, each of its own types, are taken for one.
type Handler = { handle(args: unknown): Promise<unknown> }['handle'];

/** A client of the SDK, as far as its middleware goes. */
export interface InstrumentedClient {
  readonly middlewareStack: {
    add(
      middleware: (next: Handler) => Handler,
      options: { readonly step: 'build'; readonly priority: 'high' | 'low'; readonly name: string },
    ): void;
  };
}

/** What a trace may keep of an error; the error itself passes by it. */
class ErrorName extends Error {
  readonly $metadata: unknown;

  constructor(readonly whole: Error) {
    super(whole.name);
    this.name = whole.name;
    this.$metadata = '$metadata' in whole ? whole.$metadata : undefined;
  }
}

/**
 * Keeps the text of errors from what traces the client, whose middleware stands between these two: a database's error can
 * hold a row's values, and X-Ray stores its message.
 */
export function namingErrors<C extends InstrumentedClient>(client: C): C {
  const { middlewareStack } = client;
  middlewareStack.add((next) => (args) => next(args).catch(nameAlone), {
    step: 'build',
    priority: 'low',
    name: 'nameErrors',
  });
  middlewareStack.add((next) => (args) => next(args).catch(wholeAgain), {
    step: 'build',
    priority: 'high',
    name: 'wholeErrors',
  });
  return client;
}

function nameAlone(error: unknown): never {
  throw error instanceof Error ? new ErrorName(error) : error;
}

function wholeAgain(error: unknown): never {
  throw error instanceof ErrorName ? error.whole : error;
}
