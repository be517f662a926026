import type { LocalRequest } from '../local-request.ts';

const verbs: Readonly<Record<string, string>> = { POST: 'Create', PATCH: 'Update', DELETE: 'Stop' };

const nouns: Readonly<Record<string, string>> = {
  applications: 'Application',
  configurationprofiles: 'ConfigurationProfile',
  deployments: 'Deployment',
  deploymentstrategies: 'DeploymentStrategy',
  environments: 'Environment',
  hostedconfigurationversions: 'HostedConfigurationVersion',
};

/** What AWS calls the operation of a request: GET …/deployments is ListDeployments, GET …/deployments/7 GetDeployment. */
export function operationNameOf({ method, path }: LocalRequest): string | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  const isOne = parts.length % 2 === 0;
  const noun = nouns[parts.at(isOne ? -2 : -1) ?? ''];
  if (noun === undefined) return undefined;
  if (method === 'GET') return isOne ? `Get${noun}` : `List${`${noun}s`.replace('ys', 'ies')}`;
  if (method === 'POST' && noun === 'Deployment') return 'StartDeployment';
  return `${verbs[method] ?? method}${noun}`;
}
