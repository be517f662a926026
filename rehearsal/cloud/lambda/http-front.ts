import { randomUUID } from 'node:crypto';
import { serveLocally, type LocalServer } from '../local-server.ts';
import type { LocalRequest, LocalResponse } from '../local-request.ts';
import { ServiceRefusal } from '../service-refusal.ts';
import { FunctionError } from './function-error.ts';
import type { LambdaService } from './lambda.ts';

export interface LambdaFrontOptions {
  readonly lambda: LambdaService;
  /** By the name under which it is deployed, the name under which the service has a function. */
  readonly names: ReadonlyMap<string, string>;
}

const invocationsPath = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/u;

/** Lambda's Invoke by its own protocol, for people's clients: RequestResponse only, without logs. */
export function startLambdaFront(options: LambdaFrontOptions): Promise<LocalServer> {
  return serveLocally(async (request) => {
    try {
      return await answer(request, options);
    } catch (error) {
      const refusal = error instanceof FunctionError ? refusalOf(error) : error;
      if (refusal instanceof ServiceRefusal) return refused(refusal);
      throw error;
    }
  });
}

async function answer(request: LocalRequest, { lambda, names }: LambdaFrontOptions): Promise<LocalResponse> {
  const deployed = deployedName(request);
  refuseWhatIsNotImitated(request);
  const name = names.get(deployed);
  if (name === undefined)
    throw new ServiceRefusal(
      'ResourceNotFoundException',
      404,
      `Function not found: arn:aws:lambda:us-east-1:123456789012:function:${deployed}`,
    );
  try {
    const { payload } = await lambda.invoke(name, payloadOf(request.body));
    return answered(JSON.stringify(payload), {});
  } catch (error) {
    if (!(error instanceof FunctionError) || error.name.startsWith('Lambda.')) throw error;
    return answered(error.cause, { 'x-amz-function-error': 'Unhandled' });
  }
}

/** From `name`, `name:qualifier`, or an ARN with or without one. */
function deployedName({ method, path, headers }: LocalRequest): string {
  const [, encoded] = invocationsPath.exec(path) ?? [];
  if (method !== 'POST' || encoded === undefined)
    throw new ServiceRefusal(
      'UnknownOperationException',
      404,
      `The rehearsal's Lambda does not know ${method} ${path}`,
    );
  if (headers.authorization?.startsWith('AWS4-') !== true)
    throw new ServiceRefusal('MissingAuthenticationTokenException', 403, 'Missing Authentication Token');
  const parts = decodeURIComponent(encoded).split(':');
  return (parts[0] === 'arn' ? parts[6] : parts[0]) ?? '';
}

function refuseWhatIsNotImitated({ headers, query }: LocalRequest): void {
  const type = headers['x-amz-invocation-type'] ?? 'RequestResponse';
  const strange = [
    ...(type === 'RequestResponse' ? [] : [`the invocation type ${String(type)}`]),
    ...(headers['x-amz-log-type'] === 'Tail' ? ['log tails'] : []),
    ...(headers['x-amz-client-context'] === undefined ? [] : ['client contexts']),
    ...[...query.keys()].filter((key) => key !== 'Qualifier'),
  ];
  if (strange.length > 0)
    throw new ServiceRefusal(
      'InvalidParameterValueException',
      400,
      `The rehearsal's Lambda does not know ${strange.join(' or ')}`,
    );
}

function payloadOf(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new ServiceRefusal(
      'InvalidRequestContentException',
      400,
      `Could not parse request body into json: ${said}`,
    );
  }
}

const statuses: Readonly<Record<string, number>> = {
  ResourceNotFoundException: 404,
  TooManyRequestsException: 429,
  RequestTooLargeException: 413,
};

/** Lambda's own refusal under the name that a client knows; undefined for an error of the function. */
function refusalOf({ name, cause }: FunctionError): ServiceRefusal | undefined {
  const code = /^Lambda\.(\w+)$/u.exec(name)?.[1];
  return code === undefined ? undefined : new ServiceRefusal(code, statuses[code] ?? 500, cause);
}

const answered = (body: string, headers: Readonly<Record<string, string>>): LocalResponse => ({
  status: 200,
  headers: {
    'content-type': 'application/json',
    'x-amzn-requestid': randomUUID(),
    'x-amz-executed-version': '$LATEST',
    ...headers,
  },
  body,
});

const refused = ({ code, status, message }: ServiceRefusal): LocalResponse => ({
  status,
  headers: {
    'content-type': 'application/json',
    'x-amzn-requestid': randomUUID(),
    'x-amzn-errortype': code,
  },
  body: JSON.stringify({ Type: status < 500 ? 'User' : 'Service', message }),
});
