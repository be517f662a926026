// What Lambda's own Node runtime is on AWS: loads one bundle, then runs one event at a time for its parent.
// Plain JavaScript, because it is started by itself with nothing but Node.
import process from 'node:process';
import { pathToFileURL } from 'node:url';

/** @typedef {{ requestId: string, event: string, deadlineMs: number, arn: string, version: string }} Invocation */

// The parent is gone: so is the machine that this sandbox was on.
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole process group; the parent decides what ends.
process.on('SIGINT', () => undefined);
process.on('unhandledRejection', (reason) => void die('Runtime.UnhandledPromiseRejection', reason, 128));
process.on('uncaughtException', (fault) => void die(undefined, fault, 129));

const bundle = process.argv[2] ?? '';
const handler = await load();
process.on('message', (/** @type {Invocation} */ invocation) => void run(invocation));
await send({ kind: 'ready' });

async function load() {
  try {
    const loaded = await import(pathToFileURL(bundle).href);
    if (typeof loaded.handler !== 'function')
      throw named('Runtime.HandlerNotFound', 'index.handler is undefined or not exported');
    // Node 24 on Lambda no longer accepts handlers with a callback.
    if (loaded.handler.length > 2)
      throw named('Runtime.CallbackHandlerDeprecated', 'index.handler takes a callback; return a promise');
    return loaded.handler;
  } catch (fault) {
    await send({ kind: 'initError', error: describe(fault) });
    return process.exit(1);
  }
}

/** @param {Invocation} invocation */
async function run({ requestId, event, deadlineMs, arn, version }) {
  try {
    const result = await handler(JSON.parse(event), contextOf(requestId, deadlineMs, arn, version));
    await send({ kind: 'result', requestId, payload: written(result) });
  } catch (fault) {
    await send({ kind: 'error', requestId, error: describe(fault) });
  }
}

/** @param {unknown} result */
function written(result) {
  try {
    return JSON.stringify(result) ?? 'null';
  } catch (fault) {
    throw named('Runtime.MarshalError', `Unable to stringify response body: ${describe(fault).errorMessage}`);
  }
}

/** @param {string} requestId @param {number} deadlineMs @param {string} arn @param {string} version */
function contextOf(requestId, deadlineMs, arn, version) {
  return {
    awsRequestId: requestId,
    functionName: process.env['AWS_LAMBDA_FUNCTION_NAME'],
    functionVersion: version,
    invokedFunctionArn: arn,
    memoryLimitInMB: process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
    logGroupName: process.env['AWS_LAMBDA_LOG_GROUP_NAME'],
    logStreamName: process.env['AWS_LAMBDA_LOG_STREAM_NAME'],
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
}

/** @param {unknown} fault @returns {{ errorType: string, errorMessage: string, trace: string[] }} */
function describe(fault) {
  if (!(fault instanceof Error)) return { errorType: typeof fault, errorMessage: String(fault), trace: [] };
  return {
    errorType: fault.name,
    errorMessage: fault.message,
    trace: (fault.stack ?? '').split('\n'),
  };
}

/** @param {string | undefined} errorType @param {unknown} fault @param {number} exitCode */
async function die(errorType, fault, exitCode) {
  const error = describe(fault);
  await send({ kind: 'fatal', error: { ...error, errorType: errorType ?? error.errorType } });
  process.exit(exitCode);
}

/** @param {string} name @param {string} message */
function named(name, message) {
  return Object.assign(new Error(message), { name });
}

/** Resolves when the parent has it, or never can. @param {unknown} message */
function send(message) {
  return new Promise((sent) => {
    if (process.send === undefined || !process.connected) return sent(undefined);
    return process.send(message, () => sent(undefined));
  });
}
