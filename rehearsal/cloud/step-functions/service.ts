import type { Faults } from '../faults.ts';
import { serveLocally, type LocalServer } from '../local-server.ts';
import type { LocalRequest, LocalResponse } from '../local-request.ts';
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
export function serveStepFunctions(account: () => Account, faults: Faults | undefined): Promise<LocalServer> {
  return serveLocally(
    async (request) => {
      try {
        return said(200, await answer(request, account()));
      } catch (error) {
        return refused(error);
      }
    },
    faults && { service: 'sfn', faults },
  );
}

async function answer({ headers, body }: LocalRequest, account: Account): Promise<object> {
  const name = TARGET.exec(String(headers['x-amz-target']))?.groups?.['action'] ?? '';
  const act = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (act === undefined) {
    throw new ServiceError(
      'UnknownOperationException',
      `The local Step Functions has no operation '${name}'`,
    );
  }
  const text = body.toString('utf8');
  return await act(JSON.parse(text === '' ? '{}' : text), account);
}

function refused(error: unknown): LocalResponse {
  if (error instanceof ServiceError)
    return said(400, { __type: `com.amazonaws.sfn#${error.code}`, message: error.message });
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return said(500, { __type: 'com.amazonaws.sfn#InternalFailure', message });
}

const said = (status: number, body: object): LocalResponse => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: JSON.stringify(withEpochSeconds(body)),
});

/** On the wire a moment is a number of seconds. */
function withEpochSeconds(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(withEpochSeconds);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withEpochSeconds(field)]));
}
