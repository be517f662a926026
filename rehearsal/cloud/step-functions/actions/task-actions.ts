import { z } from 'zod';
import { parseJson, type Json } from '../json.ts';
import { PAYLOAD_BYTES } from '../limits.ts';
import { describeThrown } from '../reason.ts';
import { ServiceError } from '../service-error.ts';
import { action, type Action } from './action.ts';

const taskToken = z.string().min(1).max(2048);

export const taskActions: Readonly<Record<string, Action>> = {
  SendTaskSuccess: action(z.strictObject({ taskToken, output: z.string() }), (request, { tokens }) => {
    tokens.succeed(request.taskToken, () => parseOutput(request.output));
    return {};
  }),

  SendTaskFailure: action(
    z.strictObject({
      taskToken,
      error: z.string().max(256).optional(),
      cause: z.string().max(32_768).optional(),
    }),
    (request, { tokens }) => {
      tokens.fail(request.taskToken, request.error, request.cause);
      return {};
    },
  ),

  SendTaskHeartbeat: action(z.strictObject({ taskToken }), (request, { tokens }) => {
    tokens.heartbeat(request.taskToken);
    return {};
  }),
};

function parseOutput(text: string): Json {
  if (Buffer.byteLength(text) > PAYLOAD_BYTES) {
    throw new ServiceError(
      'ValidationException',
      "Value at 'output' must have length less than or equal to 262144",
    );
  }
  try {
    return parseJson(text);
  } catch (error) {
    throw new ServiceError('InvalidOutput', `Invalid Output: '${describeThrown(error)}'`);
  }
}
