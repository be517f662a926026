import { Logger } from '@aws-lambda-powertools/logger';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { namingErrors, type InstrumentedClient } from './naming-errors.ts';

// Everything about HTTP would be traced, the SDK's own polling included; the SDK's calls are enough.
const tracer = new Tracer({ captureHTTPsRequests: false });
const logger = new Logger();

/** An SDK client whose calls show in the trace, their errors by name alone. */
export const tracedClient = <C extends InstrumentedClient>(client: C): C =>
  namingErrors(tracer.captureAWSv3Client(client));

/**
 * Runs a task's work with a line in the log before and after it and a segment in the trace. The input of every task is
 * names and numbers; of an error its name alone is written, because the text of a database error can hold a row's values.
 */
export async function observeTask<O>(
  input: unknown,
  requestId: string | undefined,
  work: () => Promise<O>,
): Promise<O> {
  const task = { input, requestId };
  const began = performance.now();
  const tookMs = (): number => Math.round(performance.now() - began);
  logger.info('begins', { task });
  try {
    const output = await segment(work);
    logger.info('ends', { task, tookMs: tookMs() });
    return output;
  } catch (error) {
    logger.warn('fails', {
      task,
      tookMs: tookMs(),
      errorName: error instanceof Error ? error.name : typeof error,
    });
    throw error;
  }
}

async function segment<O>(work: () => Promise<O>): Promise<O> {
  const parent = tracer.isTracingEnabled() ? tracer.getSegment() : undefined;
  if (!parent) return work();
  const own = parent.addNewSubsegment('## task');
  tracer.setSegment(own);
  try {
    return await work();
  } finally {
    own.close();
    tracer.setSegment(parent);
  }
}
