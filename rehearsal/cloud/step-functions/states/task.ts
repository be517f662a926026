import { attempts } from '../attempts.ts';
import { TaskTimeout, withinDeadlines } from '../deadlines.ts';
import type { TaskState } from '../definition/states.ts';
import { Aborted, StateFailure } from '../failure.ts';
import { integrationOf } from '../integrations/catalog.ts';
import type { Integration } from '../integrations/integration.ts';
import { invoke } from '../integrations/lambda.ts';
import type { Json } from '../json.ts';
import { MAX_SECONDS, refuseOversized } from '../limits.ts';
import { whole } from '../numbers.ts';
import { directFunctionEvents, integrationEvents, type Deadlines, type TaskEvents } from '../task-events.ts';
import type { OpenToken } from '../task-tokens.ts';
import { leave, type Transition } from '../transition.ts';
import type { Visit } from '../visit.ts';

export async function visitTask(visit: Visit<TaskState>): Promise<Transition> {
  return await attempts(visit, async () => {
    const result = await perform(visit);
    const { Next, Output, Assign } = visit.state;
    return await leave(visit, { next: Next, Output, Assign, otherwise: result, scope: { result } });
  });
}

/** One attempt. Each has a task token of its own. */
async function perform(visit: Visit<TaskState>): Promise<Json> {
  const integration = integrationOf(visit.state.Resource);
  const token = integration?.pattern === 'token' ? visit.run.surroundings.tokens.issue() : undefined;
  const givenUp = new AbortController();
  try {
    const args = await argumentsOf(visit, token?.token);
    const deadlines = await deadlinesOf(visit);
    const events =
      integration === undefined
        ? directFunctionEvents(visit, visit.state.Resource)
        : integrationEvents(visit, integration);
    events.started(args, deadlines);
    const { clock, workClock } = visit.run.surroundings;
    const work = carryOut(visit, { integration, args, token, events, abandoned: givenUp.signal });
    const guarded = {
      deadlines,
      // A token's deadline is a window or somebody's time to decide: a wait. All others bound work, which takes its time.
      clock: token === undefined ? workClock : clock,
      signal: visit.signal,
      lastHeartbeat: token && (() => token.lastHeartbeat()),
    };
    return await onRecord(events, withinDeadlines(work, guarded));
  } finally {
    token?.close();
    givenUp.abort(new Aborted('The task is over'));
  }
}

async function onRecord(events: TaskEvents, work: Promise<Json>): Promise<Json> {
  try {
    const result = await work;
    events.succeeded(result);
    return result;
  } catch (failure) {
    if (failure instanceof TaskTimeout) events.timedOut(failure);
    else if (failure instanceof StateFailure) events.failed(failure);
    throw failure;
  }
}

interface Job {
  /** undefined: the Resource is a function's own ARN. */
  readonly integration: Integration | undefined;
  readonly args: Json;
  readonly token: OpenToken | undefined;
  readonly events: TaskEvents;
  /** Fires when nobody waits for the task any longer. */
  readonly abandoned: AbortSignal;
}

async function carryOut(visit: Visit<TaskState>, job: Job): Promise<Json> {
  const { integration, args, token, events, abandoned } = job;
  const { surroundings } = visit.run;
  if (integration === undefined) {
    const payload = await invoke(
      { arn: visit.state.Resource, payload: args, state: visit.name },
      surroundings,
    );
    refuseOversized(payload, visit.state.Resource);
    return payload;
  }
  const response = await integration.call(args, surroundings, visit.name);
  refuseOversized(response, integration.resourceType);
  if (token === undefined && integration.follow === undefined) return response;
  if (!abandoned.aborted) events.submitted(response);
  const result = await (token?.completion ??
    integration.follow?.(response, surroundings, abandoned) ??
    response);
  refuseOversized(result, integration.resourceType);
  return result;
}

async function argumentsOf(visit: Visit<TaskState>, taskToken: string | undefined): Promise<Json> {
  const args = await visit.evaluate(visit.state.Arguments ?? {}, 'Arguments', { taskToken });
  refuseOversized(args, visit.name);
  return args;
}

async function deadlinesOf(visit: Visit<TaskState>): Promise<Deadlines> {
  const { TimeoutSeconds, HeartbeatSeconds } = visit.state;
  const bounds = { min: 1, max: MAX_SECONDS };
  const seconds = async (field: string, template: Json | undefined) =>
    template === undefined ? undefined : await whole(visit, field, template, bounds);
  return {
    timeoutSeconds: await seconds('TimeoutSeconds', TimeoutSeconds),
    heartbeatSeconds: await seconds('HeartbeatSeconds', HeartbeatSeconds),
  };
}
