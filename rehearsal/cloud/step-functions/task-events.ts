import { errorDetails, type StateFailure } from './failure.ts';
import { inputOf, outputOf } from './history.ts';
import type { Integration } from './integrations/integration.ts';
import type { Json } from './json.ts';
import type { Visit } from './visit.ts';

export interface Deadlines {
  readonly timeoutSeconds: number | undefined;
  readonly heartbeatSeconds: number | undefined;
}

/** How a task puts itself on record. */
export interface TaskEvents {
  started(args: Json, deadlines: Deadlines): void;
  submitted(response: Json): void;
  succeeded(output: Json): void;
  failed(failure: StateFailure): void;
  timedOut(failure: StateFailure): void;
}

export function integrationEvents(visit: Visit, { resourceType, resource }: Integration): TaskEvents {
  const what = { resourceType, resource };
  return {
    started(args, { timeoutSeconds, heartbeatSeconds }) {
      visit.record('TaskScheduled', {
        taskScheduledEventDetails: {
          ...what,
          region: visit.run.surroundings.home.region,
          parameters: JSON.stringify(args),
          ...(timeoutSeconds === undefined ? {} : { timeoutInSeconds: timeoutSeconds }),
          ...(heartbeatSeconds === undefined ? {} : { heartbeatInSeconds: heartbeatSeconds }),
        },
      });
      visit.record('TaskStarted', { taskStartedEventDetails: what });
    },
    submitted: (response) =>
      void visit.record('TaskSubmitted', { taskSubmittedEventDetails: { ...what, ...outputOf(response) } }),
    succeeded: (output) =>
      void visit.record('TaskSucceeded', { taskSucceededEventDetails: { ...what, ...outputOf(output) } }),
    failed: (failure) =>
      void visit.record('TaskFailed', { taskFailedEventDetails: { ...what, ...errorDetails(failure) } }),
    timedOut: (failure) =>
      void visit.record('TaskTimedOut', { taskTimedOutEventDetails: { ...what, ...errorDetails(failure) } }),
  };
}

/** Events of a function whose ARN is itself the Resource. */
export function directFunctionEvents(visit: Visit, resource: string): TaskEvents {
  return {
    started(args, { timeoutSeconds }) {
      visit.record('LambdaFunctionScheduled', {
        lambdaFunctionScheduledEventDetails: {
          resource,
          ...inputOf(args),
          ...(timeoutSeconds === undefined ? {} : { timeoutInSeconds: timeoutSeconds }),
        },
      });
      visit.record('LambdaFunctionStarted');
    },
    submitted: () => undefined,
    succeeded: (output) =>
      void visit.record('LambdaFunctionSucceeded', { lambdaFunctionSucceededEventDetails: outputOf(output) }),
    failed: (failure) =>
      void visit.record('LambdaFunctionFailed', { lambdaFunctionFailedEventDetails: errorDetails(failure) }),
    timedOut: (failure) =>
      void visit.record('LambdaFunctionTimedOut', {
        lambdaFunctionTimedOutEventDetails: errorDetails(failure),
      }),
  };
}
