import * as z from 'zod';
import { requestsSent } from './data-api-requests.ts';
import { publish } from './metrics.ts';

const ofMigration = z.object({ migration: z.string(), target: z.string() });
const megabytes = Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] ?? '0');

/**
 * Does an invocation's work, and publishes under the migration's name and target what AWS bills for it; the report adds it up. Time
 * counts from the handler on: what a cold start takes before that is not seen.
 */
export async function meterInvocation<O>(event: unknown, work: () => Promise<O>): Promise<O> {
  const migration = ofMigration.safeParse(event).data;
  if (migration === undefined) return work();
  const [began, before] = [performance.now(), requestsSent()];
  try {
    return await work();
  } finally {
    publish(migration, {
      Invocations: 1,
      GbSeconds: ((performance.now() - began) / 1000) * (megabytes / 1024),
      DataApiRequests: requestsSent() - before,
    });
  }
}
