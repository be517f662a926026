import { z } from 'zod';
import { badRequest } from './appconfig-error.ts';
import type { DeploymentState } from './deployment.ts';
import {
  bodyOf,
  descriptionField,
  json,
  nameField,
  page,
  tagsField,
  type Operation,
  type ResourceOperations,
} from './operation.ts';
import { newId } from './resource-set.ts';
import type { Environment, Store } from './store.ts';

const input = z.strictObject({
  Name: nameField,
  Description: descriptionField,
  Monitors: z
    .array(z.strictObject({ AlarmArn: z.string().min(1).max(2048), AlarmRoleArn: z.string().optional() }))
    .max(5)
    .optional(),
  Tags: tagsField,
});

const changes = input.omit({ Tags: true }).partial();

/** `canMonitor`: whether somebody can tell the state of alarms; monitors without it would silently never roll back. */
export function environmentOperations(
  store: Store,
  canMonitor: boolean,
): ResourceOperations & { readonly update: Operation } {
  return {
    create: (call) => {
      const application = store.applications.get(call.param('ApplicationId'));
      const { Name, Description, Monitors = [] } = bodyOf(input, call);
      refuseBlindMonitors(Monitors, canMonitor);
      const ApplicationId = application.Id;
      const made = { Id: newId(), Name, Description, ApplicationId, Monitors, deployments: [] };
      return json(201, show(application.environments.add(made)));
    },
    // A deployment under way goes on with the monitors that it began with.
    update: (call) => {
      const environments = store.applications.get(call.param('ApplicationId')).environments;
      const before = environments.get(call.param('EnvironmentId'));
      const {
        Name = before.Name,
        Description = before.Description,
        Monitors = before.Monitors,
      } = bodyOf(changes, call);
      refuseBlindMonitors(Monitors, canMonitor);
      return json(200, show(environments.add({ ...before, Name, Description, Monitors })));
    },
    get: (call) => {
      const application = store.applications.get(call.param('ApplicationId'));
      return json(200, show(application.environments.get(call.param('EnvironmentId'))));
    },
    list: (call) =>
      page(call, store.applications.get(call.param('ApplicationId')).environments.all().map(show)),
  };
}

function refuseBlindMonitors(monitors: readonly unknown[], canMonitor: boolean): void {
  if (monitors.length > 0 && !canMonitor)
    throw badRequest('Monitors: this AppConfig was started without alarmState, so it cannot watch alarms');
}

function show(it: Environment): Record<string, unknown> {
  const { ApplicationId, Id, Name, Description, Monitors } = it;
  const latest = it.deployments.at(-1);
  const State = latest === undefined ? 'READY_FOR_DEPLOYMENT' : stateAfter[latest.state];
  return { ApplicationId, Id, Name, Description, Monitors, State };
}

const stateAfter: { readonly [S in DeploymentState]: string } = {
  DEPLOYING: 'DEPLOYING',
  BAKING: 'DEPLOYING',
  COMPLETE: 'READY_FOR_DEPLOYMENT',
  ROLLING_BACK: 'ROLLING_BACK',
  ROLLED_BACK: 'ROLLED_BACK',
  REVERTED: 'REVERTED',
};
