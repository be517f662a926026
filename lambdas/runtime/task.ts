import * as z from 'zod';
import { observeTask } from './observed.ts';
import { once } from './once.ts';
import { chosenTarget, type AskTarget } from './targets.ts';
import type { Made, Makers } from './tools.ts';
import { meterInvocation } from './usage.ts';

interface LambdaContext {
  readonly getRemainingTimeInMillis: () => number;
  readonly awsRequestId?: string;
}

/** What a task is, beside its work. */
export interface Task<I, U extends Makers> {
  readonly input: z.ZodType<I>;
  readonly uses: U;
  /** What of an input may stand in the log: all of it, where it is names and numbers. */
  readonly logged?: (input: I) => unknown;
}

// What a hand-over needs: the last statement (45 s at the most), its commit, and the answer.
const reserveMs = 60_000;

const targeted = z.object({ target: z.string().optional() });

/** A function: its input is parsed, its tools are made once for each warm sandbox and target. */
export function task<I, U extends Makers, O>(
  { input, uses, logged = (parsed) => parsed }: Task<I, U>,
  work: (input: I, tools: Made<U>) => Promise<O>,
) {
  return async (event: unknown, context: LambdaContext): Promise<O> => {
    const parsed = input.parse(event);
    const { target } = targeted.parse(event);
    return observeTask(logged(parsed), context.awsRequestId, () =>
      meterInvocation(event, async () => {
        const ask = once(() => chosenTarget(target));
        await Promise.all(Object.values(uses).flatMap(({ prepare }) => prepare?.(ask) ?? []));
        return work(parsed, made(uses, ask, context));
      }),
    );
  };
}

/** Each tool is made when it is first used: one that cannot be made fails whoever uses it, and nobody else. */
function made<U extends Makers>(uses: U, ask: AskTarget, context: LambdaContext): Made<U> {
  const tools = {
    remainingMs: () => context.getRemainingTimeInMillis() - reserveMs,
    get target() {
      return ask();
    },
  };
  for (const [name, make] of Object.entries(uses))
    Object.defineProperty(tools, name, { get: () => make(ask), enumerable: true });
  if (!hasAll(tools, uses)) throw new Error('a tool is not there');
  return tools;
}

const hasAll = <T extends object, U extends Makers>(tools: T, uses: U): tools is T & Made<U> =>
  Object.keys(uses).every((name) => name in tools);
