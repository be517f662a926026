import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { executionActions } from './actions/execution-actions.ts';
import { mapRunActions } from './actions/map-run-actions.ts';
import { stateMachineActions } from './actions/state-machine-actions.ts';
import { taskActions } from './actions/task-actions.ts';
import type { Account, Action } from './actions/action.ts';
import { ServiceError } from './service-error.ts';

const TARGET = /^AWSStepFunctions\.(?<action>\w+)$/;

const ACTIONS: Readonly<Record<string, Action>> = {
  ...stateMachineActions,
  ...executionActions,
  ...mapRunActions,
  ...taskActions,
};

/** The endpoint: AWS JSON 1.0 over HTTP. `account` is asked for at each request, because it exists only later. */
export function createService(account: () => Account): Server {
  return createServer((request, response) => {
    answer(request, account())
      .then((body) => send(response, 200, body))
      .catch((error: unknown) => sendError(response, error));
  });
}

async function answer(request: IncomingMessage, account: Account): Promise<object> {
  const name = TARGET.exec(String(request.headers['x-amz-target']))?.groups?.['action'] ?? '';
  const act = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  const text = await bodyOf(request);
  if (act === undefined) {
    throw new ServiceError(
      'UnknownOperationException',
      `The local Step Functions has no operation '${name}'`,
    );
  }
  return await act(JSON.parse(text === '' ? '{}' : text), account);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  request.setEncoding('utf8');
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

function sendError(response: ServerResponse, error: unknown): void {
  if (error instanceof ServiceError) {
    return send(response, 400, { __type: `com.amazonaws.sfn#${error.code}`, message: error.message });
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  send(response, 500, { __type: 'com.amazonaws.sfn#InternalFailure', message });
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify(withEpochSeconds(body)));
}

/** On the wire a moment is a number of seconds. */
function withEpochSeconds(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(withEpochSeconds);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withEpochSeconds(field)]));
}
