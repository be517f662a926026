/** What every SDK client of a local service needs; one attempt, so that a test sees each error once. */
export const sdkOptions = (endpoint: string) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  maxAttempts: 1,
});
