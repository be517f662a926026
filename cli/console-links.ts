const hosts: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/** The page of an execution in the console; its ARN says where that is. */
export function executionLink(arn: string): string {
  const [, partition = 'aws', , region = ''] = arn.split(':');
  return `https://${region}.${hosts[partition] ?? hosts['aws']}/states/home?region=${region}#/v2/executions/details/${arn}`;
}
