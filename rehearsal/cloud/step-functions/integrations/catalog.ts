import type { Integration } from './integration.ts';
import { lambdaInvoke } from './lambda.ts';
import { sdkArgumentProblems } from './sdk-caller.ts';
import { isSdkServiceName } from './sdk-services.ts';
import { startExecution } from './start-execution.ts';

const OPTIMIZED: Readonly<Record<string, Integration>> = {
  'lambda:invoke': lambdaInvoke('response'),
  'lambda:invoke.waitForTaskToken': lambdaInvoke('token'),
  'states:startExecution': startExecution('response'),
  'states:startExecution.waitForTaskToken': startExecution('token'),
  'states:startExecution.sync:2': startExecution('sync'),
  'sns:publish': snsPublish('response'),
  'sns:publish.waitForTaskToken': snsPublish('token'),
};

const DIRECT_FUNCTION = /^arn:aws:lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/;
const AWS_SDK = /^aws-sdk:(?<service>\w+):(?<action>\w+)(?<token>\.waitForTaskToken)?$/;

/** What a Task's Resource means; undefined when it is nothing that is imitated. */
export function integrationOf(resource: string): Integration | undefined {
  const name = /^arn:aws:states:::(?<name>.+)$/.exec(resource)?.groups?.['name'];
  if (name === undefined) return undefined;
  return OPTIMIZED[name] ?? awsSdk(name);
}

/** A Lambda function named by its own ARN, without the integration around it. */
export const isDirectFunction = (resource: string): boolean => DIRECT_FUNCTION.test(resource);

function awsSdk(name: string): Integration | undefined {
  const { service, action, token } = AWS_SDK.exec(name)?.groups ?? {};
  if (service === undefined || action === undefined || !isSdkServiceName(service)) return undefined;
  return {
    resourceType: `aws-sdk:${service}`,
    resource: `${action}${token ?? ''}`,
    pattern: token === undefined ? 'response' : 'token',
    problems: (template) => sdkArgumentProblems(service, action, template),
    call: (args, { sdk }, state) => sdk.call(service, action, args, { state }),
  };
}

function snsPublish(pattern: 'response' | 'token'): Integration {
  return {
    resourceType: 'sns',
    resource: pattern === 'token' ? 'publish.waitForTaskToken' : 'publish',
    pattern,
    problems: (template) => sdkArgumentProblems('sns', 'publish', template),
    call: (args, { sdk }, state) => sdk.call('sns', 'publish', args, { state, prefix: 'SNS' }),
  };
}
