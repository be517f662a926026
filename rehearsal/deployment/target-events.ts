import { z } from 'zod';
import type { HistoryEventRecord, StepFunctions } from '../cloud/step-functions/step-functions.ts';

const targeted = z.object({ target: z.string() });

/** The target that an input of a machine or a function names; undefined where it names none. */
export const targetNamed = (input: unknown): string | undefined => targeted.safeParse(input).data?.target;

/** Hears every event of the executions whose input names the target, from now on. Gives the way to stop listening. */
export function onTargetEvent(
  stepFunctions: Pick<StepFunctions, 'onEvent'>,
  target: string,
  listener: (record: HistoryEventRecord) => void,
): () => void {
  const executions = new Set<string>();
  return stepFunctions.onEvent((record) => {
    const { input } = record.event.executionStartedEventDetails ?? {};
    if (input !== undefined && targetNamed(JSON.parse(input)) === target) executions.add(record.executionArn);
    if (executions.has(record.executionArn)) listener(record);
  });
}
