/** Packages that the bundles hold something smaller for: by name, the file that stands in, from the root. */
export const standIns: Readonly<Record<string, string>> = {
  '@aws-sdk/credential-provider-node': 'lambdas/runtime/environment-credentials.ts',
  semver: 'lambdas/runtime/new-enough.ts',
};
