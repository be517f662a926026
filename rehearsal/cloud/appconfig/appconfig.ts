import { realClock, type Clock } from '../clock.ts';
import type { Faults } from '../faults.ts';
import { serveLocally } from '../local-server.ts';
import type { LocalRequest, LocalResponse } from '../local-request.ts';
import { AppConfigError } from './appconfig-error.ts';
import { applicationOperations } from './applications.ts';
import type { AlarmState } from './deployment-run.ts';
import { deploymentOperations } from './deployments.ts';
import { environmentOperations } from './environments.ts';
import { agentPollPath, pollOf } from './poll.ts';
import { hostedVersionOperations } from './hosted-versions.ts';
import { json } from './operation.ts';
import { profileOperations } from './profiles.ts';
import { router, type Routes } from './routes.ts';
import { operationNameOf } from './operation-name.ts';
import { emptyStore, type Store } from './store.ts';
import { strategyOperations } from './strategies.ts';

export type AppConfigOptions = {
  /** Drives durations, bake times and the 72 hours. `scaledClock` makes minutes pass in seconds. */
  readonly clock?: Clock;
  /** The least time of the clock that a deployment or a rollback takes, in ms. Default 40. */
  readonly settleMs?: number;
  /** How often running deployments look at their environment's alarms, in ms of the clock. Default 50. */
  readonly monitorEveryMs?: number;
  /** Needed for environments with monitors; answer OK for an alarm whose actions are disabled, as AppConfig ignores it. */
  readonly alarmState?: (alarmArn: string) => AlarmState | Promise<AlarmState>;
  readonly faults?: Faults;
};

export type AppConfig = {
  /** For AWS_ENDPOINT_URL_APPCONFIG and for `startAppConfigAgent`. */
  readonly endpoint: string;
  /** Stops deployments where they are. */
  close(): Promise<void>;
};

/** AppConfig's control plane for an unmodified client. The data plane is `startAppConfigAgent`. */
export async function startAppConfig(options: AppConfigOptions = {}): Promise<AppConfig> {
  const store = emptyStore();
  const route = router(routesOf(store, options));
  const { faults } = options;
  const server = await serveLocally(
    (request) => answer(request, route),
    faults && { service: 'appconfig', faults, operationOf: operationNameOf },
  );
  return {
    endpoint: server.endpoint,
    close: async () => {
      for (const application of store.applications.all())
        for (const environment of application.environments.all())
          for (const run of environment.deployments) run.close();
      await server.close();
    },
  };
}

function routesOf(store: Store, options: AppConfigOptions): Routes {
  const { clock = realClock, settleMs = 40, monitorEveryMs = 50, alarmState } = options;
  const ports = { clock, settleMs, monitorEveryMs, alarmState: alarmState ?? cannotTell };
  const applications = applicationOperations(store);
  const environments = environmentOperations(store, alarmState !== undefined);
  const profiles = profileOperations(store);
  const strategies = strategyOperations(store);
  const versions = hostedVersionOperations(store, clock);
  const deployments = deploymentOperations(store, ports);
  const application = '/applications/{ApplicationId}';
  const environment = `${application}/environments/{EnvironmentId}`;
  const profile = `${application}/configurationprofiles/{ConfigurationProfileId}`;
  return {
    'POST /applications': applications.create,
    'GET /applications': applications.list,
    [`GET ${application}`]: applications.get,
    [`POST ${application}/environments`]: environments.create,
    [`GET ${application}/environments`]: environments.list,
    [`GET ${environment}`]: environments.get,
    [`PATCH ${environment}`]: environments.update,
    [`POST ${application}/configurationprofiles`]: profiles.create,
    [`GET ${application}/configurationprofiles`]: profiles.list,
    [`GET ${profile}`]: profiles.get,
    [`POST ${profile}/hostedconfigurationversions`]: versions.create,
    [`GET ${profile}/hostedconfigurationversions`]: versions.list,
    [`GET ${profile}/hostedconfigurationversions/{VersionNumber}`]: versions.get,
    'POST /deploymentstrategies': strategies.create,
    'GET /deploymentstrategies': strategies.list,
    'GET /deploymentstrategies/{DeploymentStrategyId}': strategies.get,
    [`POST ${environment}/deployments`]: deployments.start,
    [`GET ${environment}/deployments`]: deployments.list,
    [`GET ${environment}/deployments/{DeploymentNumber}`]: deployments.get,
    [`DELETE ${environment}/deployments/{DeploymentNumber}`]: deployments.stop,
    [`GET ${agentPollPath}/{Application}/{Environment}/{Profile}`]: (call) => {
      const found = store.applications.find(call.param('Application'));
      const where = found.environments.find(call.param('Environment'));
      return json(200, pollOf(where, found.profiles.find(call.param('Profile'))));
    },
  };
}

function cannotTell(alarmArn: string): never {
  throw new Error(`Nobody knows the state of ${alarmArn}`);
}

function answer(request: LocalRequest, route: (request: LocalRequest) => LocalResponse): LocalResponse {
  try {
    return route(request);
  } catch (fault) {
    if (fault instanceof AppConfigError) return fault.response();
    throw fault;
  }
}
