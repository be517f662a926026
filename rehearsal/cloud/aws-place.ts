/** What an AWS SDK client needs to reach a service of the local cloud. */
export interface AwsPlace {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}
