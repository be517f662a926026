import type { HistoryEventType } from '@aws-sdk/client-sfn';
import { outputOf, type EventDetails } from './history.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { refuseOversized } from './limits.ts';
import type { FieldScope, Visit } from './visit.ts';

/** Where a state leads. */
export interface Transition {
  /** undefined: the walk ends here. */
  readonly next: string | undefined;
  readonly output: Json;
}

export interface Exit {
  readonly next: string | undefined;
  readonly Output?: Json | undefined;
  readonly Assign?: JsonObject | undefined;
  /** What comes out when Output is absent. */
  readonly otherwise: Json;
  readonly scope?: FieldScope;
  /** Where Output and Assign stand, as `Catch[0]/`; at the state itself when absent. */
  readonly at?: string;
}

/**
 * Leaves a state: Output and Assign are evaluated side by side from the values at entry, then the variables are set.
 *
 * @throws StateFailure
 */
export async function leave(visit: Visit, exit: Exit): Promise<Transition> {
  const { Output, Assign, scope = {}, at = '' } = exit;
  const output = Output === undefined ? exit.otherwise : await visit.evaluate(Output, `${at}Output`, scope);
  const assigned = Assign === undefined ? {} : await visit.evaluate(Assign, `${at}Assign`, scope);
  refuseOversized(output, visit.name);
  if (isJsonObject(assigned)) visit.frame.variables.assign(assigned, visit.name);
  visit.record(exitEvent(visit), exitDetails(visit, output, assigned));
  return { next: exit.next, output };
}

const exitEvent = ({ state }: Visit) =>
  // Every type but Fail has an exit event, and a Fail state is never left.
  (state.Type === 'Fail' ? 'FailStateEntered' : `${state.Type}StateExited`) satisfies HistoryEventType;

function exitDetails({ name }: Visit, output: Json, assigned: Json): EventDetails {
  const variables = isJsonObject(assigned) ? Object.entries(assigned) : [];
  return {
    stateExitedEventDetails: {
      name,
      ...outputOf(output),
      ...(variables.length === 0
        ? {}
        : {
            assignedVariables: Object.fromEntries(
              variables.map(([key, value]) => [key, JSON.stringify(value)]),
            ),
            assignedVariablesDetails: { truncated: false },
          }),
    },
  };
}
