import { underFault, type FaultError, type Faults } from '../cloud/faults.ts';
import { FunctionError as LambdaError } from '../cloud/lambda/function-error.ts';
import type { LambdaService } from '../cloud/lambda/lambda.ts';
import { FunctionError, type InvokeFunction } from '../cloud/step-functions/step-functions.ts';
import { targetNamed } from './target-events.ts';

/** Called before each invocation of a function, which waits for it, with the target that its event names. */
export type BeforeInvocation = (functionName: string, target: string | undefined) => Promise<void>;

interface Around {
  /** Asked at each invocation: the interpreter is there before the functions. */
  readonly lambda: () => LambdaService;
  readonly listeners: ReadonlySet<BeforeInvocation>;
  readonly faults: Faults;
}

type Answer = { readonly payload: unknown } | { readonly error: Error };

/** How states invoke functions: the faults of this call are those of Lambda's own edge. */
export function invocations({ lambda, listeners, faults }: Around): InvokeFunction {
  let number = 0;
  return async (arn, payload, signal, state) => {
    const name = arn.split(':')[6] ?? arn;
    for (const listener of listeners) await listener(name, targetNamed(payload));
    const fault = faults.next({
      service: 'lambda',
      operation: name,
      caller: state,
      body: payload,
      number: ++number,
    });
    const work = (): Promise<Answer> => answerOf(lambda().invoke(arn, payload, signal));
    const answer = (await underFault(fault, work, refused)) ?? unanswered;
    if ('error' in answer) throw answer.error;
    return answer;
  };
}

async function answerOf(invoked: Promise<{ readonly payload: unknown }>): Promise<Answer> {
  try {
    return await invoked;
  } catch (error) {
    if (error instanceof LambdaError) return { error: new FunctionError(error.name, error.cause) };
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }
}

const refused = ({ name, message }: FaultError): Answer => ({ error: new FunctionError(name, message) });

// As Step Functions calls a call to Lambda that has brought no answer.
const unanswered: Answer = {
  error: new FunctionError('Lambda.SdkClientException', 'Unable to execute HTTP request: connection reset'),
};
