import { functionArn, functionVersion } from '../arns.ts';
import { uuid } from '../expression-functions.ts';
import { isExpression } from '../expressions.ts';
import { StateFailure } from '../failure.ts';
import { FunctionError } from '../function-port.ts';
import { asJson, byteLength, isJsonObject, type Json } from '../json.ts';
import { caughtByAll, refuseOversized } from '../limits.ts';
import type { ExecutionServices } from '../run.ts';
import type { ArgumentProblem } from './casing.ts';
import type { Integration } from './integration.ts';

const KNOWN = new Set(['FunctionName', 'Payload', 'Qualifier']);

/** `arn:aws:states:::lambda:invoke`, with or without a task token. */
export function lambdaInvoke(pattern: 'response' | 'token'): Integration {
  return {
    resourceType: 'lambda',
    resource: pattern === 'token' ? 'invoke.waitForTaskToken' : 'invoke',
    pattern,
    problems: (template) => Promise.resolve(problems(template)),
    async call(args, surroundings, state) {
      const [problem] = problems(args);
      if (problem !== undefined || !isJsonObject(args)) {
        throw new StateFailure(
          'States.Runtime',
          `Arguments${problem?.path ?? ''}: ${problem?.what ?? 'missing'}`,
        );
      }
      const { FunctionName, Qualifier, Payload = {} } = args;
      const name = [FunctionName, Qualifier].filter((part) => typeof part === 'string').join(':');
      const arn = functionArn(surroundings.home, name);
      const payload = await invoke({ arn, payload: Payload, state }, surroundings);
      refuseOversized(payload, 'lambda', caughtByAll);
      return invoked(payload, functionVersion(arn), surroundings);
    },
  };
}

/** What the SDK for Java says of an answer, under names of its own, is in the result too. */
function invoked(payload: Json, version: string, { random, clock }: ExecutionServices): Json {
  const requestId = uuid(random);
  const headers = {
    'x-amz-executed-version': [version],
    Connection: ['keep-alive'],
    'x-amzn-RequestId': [requestId],
    'Content-Length': [String(byteLength(payload))],
    Date: [new Date(clock.now()).toUTCString()],
    'Content-Type': ['application/json'],
  };
  const single = Object.fromEntries(Object.entries(headers).map(([name, [value = '']]) => [name, value]));
  return {
    ExecutedVersion: version,
    Payload: payload,
    SdkHttpMetadata: { AllHttpHeaders: headers, HttpHeaders: single, HttpStatusCode: 200 },
    SdkResponseMetadata: { RequestId: requestId },
    StatusCode: 200,
  };
}

function problems(template: Json): readonly ArgumentProblem[] {
  if (isExpression(template)) return [];
  if (!isJsonObject(template)) return [{ path: '', what: 'must be an object' }];
  const { FunctionName } = template;
  if (FunctionName === undefined) {
    return [{ path: '', what: "The field 'FunctionName' is required but was missing" }];
  }
  if (typeof FunctionName !== 'string') return [{ path: '/FunctionName', what: 'must be a string' }];
  return Object.keys(template)
    .filter((name) => !KNOWN.has(name))
    .map((name) => ({ path: `/${name}`, what: `The field '${name}' is not imitated` }));
}

/** @throws StateFailure by the function's errorType */
export async function invoke(
  { arn, payload, state }: { readonly arn: string; readonly payload: Json; readonly state: string },
  surroundings: ExecutionServices,
): Promise<Json> {
  try {
    const answer = await surroundings.invokeFunction(arn, payload, surroundings.closing, state);
    return asJson(answer.payload);
  } catch (error) {
    if (error instanceof FunctionError) throw new StateFailure(error.name, error.cause);
    throw new StateFailure(
      'Lambda.Unknown',
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    );
  }
}
