import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Stands in the bundles in place of `@aws-sdk/credential-provider-node`: Lambda gives a function the credentials of its role
 * in its environment, so that profiles, single sign-on, containers and instance metadata would be weight without use.
 */
export { fromEnv as defaultProvider };
